//! Flights that go as they should.

use std::time::Duration;

use mini_openwhisk::Config;
use serde_json::{Value, json};

use crate::support::{
    account, action, config, containers_when, eventually, followers, openwhisk, pair, started,
    success,
};

/// Each function says who ran it, and takes long enough to be run by somebody else.
const WHO: &str = "
import os, time
def a(params): time.sleep(0.4); return {'by': os.environ['RAPTOR_MEMBER'], 'got': params}
def b(params): time.sleep(0.4); return {'by': os.environ['RAPTOR_MEMBER'], 'got': params}
";

/// Member 0 never finishes by itself; others do at once.
const SLOW_LEADER: &str = "
import os, time
def work(name):
    if os.environ['RAPTOR_MEMBER'] == '0': time.sleep(3600)
    return {'by': os.environ['RAPTOR_MEMBER']}
def a(params): return work('a')
def b(params): return work('b')
";

#[tokio::test]
async fn two_containers_share_the_work_of_one_activation() {
    let whisk = openwhisk();
    whisk.put("flown", pair(2, WHO));
    // The first flight starts its follower's container.
    success(&whisk.invoke("flown", json!({})).await);
    let reply = whisk
        .invoke("flown", json!({ "n": 1.0, "text": "ü\n" }))
        .await;
    let result = success(&reply);
    let got = json!({ "n": 1.0, "text": "ü\n" });
    assert_eq!(result["a"], json!({ "by": "0", "got": got }));
    assert_eq!(result["b"], json!({ "by": "1", "got": got }));
    let account = account(&reply);
    assert_eq!(account["members"][0]["won"], json!(["a"]), "{account}");
    assert_eq!(account["members"][1]["won"], json!(["b"]), "{account}");
    let followed = followers(&whisk, "flown", 2).await;
    let of_it = followed
        .iter()
        .find(|one| one["flight"] == account["flight"]);
    let of_it = of_it.expect("the follower's own activation tells of it");
    assert_eq!(of_it["member"], json!(1));
    assert_eq!(of_it["won"], json!(["b"]));
    assert!(of_it["preempted"].is_array());
}

#[tokio::test]
async fn a_leader_that_is_stuck_lands_on_its_followers_work() {
    for size in [2, 3, 5] {
        let whisk = openwhisk();
        whisk.put("stuck", pair(size, SLOW_LEADER));
        let reply = whisk.invoke("stuck", json!({})).await;
        let result = success(&reply);
        assert_ne!(result["a"]["by"], "0");
        assert_ne!(result["b"]["by"], "0");
        // Nothing of it runs on: every follower's activation ends.
        followers(&whisk, "stuck", size - 1).await;
        containers_when(&whisk, |all| all.iter().all(|one| one.running == 0)).await;
    }
}

#[tokio::test]
async fn a_flight_goes_by_its_manifests_dependencies_over_all_containers() {
    let whisk = openwhisk();
    let manifest = json!({
        "__OW_NUM_CONCURRENCY": 3,
        "split": { "depends": [], "file": "w.py" },
        "left": { "depends": ["split"], "file": "w.py" },
        "right": { "depends": ["split"], "file": "w.py" },
        "sum": { "depends": ["left", "right"], "file": "w.py" },
    });
    let source = "
def split(p): return {'words': p['text'].split()}
def left(p): return {'n': sum(len(w) for w in p['split']['words'][::2])}
def right(p): return {'n': sum(len(w) for w in p['split']['words'][1::2])}
def sum_(p): return {'n': p['left']['n'] + p['right']['n']}
globals()['sum'], total = sum_, sum
def left(p): return {'n': total(len(w) for w in p['split']['words'][::2])}
def right(p): return {'n': total(len(w) for w in p['split']['words'][1::2])}
";
    let flown = action(&[
        ("action-manifest.json", &manifest.to_string()),
        ("w.py", source),
    ]);
    whisk.put("pkg/words", flown);
    let reply = whisk
        .invoke("pkg/words", json!({ "text": "one two three" }))
        .await;
    assert_eq!(success(&reply), &json!({ "sum": { "n": 11 } }));
}

#[tokio::test]
async fn containers_that_were_frozen_between_flights_fly_again() {
    let whisk = openwhisk();
    whisk.put("flown", pair(2, SLOW_LEADER));
    for _ in 0..4 {
        success(&whisk.invoke("flown", json!({})).await);
        let frozen = |all: &[mini_openwhisk::ContainerView]| {
            all.len() == 2 && all.iter().all(|one| one.is_frozen)
        };
        containers_when(&whisk, frozen).await;
    }
}

#[tokio::test]
async fn a_follower_in_its_leaders_own_container_is_a_member_of_its_own() {
    let whisk = started(Config {
        env: vec![("__OW_ALLOW_CONCURRENT".into(), "true".into())],
        ..config()
    });
    let mut flown = pair(3, SLOW_LEADER);
    flown.concurrency = 8;
    whisk.put("flown", flown);
    for _ in 0..3 {
        let reply = whisk.invoke("flown", json!({})).await;
        assert_ne!(success(&reply)["a"]["by"], "0");
    }
    let pids = containers_when(&whisk, |all| all.iter().all(|one| one.running == 0)).await;
    assert_eq!(pids.len(), 1, "all members were in one container");
}

#[tokio::test]
async fn a_follower_of_a_finished_flight_ends_at_once() {
    let whisk = started(Config {
        cold_start: Duration::from_secs(1),
        // The leader's container is still up, as it is with OpenWhisk's grace.
        pause_grace: Duration::from_secs(10),
        ..config()
    });
    let quick = "
def a(p): return {}
def b(p): return {}
";
    whisk.put("quick", pair(2, quick));
    let reply = whisk.invoke("quick", json!({})).await;
    success(&reply);
    let followed = followers(&whisk, "quick", 1).await;
    assert_eq!(followed[0]["won"], json!([]));
    assert_eq!(
        followed[0]["how"],
        json!("the flight was over before this member joined it")
    );
}

#[tokio::test]
async fn a_follower_whose_leader_was_frozen_meanwhile_ends_without_it() {
    let whisk = started(Config {
        cold_start: Duration::from_secs(1),
        ..config()
    });
    whisk.put(
        "quick",
        pair(2, "def a(p): return {}\ndef b(p): return {}\n"),
    );
    success(&whisk.invoke("quick", json!({})).await);
    let followed = followers(&whisk, "quick", 1).await;
    assert_eq!(
        followed[0]["how"],
        json!("the leader of the flight was not reached")
    );
    // Both fly again.
    success(&whisk.invoke("quick", json!({})).await);
}

#[tokio::test]
async fn what_functions_print_is_in_the_log_of_the_activation_that_ran_them() {
    let whisk = openwhisk();
    let source = "
import os, sys
def a(p): print('a by', os.environ['RAPTOR_MEMBER']); return {}
def b(p): print('b by', os.environ['RAPTOR_MEMBER'], file=sys.stderr); return {}
";
    whisk.put("loud", pair(1, source));
    let reply = whisk.invoke("loud", json!({})).await;
    success(&reply);
    let logs = reply.body["logs"].as_array().expect("a record has logs");
    let has = |text: &str| {
        logs.iter()
            .filter_map(Value::as_str)
            .any(|one| one.ends_with(text))
    };
    assert!(has("stdout: a by 0"), "{logs:#?}");
    assert!(has("stderr: b by 0"), "{logs:#?}");
    assert_eq!(reply.body["logsComplete"], json!(true));
    eventually(|| {
        whisk
            .containers()
            .iter()
            .all(|one| one.running == 0)
            .then_some(())
    })
    .await;
}
