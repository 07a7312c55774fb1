//! Activations that overlap.

use std::thread;

use serde_json::{Value, json};

use crate::support::{Container, bash, has_nodejs, until};

/// Waits until so many files lie in a directory, and gives what it got.
fn meeting(container: &Container, count: usize) -> String {
    let directory = container.directory().join("meeting");
    std::fs::create_dir_all(&directory).expect("there is room");
    let directory = directory.display();
    bash(&format!(
        r#"n=${{line#*\"n\":}}; n=${{n%%[^0-9]*}}
           : > {directory}/$n
           while files=({directory}/*); [ ${{#files[@]}} -lt {count} ]; do read -rt 0.01 <> <(:); done
           echo "out $n"; echo "err $n" >&2
           echo "{{\"n\":$n,\"pid\":$$}}" >&3"#
    ))
}

fn all_at_once(container: &Container, count: usize) -> Vec<Value> {
    thread::scope(|scope| {
        let run = |n| scope.spawn(move || container.run(&json!({ "n": n })));
        let runs: Vec<_> = (0..count).map(run).collect();
        let answers = runs
            .into_iter()
            .map(|run| run.join().expect("it is answered"));
        answers.map(|answer| answer.json()).collect()
    })
}

#[test]
fn where_it_is_allowed_activations_overlap_and_stay_apart() {
    const COUNT: usize = 8;
    let container = Container::start_with("exec", &[], &[("__OW_ALLOW_CONCURRENT", "true")]);
    let code = meeting(&container, COUNT);
    assert_eq!(container.init(&code).status, 200);
    let answers = all_at_once(&container, COUNT);
    let mut pids: Vec<_> = answers
        .iter()
        .map(|answer| answer["pid"].to_string())
        .collect();
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer["n"], n);
    }
    pids.sort();
    pids.dedup();
    assert_eq!(pids.len(), COUNT);
    // Their ends stand together, after all that any of them said.
    let log = container.log();
    assert_eq!(log.sentinels(), (COUNT, COUNT));
    let ends = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n".repeat(COUNT);
    assert!(
        log.stdout.ends_with(&ends) && log.stderr.ends_with(&ends),
        "{log:?}"
    );
    // The processes stay for those that come later.
    let again = all_at_once(&container, COUNT);
    assert!(
        again
            .iter()
            .all(|answer| pids.contains(&answer["pid"].to_string()))
    );
}

#[test]
fn more_than_there_is_room_for_wait() {
    const COUNT: usize = 80;
    let container = Container::start_with("exec", &[], &[("__OW_ALLOW_CONCURRENT", "true")]);
    let code = bash(r#"read -rt 0.05 <> <(:); echo "{\"pid\":$$}" >&3"#);
    assert_eq!(container.init(&code).status, 200);
    let answers = all_at_once(&container, COUNT);
    assert!(answers.iter().all(|answer| answer["pid"].is_number()));
    assert_eq!(container.log().sentinels(), (COUNT, COUNT));
}

#[test]
fn where_it_is_not_they_run_one_after_another() {
    const COUNT: usize = 5;
    let container = Container::with(
        "exec",
        &bash(r#"echo begin; read -rt 0.02 <> <(:); echo end; echo "{\"pid\":$$}" >&3"#),
    );
    let answers = all_at_once(&container, COUNT);
    assert!(
        answers
            .iter()
            .all(|answer| answer["pid"] == answers[0]["pid"])
    );
    let one = "begin\nend\nXXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n";
    assert_eq!(container.log().stdout, one.repeat(COUNT));
}

#[test]
fn nodejs_refuses_what_overlaps() {
    if !has_nodejs() {
        return;
    }
    let code = "function main(args) {\n  if (!args.slow) return {};\n  \
                console.log('running');\n  \
                return new Promise((done) => setTimeout(done, 600000));\n}";
    let container = Container::with("nodejs:20", code);
    thread::scope(|scope| {
        let slow = scope.spawn(|| container.run(&json!({ "slow": true })));
        until("the first one", || {
            container.log().stdout.contains("running").then_some(())
        });
        let answer = container.run(&json!({}));
        assert_eq!(answer.status, 403);
        assert_eq!(answer.error(), "System not ready, status is running.");
        for pid in container.family() {
            let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if words.contains("--\0") {
                nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it is ours");
            }
        }
        assert_eq!(slow.join().expect("it is answered").status, 502);
    });
}

#[test]
fn nodejs_overlaps_where_it_is_allowed() {
    if !has_nodejs() {
        return;
    }
    let container = Container::start_with("nodejs:20", &[], &[("__OW_ALLOW_CONCURRENT", "true")]);
    let meeting = container.directory().join("meeting");
    std::fs::create_dir(&meeting).expect("there is room");
    let code = format!(
        "const fs = require('fs');\nasync function main(args) {{\n  \
         fs.writeFileSync('{0}/' + args.n, '');\n  \
         while (fs.readdirSync('{0}').length < 2) await new Promise((go) => setTimeout(go, 5));\n  \
         return {{ n: args.n }};\n}}",
        meeting.display()
    );
    assert_eq!(container.init(&code).status, 200);
    let answers = all_at_once(&container, 2);
    assert_eq!(answers, [json!({ "n": 0 }), json!({ "n": 1 })]);
}
