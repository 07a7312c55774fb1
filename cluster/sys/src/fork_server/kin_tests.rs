use std::process::Command;

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

#[test]
fn children_are_found_among_all_processes_where_the_kernel_lists_none() {
    let mut child = Command::new("sleep").arg("1000").spawn().expect("spawns");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a PID"));
    let mut kin = Kin {
        list: None,
        text: Vec::new(),
    };
    assert!(kin.children().contains(&pid));
    child.kill().expect("kills");
    assert!(
        kin.children().contains(&pid),
        "it is a zombie, and still ours"
    );
    child.wait().expect("reaps");
    assert!(!kin.children().contains(&pid));
}

#[test]
fn an_environment_and_what_it_lacks_are_seen() {
    for (wipe, expected) in [(false, Marker::Is(b"m".to_vec())), (true, Marker::Missing)] {
        let mut command = Command::new("sleep");
        command.arg("1000").env(MARKER_NAME, "m");
        if wipe {
            command.env_clear();
        }
        let mut child = command.spawn().expect("spawns");
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a PID"));
        // It may still be on its way to its program.
        let seen = std::iter::repeat_with(|| marker(pid)).find(|seen| *seen != Marker::NotNow);
        assert_eq!(seen, Some(expected));
        child.kill().expect("kills");
        child.wait().expect("reaps");
        assert_eq!(marker(pid), Marker::NotNow, "it is gone");
    }
}
