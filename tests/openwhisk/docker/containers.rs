//! What OpenWhisk does to containers.

use std::env;
use std::io::{BufRead, BufReader, stdin};
use std::process::{Command, Stdio};

use mini_openwhisk::{Config, Image, MiniOpenWhisk};
use serde_json::{Value, json};

use super::{docker, flown, image, inspect, openwhisk};
use crate::support::{eventually, success};

/// The test that only waits.
const WAITING: &str = "docker::containers::waits_to_be_killed";

/// How it begins to say what it has made.
const SAYS: &str = "made: ";

/// Does nothing.
const IDLE: &str = "def f0(params): return {}\n";

#[tokio::test]
async fn containers_have_openwhisks_limits_and_no_privilege() {
    let Some(image) = image() else {
        return;
    };
    let whisk = openwhisk(image);
    let source = "
import os, resource
def f0(params):
    with open('/proc/self/status') as status: status = dict(line.split(':', 1) for line in status)
    return {
        'uid': os.getuid(),
        'capabilities': int(status['CapEff'], 16),
        'descriptors': resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    }
";
    whisk.put("looks", flown(1, 1, source));
    let reply = whisk.invoke("looks", json!({})).await;
    let seen = &success(&reply)["f0"];
    assert_ne!(seen["uid"], 0);
    assert_eq!(seen["capabilities"], 0);
    assert_eq!(seen["descriptors"], 1024);
    let [container] = &whisk.containers()[..] else {
        panic!("one container runs one function");
    };
    let host = &inspect(container)["HostConfig"];
    assert_eq!(host["Memory"], 256 << 20);
    assert_eq!(host["MemorySwap"], host["Memory"]);
    assert_eq!(host["CpuShares"], 256);
    assert_eq!(host["PidsLimit"], 1024);
    assert_eq!(host["CapDrop"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_functions_print_in_a_container_is_in_the_log_of_their_activation() {
    let Some(image) = image() else {
        return;
    };
    let whisk = openwhisk(image);
    let source = "
import sys
def f0(params):
    print('to stdout', params['n'], flush=True)
    print('to stderr', params['n'], file=sys.stderr)
    return {}
";
    whisk.put("loud", flown(1, 1, source));
    for n in [1, 2] {
        let reply = whisk.invoke("loud", json!({ "n": n })).await;
        success(&reply);
        let logs = reply.body["logs"].as_array().expect("a record has logs");
        let has = |text: String| {
            let mut lines = logs.iter().filter_map(Value::as_str);
            lines.any(|line| line.ends_with(&text))
        };
        assert!(has(format!("stdout: to stdout {n}")), "{logs:#?}");
        assert!(has(format!("stderr: to stderr {n}")), "{logs:#?}");
        assert!(!has(format!("stdout: to stdout {}", n - 1)), "{logs:#?}");
        assert_eq!(reply.body["logsComplete"], true);
    }
}

/// How many containers and networks there are of an OpenWhisk's.
fn left(label: &str) -> [usize; 2] {
    let filter = format!("label={label}");
    [&["ps", "--all"][..], &["network", "ls"]].map(|list| {
        let words = [list, &["--quiet", "--filter", &filter]].concat();
        docker(&words).expect("it answers").lines().count()
    })
}

#[tokio::test]
async fn nothing_is_left_in_docker_when_an_openwhisk_ends() {
    let Some(image) = image() else {
        return;
    };
    let whisk = openwhisk(image);
    whisk.put("idle", flown(1, 1, IDLE));
    let label = whisk.docker_label().expect("it uses Docker").to_owned();
    whisk.prewarm("idle", 2).await.expect("they come up");
    assert_eq!(left(&label), [2, 1]);
    // An action that is replaced has no containers any more.
    whisk.put("idle", flown(1, 1, IDLE));
    eventually(|| (left(&label) == [0, 1]).then_some(())).await;
    whisk.prewarm("idle", 1).await.expect("it comes up");
    drop(whisk);
    assert_eq!(left(&label), [0, 0]);
}

#[tokio::test]
async fn nothing_is_left_in_docker_when_the_process_of_an_openwhisk_is_killed() {
    if image().is_none() {
        return;
    }
    let this = env::current_exe().expect("a program knows its path");
    let mut command = Command::new(this);
    command.args(["--ignored", "--nocapture", "--exact", WAITING]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("it runs already");
    let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
    let mut lines = stdout.lines().map_while(Result::ok);
    let label = lines.find_map(|line| Some(line.strip_prefix(SAYS)?.to_owned()));
    let label = label.expect("it says what it has made");
    assert_eq!(left(&label), [2, 1]);
    process.kill().expect("it runs");
    process.wait().expect("it is ours");
    eventually(|| (left(&label) == [0, 0]).then_some(())).await;
}

#[tokio::test]
#[ignore = "what another test starts, and kills"]
async fn waits_to_be_killed() {
    let whisk = openwhisk(image().expect("the other test has seen it"));
    whisk.put("idle", flown(1, 1, IDLE));
    whisk.prewarm("idle", 2).await.expect("they come up");
    println!("\n{SAYS}{}", whisk.docker_label().expect("it uses Docker"));
    // Until the other ends, should it fail.
    let _ = stdin().lines().count();
}

#[test]
fn an_image_that_is_not_there_is_an_error_that_names_it() {
    if image().is_none() {
        return;
    }
    let missing = Image::new("raptor-test/no-such-image");
    let error = MiniOpenWhisk::start(Config::docker(missing)).expect_err("there is none");
    let error = error.to_string();
    assert!(error.contains("raptor-test/no-such-image"), "{error}");
}
