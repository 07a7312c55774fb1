use std::fs;
use std::time::Duration;

use tokio::task::LocalSet;

use crate::drive;
use crate::sample::{Ending, Sample};
use crate::scenario::{Changes, Scenario};

/// The samples of a load test at a stub.
fn driven(policies: &str, target: &str, load: &str, requests: u32) -> Vec<Sample> {
    let directory = tempfile::tempdir().expect("a disk");
    let file = directory.path().join("test.toml");
    let text = format!(
        "title = \"a test\"\npolicies = {policies}\nrequests = {requests}\nwarm_up = 0\n\
         [workflow]\nshape = \"sequence:2\"\nexec = [\"raptor\", \"fn\", \"noop\"]\n\
         [target]\nurl = \"{target}\"\n[load]\n{load}\n"
    );
    fs::write(&file, text).expect("a disk");
    let scenario = Scenario::read(&file, &Changes::default());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime
        .enable_all()
        .build()
        .expect("the system has threads");
    let driving = drive::drive(&scenario, String::new(), true);
    let driven = LocalSet::new().block_on(&runtime, driving);
    driven.expect("the stub starts").samples
}

#[test]
fn a_stub_answers_both_policies_as_a_host_does() {
    let policies = r#"["flight:3", "fork-join:3"]"#;
    let samples = driven(policies, "stub:", "clients = 2", 10);
    assert_eq!(samples.len(), 20);
    for sample in &samples {
        assert_eq!(sample.ending, Ending::Landed, "{sample:?}");
        let functions = if sample.policy == 1 { 2 } else { 0 };
        assert_eq!(sample.attempts.len(), functions, "{sample:?}");
    }
}

#[test]
fn a_host_that_stalls_does_not_hide_it_by_being_asked_less_meanwhile() {
    const RATE: u32 = 50;
    let load = format!("arrivals = \"constant rate={RATE}/s\"");
    let target = "stub:?stall=1s&at=500ms";
    let samples = driven(r#"["flight:1"]"#, target, &load, 3 * RATE);
    assert_eq!(samples.len(), 3 * RATE as usize);
    // Half of those that were to be sent while it stalled had more than half of it before them:
    // some fewer, should the last of them be the first to be late.
    let half = Duration::from_millis(500);
    let waited = samples.iter().filter(|it| it.latency() >= half).count();
    assert!(waited >= RATE as usize / 2 - 5, "{waited} have waited");
    let longest = samples.iter().map(Sample::latency).max();
    assert!(longest >= Some(Duration::from_millis(900)), "{longest:?}");
    assert!(samples.iter().all(Sample::has_landed));
}
