//! Functions that fail.

use std::time::Duration;

use raptor_cluster::{Answer, AttemptOutcome};
use raptor_core::FaultKind;
use serde_json::{Value, json};

use crate::support::{Flown, Trio, action, exec, shell};

/// The faults of a flight that failed at `f`: of which member, on which node, and what.
fn faults(flown: &Flown) -> Vec<(u16, &str, &FaultKind)> {
    let Answer::Failed { function, faults } = &flown.answer else {
        panic!("it did not fail: {flown:#?}");
    };
    assert_eq!(function, "f");
    let line = |fault: &'_ raptor_cluster::MemberFault| fault.attempt.member.0;
    let mut faults: Vec<_> = faults
        .iter()
        .map(|fault| (line(fault), fault.node.as_str(), &fault.fault.kind))
        .collect();
    faults.sort_by_key(|(member, _, _)| *member);
    faults
}

#[tokio::test]
async fn a_function_that_fails_on_one_member_is_masked() {
    let trio = Trio::start().await;
    let fail = exec("raptor fn fail --exit 3 --on-member 1");
    let bundle = action(&json!({ "f": fail, "g": fail, "h": fail }));
    for _ in 0..5 {
        let flown = trio.fly(bundle.clone()).await;
        let result = flown.result();
        for name in ["f", "g", "h"] {
            let member = &result[name]["member"];
            assert!(*member == 0 || *member == 2, "{result}");
        }
    }
    trio.end().await;
}

#[tokio::test]
async fn a_function_that_fails_on_all_fails_the_flight_with_the_fault_of_each() {
    let trio = Trio::start().await;
    let flown = trio
        .fly(action(&json!({ "f": exec("raptor fn fail --exit 7") })))
        .await;
    let mut nodes: Vec<&str> = Vec::new();
    for (at, (member, node, kind)) in faults(&flown).into_iter().enumerate() {
        assert_eq!((usize::from(member), kind), (at, &FaultKind::Exited(7)));
        nodes.push(node);
    }
    nodes.sort_unstable();
    assert_eq!(nodes, ["node-a", "node-b", "node-c"]);
    let text = flown.answer.to_string();
    for node in nodes {
        assert!(
            text.contains(&format!("on {node}: it exited with status 7")),
            "{text}"
        );
    }
    trio.end().await;
}

#[tokio::test]
async fn the_last_words_of_a_function_stand_in_its_fault() {
    let trio = Trio::start().await;
    let complain = shell("echo no disk >&2; exit 1", &[]);
    let flown = trio.fly(action(&json!({ "f": complain }))).await;
    let text = flown.answer.to_string();
    assert!(
        text.contains("exited with status 1 (its log ends: no disk)"),
        "{text}"
    );
    trio.end().await;
}

#[tokio::test]
async fn a_function_is_tried_again_as_often_as_the_manifest_says() {
    let trio = Trio::start().await;
    let second_time = "if [ -e $1/tried ]; then echo '{}' >&3; else >$1/tried; exit 1; fi";
    let mut function = shell(second_time, &[trio.stage.path()]);
    function["retries"] = json!(1);
    let flown = trio
        .fly_with(action(&json!({ "f": function })), |invocation| {
            invocation.size = Some(1);
        })
        .await;
    assert_eq!(flown.result(), json!({ "f": {} }));
    let outcomes = flown.attempts("f").into_iter().map(|line| line.end);
    let outcomes: Vec<_> = outcomes.map(|end| end.expect("it ended").1).collect();
    assert_eq!(outcomes, [AttemptOutcome::Fault, AttemptOutcome::Value]);
    trio.end().await;
}

#[tokio::test]
async fn a_function_that_is_still_running_after_its_timeout_has_failed() {
    let trio = Trio::start().await;
    let mut function = exec("sleep 600");
    function["timeout"] = json!("100ms");
    let flown = trio.fly(action(&json!({ "f": function }))).await;
    let timed_out = FaultKind::TimedOut(Duration::from_millis(100));
    let faults = faults(&flown);
    assert_eq!(faults.len(), 3);
    assert!(
        faults.iter().all(|(_, _, kind)| **kind == timed_out),
        "{faults:?}"
    );
    trio.end().await;
}

#[tokio::test]
async fn a_result_that_is_too_large_is_a_fault_that_says_so() {
    const BYTES_MAX: usize = 64 << 10;
    let trio = Trio::start_with(|config| config.limits.value_bytes_max = BYTES_MAX).await;
    let write = "{ printf '{\"v\":\"'; head -c 65536 /dev/zero | tr '\\0' x; echo '\"}'; } >&3";
    let flown = trio.fly(action(&json!({ "f": shell(write, &[]) }))).await;
    let oversized = FaultKind::Oversized {
        bytes_max: BYTES_MAX,
    };
    let faults = faults(&flown);
    assert_eq!(faults.len(), 3);
    assert!(
        faults.iter().all(|(_, _, kind)| **kind == oversized),
        "{faults:?}"
    );
    let text = flown.answer.to_string();
    assert!(
        text.contains("gave a result of more than 65536 bytes"),
        "{text}"
    );
    trio.end().await;
}

#[tokio::test]
async fn what_is_neither_an_object_nor_an_array_is_a_fault_that_says_so() {
    let trio = Trio::start().await;
    let fault = async |function: Value| {
        let flown = trio.fly(action(&json!({ "f": function }))).await;
        flown.answer.to_string()
    };
    let text = fault(shell("echo 7 >&3", &[])).await;
    assert!(text.contains("gave no valid result: "), "{text}");
    let text = fault(exec("true")).await;
    assert!(text.contains("gave no valid result: "), "{text}");
    let text = fault(exec("raptor fn fail --error out-of-luck")).await;
    assert!(
        text.contains(r#"gave an error: {"error":"out-of-luck"}"#),
        "{text}"
    );
    let text = fault(exec("no-such-program")).await;
    assert!(text.contains("could not be started: "), "{text}");
    trio.end().await;
}
