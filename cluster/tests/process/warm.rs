//! Processes that wait for their attempts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use raptor_cluster::{Answer, Bundle, FaultKind, Invocation, NodeConfig};
use serde_json::Value;

use super::stage::{HANG, Stage, flown, landed};

/// Says whether its file was loaded before it was known for which activation.
const TELLS: &str = "\
import os
ahead = '__OW_ACTIVATION_ID' not in os.environ
def main(args):
  names = ('RAPTOR_FLIGHT', 'RAPTOR_MEMBER', 'RAPTOR_NODE', '__OW_ACTIVATION_ID', '__OW_API_KEY')
  with open(os.environ['RAPTOR_TMPDIR'] + '/mine', 'w') as mine: mine.write('x')
  seen = [os.environ.get(name) for name in names]
  return {'ahead': ahead, 'pid': os.getpid(), 'seen': seen}
";

async fn until(is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let looked = tokio::time::timeout(HANG, looking).await;
    looked.expect("it never comes to that");
}

impl Stage {
    /// The processes of the node that wait, as the system knows them.
    fn waiting(&self) -> BTreeSet<i32> {
        self.marked("ahead/")
    }

    /// The processes of the node whose names begin so.
    fn marked(&self, name: &str) -> BTreeSet<i32> {
        let record = self.node.record();
        let marker = format!(
            "RAPTOR_ATTEMPT={}.{}/{name}",
            record.node, record.incarnation.0
        );
        marked(&marker)
    }

    async fn has_waiting(&self, count: usize) {
        until(|| self.waiting().len() == count).await;
    }

    async fn warm(&self, bundle: &Bundle) {
        let warmed = self.node.warm(bundle, vec![], vec![]).await;
        warmed.expect("its processes wait");
    }

    async fn told(&self, bundle: &Bundle) -> Value {
        let (answer, _) = self.fly(bundle, "{}").await;
        serde_json::from_str(landed(&answer)).expect("JSON")
    }
}

fn marked(marker: &str) -> BTreeSet<i32> {
    let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    let is_marked = |process: &fs::DirEntry| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable.starts_with(marker.as_bytes()))
    };
    let number = |process: fs::DirEntry| process.file_name().to_str()?.parse().ok();
    processes.filter(is_marked).filter_map(number).collect()
}

/// Whether it is dead, reaped or not.
fn has_ended(pid: i32) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = state
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state.unwrap_or(true)
}

fn is_there(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn what_was_started_ahead_is_taken_and_knows_its_attempt() {
    let Some(stage) = Stage::of(TELLS).await else {
        return;
    };
    let bundle = stage.single("main");
    stage.warm(&bundle).await;
    let waiting = stage.waiting();
    assert_eq!(waiting.len(), 1);
    let mut activation = stage.node.invoke(Invocation {
        context: vec![("api_key".to_owned(), "k".to_owned())],
        timeout: HANG,
        ..Invocation::new(bundle.clone())
    });
    let id = activation.id().to_string();
    let (answer, record) = flown(&mut activation).await;
    let told: Value = serde_json::from_str(landed(&answer)).expect("JSON");
    let pid = told["pid"].as_i64().expect("a number") as i32;
    assert_eq!(
        (&told["ahead"], waiting.contains(&pid)),
        (&true.into(), true)
    );
    assert_eq!(told["seen"], serde_json::json!([id, "0", "n", id, "k"]));
    assert_eq!(record.attempts[0].pid, Some(pid.unsigned_abs()));
    // What is made up for it has a directory, and nothing is left of the other.
    until(|| !is_there(pid) && stage.waiting().len() == 1).await;
    until(|| stage.private_directories() == 1).await;
}

#[tokio::test]
async fn the_functions_of_an_action_that_was_flown_wait_for_the_next_flight() {
    let Some(stage) = Stage::of(TELLS).await else {
        return;
    };
    let bundle = stage.single("main");
    let cold = stage.told(&bundle).await;
    assert_eq!(cold["ahead"], false);
    // The system may know of it before the node does.
    let warm = async {
        loop {
            stage.has_waiting(1).await;
            let told = stage.told(&bundle).await;
            if told["ahead"] == true {
                break told;
            }
        }
    };
    let warm = tokio::time::timeout(HANG, warm).await.expect("one waits");
    assert_eq!(warm["seen"][4], Value::Null);
}

#[tokio::test]
async fn two_flights_at_once_do_not_take_the_same() {
    let Some(stage) = Stage::of(TELLS).await else {
        return;
    };
    let bundle = stage.single("main");
    stage.warm(&bundle).await;
    let (one, other) = tokio::join!(stage.told(&bundle), stage.told(&bundle));
    assert_ne!(one["pid"], other["pid"]);
    let ahead = [&one["ahead"], &other["ahead"]].map(|ahead| ahead == true);
    assert!(ahead[0] || ahead[1], "{one} {other}");
}

#[tokio::test]
async fn one_that_was_killed_while_it_waited_is_not_missed() {
    let Some(stage) = Stage::of(TELLS).await else {
        return;
    };
    let bundle = stage.single("main");
    for _ in 0..5 {
        stage.warm(&bundle).await;
        stage.has_waiting(1).await;
        let pid = *stage.waiting().first().expect("it waits");
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is there");
        until(|| has_ended(pid)).await;
        let told = stage.told(&bundle).await;
        assert_ne!(told["pid"], pid);
        stage.has_waiting(1).await;
    }
}

#[tokio::test]
async fn nothing_that_waits_outlives_its_node() {
    for drops in [true, false] {
        let source =
            "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\n";
        let Some(stage) = Stage::of(&format!("{source}{TELLS}")).await else {
            return;
        };
        stage.warm(&stage.single("main")).await;
        // It, and what it started.
        stage.has_waiting(2).await;
        let waiting = stage.waiting();
        if drops {
            drop(stage.node);
        } else {
            stage.node.shutdown().await;
        }
        until(|| !waiting.iter().any(|pid| is_there(*pid))).await;
    }
}

#[tokio::test]
async fn one_that_was_taken_is_ended_with_all_that_it_started() {
    let source = "\
import os, signal, subprocess
def main(args):
  signal.signal(signal.SIGTERM, signal.SIG_IGN)
  subprocess.Popen(['sleep', '1000'], start_new_session=True)
  print('runs', flush=True)
  signal.pause()
";
    let Some(stage) = Stage::of(source).await else {
        return;
    };
    let bundle = stage.single("main");
    stage.warm(&bundle).await;
    stage.has_waiting(1).await;
    let mut activation = stage.invoke(&bundle, "{}");
    // The sleeper carries the marker of the process that waited.
    stage.has_waiting(2).await;
    assert_eq!(stage.node.live_attempts().len(), 1);
    let running = stage.waiting();
    activation.cancel();
    let (answer, record) = flown(&mut activation).await;
    assert_eq!(answer, Answer::Cancelled);
    assert_eq!(record.attempts[0].log, [], "it is not believed");
    until(|| !running.iter().any(|pid| is_there(*pid))).await;
    until(|| stage.node.live_attempts().is_empty()).await;
}

#[tokio::test]
async fn what_cannot_be_loaded_fails_only_when_it_is_attempted() {
    for (source, is_alive) in [
        ("raise KeyError('gone')\n", true),
        ("import sys\nsys.exit(3)\n", false),
    ] {
        let Some(stage) = Stage::of(source).await else {
            return;
        };
        let bundle = stage.single("main");
        stage.warm(&bundle).await;
        stage.has_waiting(usize::from(is_alive)).await;
        let (answer, record) = stage.fly(&bundle, "{}").await;
        let Answer::Failed { faults, .. } = answer else {
            panic!("it does not fail: {answer}");
        };
        let fault = &faults[0].fault;
        if is_alive {
            assert!(matches!(fault.kind, FaultKind::Application(_)), "{fault}");
            assert!(fault.log.contains("KeyError: 'gone'"), "{}", fault.log);
            let log = &record.attempts[0].log;
            assert!(log[0].text.starts_with("Traceback"), "{log:?}");
        } else {
            assert_eq!(fault.kind, FaultKind::Exited(3));
        }
    }
}

#[tokio::test]
async fn flights_with_other_variables_have_processes_of_their_own() {
    let Some(stage) = Stage::of(TELLS).await else {
        return;
    };
    let bundle = stage.single("main");
    stage.warm(&bundle).await;
    let mut activation = stage.node.invoke(Invocation {
        env: vec![("MORE".to_owned(), "m".to_owned())],
        timeout: HANG,
        ..Invocation::new(bundle.clone())
    });
    let (answer, _) = flown(&mut activation).await;
    assert!(landed(&answer).contains(r#""ahead":false"#));
    // Those of both kinds wait for the next.
    stage.has_waiting(2).await;
}

#[tokio::test]
async fn a_node_may_start_nothing_ahead() {
    let change = |config: &mut NodeConfig| config.warm_max = 0;
    let Some(stage) = Stage::with(TELLS, change).await else {
        return;
    };
    let bundle = stage.single("main");
    stage.warm(&bundle).await;
    for _ in 0..2 {
        assert_eq!(stage.told(&bundle).await["ahead"], false);
    }
    assert_eq!(stage.waiting(), BTreeSet::new());
}

#[tokio::test]
async fn what_cannot_be_started_is_said() {
    let change = |config: &mut NodeConfig| config.python = "no-such-python".into();
    let Some(stage) = Stage::with(TELLS, change).await else {
        return;
    };
    let warmed = stage.node.warm(&stage.single("main"), vec![], vec![]).await;
    let why = warmed.expect_err("there is no such program").to_string();
    assert!(why.contains("no-such-python"), "{why}");
}

#[tokio::test]
async fn nodejs_functions_wait_as_well() {
    let Some(stage) = Stage::of("").await else {
        return;
    };
    let node = std::process::Command::new("node").arg("--version").output();
    let Some(_) = raptor_cluster::testing::gate("nodejs", node) else {
        return;
    };
    let source = "\
const ahead = process.env.__OW_ACTIVATION_ID === undefined;
exports.main = () => ({ ahead, flight: process.env.RAPTOR_FLIGHT });
";
    fs::write(stage.directory.path().join("action.js"), source).unwrap();
    let bundle = stage.of_file("main", "action.js");
    stage.warm(&bundle).await;
    let mut activation = stage.invoke(&bundle, "{}");
    let id = activation.id();
    let (answer, _) = flown(&mut activation).await;
    assert_eq!(
        landed(&answer),
        format!(r#"{{"ahead":true,"flight":"{id}"}}"#)
    );
}
