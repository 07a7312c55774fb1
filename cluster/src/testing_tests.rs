use super::*;

#[test]
fn what_is_there_is_passed_on() {
    assert_eq!(gate("anything", Ok::<_, String>(7)), Some(7));
}

#[test]
fn what_is_missing_and_not_required_skips_the_test() {
    assert_eq!(gate::<u8>("no such thing", Err("it is not there")), None);
}

#[test]
fn a_list_names_whole_words_between_commas() {
    assert!(is_listed("python", "root, python"));
    assert!(!is_listed("python", "python3,pythons"));
    assert!(!is_listed("python", ""));
}
