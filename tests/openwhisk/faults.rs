//! What goes wrong costs speed, and nothing else.

use mini_openwhisk::{Config, Limits};
use serde_json::{Value, json};

use crate::support::{
    account, config, containers_when, eventually, followers, openwhisk, pair, started, success,
};

/// Member 0 waits for nobody.
const QUICK: &str = "
def a(params): return {'n': 1}
def b(params): return {'n': 2}
";

/// Followers are stuck, the leader is not.
const SLOW_FOLLOWER: &str = "
import os, time
def work():
    if os.environ['RAPTOR_MEMBER'] != '0': time.sleep(3600)
    time.sleep(0.5)
    return {'by': os.environ['RAPTOR_MEMBER']}
def a(params): return work()
def b(params): return work()
";

#[tokio::test]
async fn a_flight_without_its_followers_lands_alone_and_its_account_says_why() {
    let whisk = started(Config {
        limits: Limits {
            concurrent_invocations: 1,
            ..config().limits
        },
        ..config()
    });
    whisk.put(
        "flown",
        pair(
            3,
            "
import time
def a(params): time.sleep(0.2); return {'n': 1}
def b(params): time.sleep(0.2); return {'n': 2}
",
        ),
    );
    let reply = whisk.invoke("flown", json!({})).await;
    assert_eq!(
        success(&reply),
        &json!({ "a": { "n": 1 }, "b": { "n": 2 } })
    );
    let account = account(&reply);
    for member in [1, 2] {
        let missing = account["members"][member]["missing"]
            .as_str()
            .unwrap_or_default();
        assert!(missing.contains("429"), "{account:#}");
        assert!(
            missing.contains("Too many concurrent requests"),
            "{account:#}"
        );
    }
}

#[tokio::test]
async fn an_action_without_its_api_key_flies_alone_and_its_account_says_how_to_mend_it() {
    let whisk = openwhisk();
    let mut flown = pair(2, QUICK);
    flown.provide_api_key = false;
    whisk.put("keyless", flown);
    let reply = whisk.invoke("keyless", json!({})).await;
    assert_eq!(
        success(&reply),
        &json!({ "a": { "n": 1 }, "b": { "n": 2 } })
    );
    let account = account(&reply).to_string();
    assert!(account.contains("provide-api-key"), "{account}");
}

#[tokio::test]
async fn a_follower_whose_container_is_killed_costs_nothing() {
    let whisk = openwhisk();
    whisk.put("flown", pair(2, SLOW_FOLLOWER));
    let flying = whisk.invoke("flown", json!({}));
    let killing = async {
        let both = containers_when(&whisk, |all| {
            all.len() == 2 && all.iter().all(|one| one.running == 1)
        });
        // The second that was started is the follower's.
        let follower = both.await.into_iter().max_by_key(|one| one.id);
        whisk.kill(follower.expect("there are two").id);
    };
    let (reply, ()) = tokio::join!(flying, killing);
    let result = success(&reply);
    assert_eq!(result["a"]["by"], "0");
    assert_eq!(result["b"]["by"], "0");
}

#[tokio::test]
async fn when_a_leader_is_killed_its_followers_end_and_the_next_flight_flies() {
    let whisk = openwhisk();
    let stuck = "
import os, time
def work(p):
    if p.get('stuck'): time.sleep(3600)
    return {}
def a(p): return work(p)
def b(p): return work(p)
";
    whisk.put("flown", pair(2, stuck));
    let flying = whisk.invoke("flown", json!({ "stuck": true }));
    let killing = async {
        let both = containers_when(&whisk, |all| {
            all.len() == 2 && all.iter().all(|one| one.running == 1)
        });
        let leader = both.await.into_iter().min_by_key(|one| one.id);
        whisk.kill(leader.expect("there are two").id);
    };
    let (reply, ()) = tokio::join!(flying, killing);
    assert_eq!(reply.status, 502, "{:#}", reply.body);
    let followed = followers(&whisk, "flown", 1).await;
    let how = followed[0]["how"].as_str().unwrap_or_default();
    assert!(how.contains("leader"), "{how}");
    success(&whisk.invoke("flown", json!({})).await);
}

#[tokio::test]
async fn a_function_that_fails_on_all_members_fails_the_activation_with_its_cause() {
    let whisk = openwhisk();
    let source = "
def a(params): raise ValueError('no such sheep')
def b(params): return {}
";
    whisk.put("faulty", pair(2, source));
    for _ in 0..2 {
        let reply = whisk.invoke("faulty", json!({})).await;
        assert_eq!(reply.status, 502, "{:#}", reply.body);
        let response = &reply.body["response"];
        assert_eq!(response["status"], "application error");
        let error = response["result"]["error"].to_string();
        assert!(error.contains("no such sheep"), "{error}");
        let logs = reply.body["logs"].to_string();
        assert!(
            logs.contains("ValueError"),
            "the trace is in the log: {logs}"
        );
    }
    // The containers stay: an application error is none of theirs.
    let containers = containers_when(&whisk, |all| all.iter().all(|one| one.running == 0));
    assert!(!containers.await.is_empty());
}

#[tokio::test]
async fn a_flight_that_takes_too_long_ends_with_its_deadline() {
    let whisk = openwhisk();
    let mut endless = pair(
        2,
        "
import time
def a(params): time.sleep(3600)
def b(params): time.sleep(3600)
",
    );
    endless.timeout = std::time::Duration::from_secs(2);
    whisk.put("endless", endless);
    let reply = whisk.invoke("endless", json!({})).await;
    assert_eq!(reply.status, 502, "{:#}", reply.body);
    // Nobody computes for a flight that is over.
    let all_ended = || {
        let activations = whisk.activations("endless");
        let ended = activations.iter().all(|one| one.get("response").is_some());
        (ended && activations.len() == 2).then_some(activations)
    };
    let activations = eventually(all_ended).await;
    assert!(activations.iter().all(|one| one["response"].is_object()));
}

#[tokio::test]
async fn an_archive_that_is_no_action_is_refused_at_init_with_its_problems() {
    let whisk = openwhisk();
    let manifest = r#"{ "a": { "depends": ["c"], "file": "a.py" } }"#;
    let files = [("action-manifest.json", manifest)];
    whisk.put("broken", crate::support::action(&files));
    let reply = whisk.invoke("broken", json!({})).await;
    assert_eq!(reply.status, 502);
    let error = reply.body["response"]["result"]["error"].to_string();
    let logs = reply.body["logs"].to_string();
    assert!((error + &logs).contains("depends"), "{:#}", reply.body);
    assert_eq!(reply.body["annotations"].as_array().map(Vec::len), Some(2));
    assert!(Value::is_object(&reply.body["response"]));
}
