//! Activations that overlap.

use std::thread;
use std::time::SystemTime;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{Answer, Container, bash, has_nodejs, until};

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
        for pid in nodes(&container) {
            kill(pid, Signal::SIGKILL).expect("it is ours");
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

/// A Node.js action whose activations share what it counts. It goes on when as many wait as
/// `args.count` says.
const SHARED: &str = "\
let arrived = 0;
let waiting = [];
function main(args) {
  if (args.now === 'throw') throw new Error('at once');
  console.log(`arrived ${args.n}`);
  arrived += 1;
  const all = new Promise((go) => waiting.push(go));
  if (waiting.length === args.count) waiting.splice(0).forEach((go) => go());
  return all.then(() => {
    if (args.then === 'reject') return Promise.reject({ n: args.n });
    if (args.then === 'exit') process.exit(3);
    if (args.then === 'junk') require('fs').writeSync(3, 'junk\\n7\\n\\n');
    if (args.then === 'long') return { text: 'x'.repeat(33 << 20) };
    if (args.then === 'never') return new Promise((go) => setTimeout(go, 600000));
    return { n: args.n, arrived, pid: process.pid };
  });
}
";

/// A container whose activations share one process. None if there is no Node.js.
fn shared() -> Option<Container> {
    has_nodejs().then(|| {
        let allowed = [("__OW_ALLOW_CONCURRENT", "true")];
        let container = Container::start_with("nodejs:20", &[], &allowed);
        assert_eq!(container.init(SHARED).status, 200);
        container
    })
}

/// Runs these at once, and gives their answers in the same order.
fn run_together(container: &Container, values: &[Value]) -> Vec<Answer> {
    thread::scope(|scope| {
        let run = |value| scope.spawn(move || container.run(value));
        let runs: Vec<_> = values.iter().map(run).collect();
        let answers = runs.into_iter().map(|run| run.join());
        answers.map(|run| run.expect("it is answered")).collect()
    })
}

/// Runs what does not end before its deadline.
fn run_late(container: &Container, value: &Value) -> Answer {
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("it is later");
    let deadline = (now.as_millis() + 200).to_string();
    container.run_body(&json!({ "value": value, "deadline": deadline }))
}

fn wait_for_arrival(container: &Container, n: u32) {
    let line = format!("arrived {n}\n");
    until("the activation", || {
        container.log().stdout.contains(&line).then_some(())
    });
}

/// The processes of Node.js.
fn nodes(container: &Container) -> Vec<Pid> {
    let is_node = |pid: &Pid| {
        let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.contains("--\0")
    };
    container.family().into_iter().filter(is_node).collect()
}

#[test]
fn nodejs_activations_that_overlap_share_the_state_of_one_process() {
    // More than could have a process each.
    const COUNTS: [usize; 3] = [10, 10, 100];
    let Some(container) = shared() else {
        return;
    };
    let mut pids = Vec::new();
    let mut arrived = 0;
    for count in COUNTS {
        let values: Vec<_> = (0..count)
            .map(|n| json!({ "n": n, "count": count }))
            .collect();
        // The counter goes on from where it was.
        arrived += count;
        for (n, answer) in run_together(&container, &values).iter().enumerate() {
            assert_eq!(answer.status, 200, "{answer:?}");
            let answer = answer.json();
            assert_eq!(
                (&answer["n"], &answer["arrived"]),
                (&json!(n), &json!(arrived))
            );
            pids.push(answer["pid"].to_string());
        }
        // Their ends stand together, after all that any of them said.
        let log = container.log();
        assert_eq!(log.sentinels(), (arrived, arrived));
        let ends = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n".repeat(count);
        assert!(log.stdout.ends_with(&ends) && log.stderr.ends_with(&ends));
    }
    pids.dedup();
    assert_eq!(pids.len(), 1);
}

#[test]
fn one_of_those_that_share_a_process_is_rejected_and_the_others_go_on() {
    let Some(container) = shared() else {
        return;
    };
    let mut values: Vec<_> = (0..5).map(|n| json!({ "n": n, "count": 5 })).collect();
    values[3]["then"] = json!("reject");
    let answers = run_together(&container, &values);
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, 200, "{answer:?}");
        match n {
            3 => assert_eq!(answer.json(), json!({ "error": { "n": 3 } })),
            _ => assert_eq!(answer.json()["n"], n),
        }
    }
    let later = container.run(&json!({ "n": 9, "count": 1 }));
    assert_eq!(later.json()["pid"], answers[0].json()["pid"]);
}

#[test]
fn an_answer_that_is_too_long_or_none_is_passed_over() {
    let Some(container) = shared() else {
        return;
    };
    let values = ["long", "", "junk"].map(|then| json!({ "n": then, "count": 3, "then": then }));
    let answers = run_together(&container, &values);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [502, 200, 200]);
}

#[test]
fn one_that_throws_stops_the_container_and_the_others_go_on() {
    let Some(container) = shared() else {
        return;
    };
    thread::scope(|scope| {
        let container = &container;
        let other = scope.spawn(|| container.run(&json!({ "n": 0, "count": 2 })));
        wait_for_arrival(container, 0);
        let thrown = container.run(&json!({ "now": "throw" }));
        assert_eq!(thrown.status, 502);
        assert_eq!(thrown.error(), "An error has occurred: Error: at once");
        assert_eq!(container.run(&json!({ "n": 3, "count": 1 })).status, 403);
        assert!(!other.is_finished());
        kill(nodes(container)[0], Signal::SIGKILL).expect("it is ours");
        assert_eq!(other.join().expect("it is answered").status, 502);
    });
}

#[test]
fn all_that_share_a_process_are_told_of_its_end() {
    const COUNT: usize = 10;
    let Some(container) = shared() else {
        return;
    };
    let mut values: Vec<_> = (0..COUNT)
        .map(|n| json!({ "n": n, "count": COUNT }))
        .collect();
    for value in &mut values {
        value["then"] = json!("never");
    }
    // Whoever was released before is not answered either.
    values[0]["then"] = json!("exit");
    for answer in run_together(&container, &values) {
        assert_eq!(answer.status, 502, "{answer:?}");
    }
    assert_eq!(container.log().sentinels(), (COUNT, COUNT));
    assert_eq!(container.run(&json!({ "n": 0, "count": 1 })).status, 403);
}

#[test]
fn one_that_is_too_late_leaves_those_it_shares_a_process_with_alone() {
    let Some(container) = shared() else {
        return;
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| container.run(&json!({ "n": 0, "count": 3 })));
        wait_for_arrival(&container, 0);
        let process = nodes(&container);
        let late = run_late(&container, &json!({ "n": 1, "count": 3 }));
        assert_eq!(late.status, 502);
        assert!(late.error().contains("deadline"), "{late:?}");
        // Those who come later get a process that nobody has left.
        let later = container.run(&json!({ "n": 2, "count": 1 })).json();
        assert_eq!((&later["n"], &later["arrived"]), (&json!(2), &json!(1)));
        assert!(!other.is_finished());
        assert_eq!(nodes(&container).len(), 2);
        kill(process[0], Signal::SIGKILL).expect("it is ours");
        assert_eq!(other.join().expect("it is answered").status, 502);
    });
}

#[test]
fn a_process_that_nobody_waits_for_any_more_is_ended() {
    let Some(container) = shared() else {
        return;
    };
    let process = nodes(&container);
    assert_eq!(
        run_late(&container, &json!({ "n": 0, "count": 2 })).status,
        502
    );
    until("its end", || (nodes(&container) != process).then_some(()));
    let later = container.run(&json!({ "n": 1, "count": 1 }));
    assert_eq!(later.json()["arrived"], 1);
    assert_eq!(container.log().sentinels(), (2, 2));
}
