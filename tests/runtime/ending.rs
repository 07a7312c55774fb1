//! The container is stopped, frozen, and ended.

use std::thread;

use nix::sys::signal::{Signal, kill};
use serde_json::json;

use crate::support::{BASH_LOOP, Container, bash, exchange, request, until};

#[test]
fn while_it_ends_open_runs_are_finished_and_others_sent_away() {
    let mut container = Container::start("exec");
    let gate = container.directory().join("gate");
    let code = bash(&format!(
        "echo running; while [ ! -e {} ]; do read -rt 0.01 <> <(:); done; echo '{{\"done\":1}}' >&3",
        gate.display()
    ));
    assert_eq!(container.init(&code).status, 200);
    thread::scope(|scope| {
        let open = scope.spawn(|| container.run(&json!({})));
        until("the run", || {
            container.log().stdout.contains("running").then_some(())
        });
        container.signal(Signal::SIGTERM);
        until("a run that is sent away", || {
            // One that came before the signal would wait for its turn for ever.
            let head = request("GET", "/", b"");
            let answer = exchange(container.address(), &head).expect("it still listens");
            (answer.status == 503).then_some(())
        });
        for path in ["/run", "/init"] {
            let answer = container.post(path, "{}");
            assert_eq!(answer.status, 503);
            assert!(!answer.error().is_empty());
        }
        std::fs::write(&gate, "").expect("there is room");
        let answer = open.join().expect("it is answered");
        assert_eq!((answer.status, answer.json()), (200, json!({ "done": 1 })));
    });
    assert_eq!(container.ended().code(), Some(0));
    assert_eq!(container.log().sentinels(), (1, 1));
}

#[test]
fn one_that_is_idle_ends_at_once_and_leaves_nothing() {
    let mut container = Container::with("exec", "#!/bin/bash\nsleep 1000 & read -r line\n");
    let family: Vec<_> = container.family().into_iter().skip(1).collect();
    assert!(family.len() >= 3, "{family:?}");
    container.signal(Signal::SIGTERM);
    assert_eq!(container.ended().code(), Some(0));
    for pid in family {
        until("its end", || kill(pid, None).is_err().then_some(()));
    }
    let left = std::fs::read_dir(container.directory()).expect("it is there");
    let left: Vec<_> = left
        .map(|entry| entry.expect("it is there").file_name())
        .collect();
    assert_eq!(left.len(), 2, "only its log stays: {left:?}");
}

#[test]
fn a_second_signal_ends_it_with_its_runs() {
    let mut container = Container::with("exec", "#!/bin/bash\nread -r line; echo go; sleep 1000\n");
    let address = container.address();
    let open = thread::spawn(move || exchange(address, &request("POST", "/run", b"{}")));
    until("the run", || {
        container.log().stdout.contains("go").then_some(())
    });
    container.signal(Signal::SIGTERM);
    until("the end's announcement", || {
        let answer = exchange(address, &request("GET", "/", b"")).expect("it still listens");
        (answer.status == 503).then_some(())
    });
    container.signal(Signal::SIGTERM);
    assert_eq!(container.ended().code(), Some(130));
    assert!(open.join().expect("it ends").is_err());
}

#[test]
fn it_may_be_frozen_between_activations() {
    let container = Container::with("exec", BASH_LOOP);
    for n in 0..3 {
        assert_eq!(container.run(&json!({ "n": n })).json()["value"]["n"], n);
        let family = container.family();
        for pid in &family {
            kill(*pid, Signal::SIGSTOP).expect("it is ours");
        }
        let all_stopped = || {
            family.iter().all(|pid| {
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                stat.contains(") T ")
            })
        };
        until("its standstill", || all_stopped().then_some(()));
        for pid in &family {
            kill(*pid, Signal::SIGCONT).expect("it is ours");
        }
    }
    assert_eq!(container.log().sentinels(), (3, 3));
}

#[test]
fn a_request_that_comes_while_it_is_frozen_is_answered_afterwards() {
    let container = Container::with("exec", BASH_LOOP);
    let family = container.family();
    for pid in &family {
        kill(*pid, Signal::SIGSTOP).expect("it is ours");
    }
    thread::scope(|scope| {
        let run = scope.spawn(|| container.run(&json!({ "n": 1 })));
        for pid in &family {
            kill(*pid, Signal::SIGCONT).expect("it is ours");
        }
        assert_eq!(run.join().expect("it is answered").status, 200);
    });
}

#[test]
fn one_that_is_killed_leaves_no_process() {
    let container = Container::with("exec", "#!/bin/bash\nsleep 1000 & read -r line\n");
    let family: Vec<_> = container.family().into_iter().skip(1).collect();
    container.signal(Signal::SIGKILL);
    for pid in family {
        until("its end", || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            (stat.is_empty() || stat.contains(") Z ")).then_some(())
        });
    }
}
