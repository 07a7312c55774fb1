//! What is left of `raptor run` when it is interrupted or killed: nothing.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{endless, run};
use crate::support::{NOOP, Process, Running, Stage, descendants, exec, mentioning, until};

/// The processes of a run of three: node, fork server and attempt of each.
const FAMILY: usize = 9;

/// A run in mid-flight, and all that it started.
struct MidFlight {
    raptor: Running,
    family: Vec<Process>,
    stage: Stage,
}

impl MidFlight {
    /// Begins a flight of three that does not end, with more functions beside it.
    async fn begin(function: Value, family: usize) -> Self {
        let stage = Stage::new();
        let raptor = run(&stage, &json!({ "f": function }), &["--flight", "3"]).start();
        let pid = raptor.process.pid;
        let family = until("a run in mid-flight", || {
            Some(descendants(pid)).filter(|found| found.len() == family)
        })
        .await;
        let begun = || (attempts(&stage).len() >= 3).then_some(());
        until("an attempt on each node", begun).await;
        Self {
            raptor,
            family,
            stage,
        }
    }

    /// Waits until nothing of it is left but, perhaps, directories.
    async fn no_process_left(family: Vec<Process>, stage: &Stage) {
        for process in family {
            process.gone().await;
        }
        let place = stage.path().to_str().expect("it is UTF-8");
        let none = || mentioning(place).is_empty().then_some(());
        until("the end of all processes that know the stage", none).await;
    }
}

/// The processes of attempts: they know where they may write.
fn attempts(stage: &Stage) -> Vec<Process> {
    let place = stage.path().to_str().expect("it is UTF-8");
    mentioning(&format!("RAPTOR_TMPDIR={place}"))
}

/// What nodes have left in their directory of state.
fn left(stage: &Stage) -> Vec<String> {
    let base = stage.join(&format!("raptor-{}", nix::unistd::Uid::effective()));
    let entries = fs::read_dir(base).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    names
        .map(|name| name.into_string().expect("it is UTF-8"))
        .collect()
}

#[tokio::test]
async fn one_interrupt_cancels_and_cleans_up() {
    let MidFlight {
        raptor,
        family,
        stage,
    } = MidFlight::begin(endless(), FAMILY).await;
    raptor.process.signal(Signal::SIGINT);
    let ended = raptor.end().await;
    assert_eq!((ended.status, &*ended.stdout), (Some(130), ""), "{ended:?}");
    assert!(
        ended
            .stderr
            .contains("raptor: the activation was cancelled"),
        "{ended:?}"
    );
    assert_eq!(left(&stage), [""; 0]);
    MidFlight::no_process_left(family, &stage).await;
}

#[tokio::test]
async fn two_interrupts_end_it_at_once_and_the_nodes_clean_up_behind_them() {
    let MidFlight {
        raptor,
        family,
        stage,
    } = MidFlight::begin(endless(), FAMILY).await;
    raptor.process.signal(Signal::SIGINT);
    raptor.process.signal(Signal::SIGTERM);
    let ended = raptor.end().await;
    assert_eq!((ended.status, &*ended.stdout), (Some(130), ""), "{ended:?}");
    MidFlight::no_process_left(family, &stage).await;
}

#[tokio::test]
async fn when_it_is_killed_its_nodes_end_and_the_next_start_sweeps_what_they_left() {
    // With daemons, which are in no group of their attempts.
    let daemons = exec("raptor fn hang --setsid-child");
    let MidFlight {
        raptor,
        family,
        stage,
    } = MidFlight::begin(daemons, FAMILY + 3).await;
    raptor.process.signal(Signal::SIGKILL);
    assert_eq!(raptor.end().await.status, None);
    MidFlight::no_process_left(family, &stage).await;
    let ended = run(&stage, &json!({ "f": exec(NOOP) }), &["--flight", "1"])
        .run()
        .await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(left(&stage), [""; 0]);
}

#[tokio::test]
async fn when_everything_is_killed_the_next_start_sweeps_what_was_left() {
    let MidFlight {
        raptor,
        family,
        stage,
    } = MidFlight::begin(endless(), FAMILY).await;
    // Stopped first, and killed before their parents, so that nobody cleans up behind anybody: a fork
    // server that is stopped goes on when its node dies.
    let all: Vec<Process> = std::iter::once(raptor.process)
        .chain(family.clone())
        .collect();
    all.iter()
        .for_each(|process| process.signal(Signal::SIGSTOP));
    all.iter()
        .rev()
        .for_each(|process| process.signal(Signal::SIGKILL));
    assert_eq!(raptor.end().await.status, None);
    MidFlight::no_process_left(family, &stage).await;
    assert_eq!(left(&stage).len(), 3);
    let ended = run(&stage, &json!({ "f": exec(NOOP) }), &["--flight", "1"])
        .run()
        .await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(left(&stage), [""; 0]);
}
