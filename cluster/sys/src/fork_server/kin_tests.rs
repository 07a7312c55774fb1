use nix::unistd::getpgrp;

use super::*;

#[test]
fn a_name_may_hold_what_looks_like_fields() {
    let text =
        "7 (a) R 1 2 (b) S 40 41 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 0 27";
    let stat = parse_stat(text.as_bytes()).expect("parses");
    assert!(!stat.has_program, "the 26th field is 0");
    assert_eq!(stat.parent, Pid::from_raw(40));
    assert_eq!(stat.group, Pid::from_raw(41));
}

#[test]
fn this_process_is_known_to_the_kernel() {
    let stat = stat(getpid()).expect("it lives");
    assert_eq!(stat.group, getpgrp());
    assert_eq!(stat.parent, nix::unistd::getppid());
    assert!(stat.has_program);
    assert_ne!(marker(getpid()), Marker::NotNow);
    assert!(everybody().any(|pid| pid == getpid()));
}

#[test]
fn a_marker_is_found_as_a_whole_name_only() {
    let environ = b"XRAPTOR_ATTEMPT=a\0RAPTOR_ATTEMPTS=b\0RAPTOR_ATTEMPT=c=d\0";
    assert_eq!(find_marker(environ).as_deref(), Some(&b"c=d"[..]));
    assert_eq!(find_marker(b"A=1\0"), None);
}

#[test]
fn lists_of_children_are_numbers_between_spaces() {
    let pids = [Pid::from_raw(12), Pid::from_raw(345)];
    assert_eq!(numbers(b"12 345 "), pids);
    assert_eq!(numbers(b""), []);
}
