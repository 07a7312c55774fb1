use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn census() -> Census {
    Census::new(UserspaceLimits {
        accepted_max: 20,
        accepted_per_source_max: 10,
        strangers_max: 6,
        strangers_per_source_max: 2,
    })
}

fn admitted(census: &mut Census, source: &str, is_known: bool, asked: usize) -> usize {
    let source = ip(source);
    (0..asked)
        .filter(|_| census.admit(source, is_known))
        .count()
}

#[test]
fn strangers_are_bounded_by_source_and_in_all() {
    let mut census = census();
    let mut admitted = |source| admitted(&mut census, source, false, 9);
    assert_eq!(["192.0.2.1", "192.0.2.2"].map(&mut admitted), [2, 2]);
    assert_eq!(["192.0.2.3", "192.0.2.4"].map(&mut admitted), [2, 0]);
}

#[test]
fn this_machine_may_be_more_strangers() {
    let mut census = Census::new(UserspaceLimits {
        strangers_max: 100,
        ..census().limits
    });
    assert_eq!(admitted(&mut census, "127.0.0.1", false, 99), 10);
}

#[test]
fn who_is_trusted_makes_room_for_another_stranger_until_there_are_too_many_of_all() {
    let mut census = census();
    let source = ip("192.0.2.1");
    for _ in 0..10 {
        assert!(census.admit(source, false));
        census.trust(source);
    }
    assert!(!census.admit(source, false));
    census.release(source, true);
    assert!(census.admit(source, false));
}

#[test]
fn strangers_do_not_keep_out_those_who_are_known() {
    let mut census = census();
    assert_eq!(admitted(&mut census, "192.0.2.1", false, 9), 2);
    assert_eq!(admitted(&mut census, "192.0.2.1", true, 99), 8);
    assert_eq!(admitted(&mut census, "192.0.2.2", true, 99), 10);
    assert_eq!(admitted(&mut census, "192.0.2.3", true, 99), 0);
}

#[test]
fn nothing_is_left_of_those_who_have_gone() {
    let mut census = census();
    let source = ip("192.0.2.1");
    for was_trusted in [false, true] {
        assert!(census.admit(source, false));
        if was_trusted {
            census.trust(source);
        }
        census.release(source, was_trusted);
    }
    assert!(census.by_source.is_empty());
    assert_eq!((census.all.accepted, census.all.strangers), (0, 0));
}
