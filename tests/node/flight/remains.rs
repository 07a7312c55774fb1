//! What flights leave behind: nothing.

use std::fs;
use std::path::Path;

use raptor_cluster::testing::gate;
use serde_json::json;

use crate::support::{NOOP, Trio, action, descendants, descriptors, exec, shell, until};

/// How many flights are flown before and after the first look: what a node keeps for good, it has
/// after some.
const WARM_UP: usize = 20;
const FLIGHTS: usize = 200;

/// Descriptors that come and go with the wind: a pipe of an attempt that was just reaped.
const DESCRIPTORS_SLACK: usize = 4;

#[tokio::test]
async fn two_hundred_flights_leave_no_process_no_descriptor_and_no_directory() {
    let trio = Trio::start().await;
    let noop = action(&json!({ "f": exec(NOOP) }));
    fly(&trio, &noop, WARM_UP).await;
    let pids = [0, 1, 2].map(|node| trio.process(node).pid);
    let Some(before) = gate(
        "root",
        pids.map(descriptors)
            .into_iter()
            .collect::<Result<Vec<_>, _>>(),
    ) else {
        return;
    };
    fly(&trio, &noop, FLIGHTS).await;
    for (pid, before) in pids.into_iter().zip(before) {
        // Its fork server is its only child.
        until("the end of every attempt", || {
            (descendants(pid).len() == 1).then_some(())
        })
        .await;
        until(
            &format!("{before} descriptors in a node, as before"),
            || (descriptors(pid).ok()? <= before + DESCRIPTORS_SLACK).then_some(()),
        )
        .await;
    }
    let state = trio.stage.join("state");
    until("an empty directory of attempts in each node", || {
        let nodes = entries(&state);
        let empty = |node: &String| entries(&state.join(node).join("attempts")).is_empty();
        (nodes.len() == 3 && nodes.iter().all(empty)).then_some(())
    })
    .await;
    trio.end().await;
}

async fn fly(trio: &Trio, bundle: &raptor_cluster::Bundle, flights: usize) {
    for _ in 0..flights {
        assert_eq!(trio.fly(bundle.clone()).await.result(), json!({ "f": {} }));
    }
}

#[tokio::test]
async fn the_files_of_an_attempt_go_with_it_and_those_of_a_node_with_the_node() {
    let trio = Trio::start().await;
    let litter = "mkdir -p $RAPTOR_TMPDIR/a/b; >$RAPTOR_TMPDIR/a/b/c; echo x >$TMPDIR/d; \
                  echo $RAPTOR_TMPDIR >>$1/directories; echo '{}' >&3";
    let litter = action(&json!({ "f": shell(litter, &[trio.stage.path()]) }));
    trio.fly(litter).await.result();
    let directories = trio.stage.lines("directories", 1).await;
    for directory in directories {
        let directory = Path::new(&directory);
        assert!(directory.starts_with(trio.stage.join("state")));
        until("the end of a directory of an attempt", || {
            (!directory.exists()).then_some(())
        })
        .await;
    }
    let Trio {
        client,
        cluster,
        stage,
    } = trio;
    drop(client);
    cluster.shutdown().await;
    assert_eq!(entries(&stage.join("state")), [""; 0]);
}

fn entries(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries
        .map(|entry| entry.expect("it can be read").file_name())
        .map(|name| name.into_string().expect("it is UTF-8"))
        .collect()
}
