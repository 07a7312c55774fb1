//! Who runs what.

use raptor_cluster::{AttemptOutcome, Policy};
use serde_json::json;

use crate::support::{NOOP, Trio, action, exec, lines_of, shell};

#[tokio::test]
async fn what_is_not_idempotent_runs_once_in_all() {
    let trio = Trio::start().await;
    let count = "echo $RAPTOR_MEMBER >>$1/runs; echo '{}' >&3";
    let mut once = shell(count, &[trio.stage.path()]);
    once["idempotent"] = json!(false);
    let bundle = action(&json!({ "once": once, "f": exec(NOOP), "g": exec(NOOP) }));
    for runs in 1..=5 {
        let flown = trio.fly(bundle.clone()).await;
        assert_eq!(flown.result(), json!({ "once": {}, "f": {}, "g": {} }));
        assert_eq!(lines_of(&trio.stage.join("runs")).len(), runs);
        let attempts = flown.attempts("once");
        assert_eq!(attempts.len(), 1);
        assert!(attempts[0].attempt.member.leads());
    }
    trio.end().await;
}

#[tokio::test]
async fn fork_join_runs_each_function_once_on_the_members_in_turn() {
    let trio = Trio::start().await;
    let names = ["a", "b", "c", "d", "e", "f"];
    let functions = names.map(|name| (name.to_owned(), exec(NOOP)));
    let bundle = action(&serde_json::Value::Object(functions.into_iter().collect()));
    let flown = trio
        .fly_with(bundle, |invocation| invocation.policy = Policy::ForkJoin)
        .await;
    assert_eq!(flown.record.policy, Policy::ForkJoin);
    let mut members = Vec::new();
    for name in names {
        let attempts = flown.attempts(name);
        assert_eq!(attempts.len(), 1, "{name} runs once: {attempts:?}");
        let (_, outcome) = attempts[0].end.expect("it ended");
        assert_eq!(outcome, AttemptOutcome::Value);
        members.push(attempts[0].attempt.member.0);
    }
    members.sort_unstable();
    assert_eq!(members, [0, 0, 1, 1, 2, 2]);
    trio.end().await;
}
