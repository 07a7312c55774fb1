//! Flights whose members are in containers of Docker's.

use std::collections::BTreeSet;
use std::time::Duration;

use mini_openwhisk::{Config, ContainerView, MiniOpenWhisk, Zone};
use serde_json::json;

use super::{docker, flown, image, inspect, openwhisk};
use crate::support::{account, action, containers_when, followers, started, success};

/// Function `f0` ends on member 0 only, `f1` on member 1, and so on; each says where that was.
const ONE_EACH: &str = "
import os, socket, time
def work(member):
    if os.environ['RAPTOR_MEMBER'] != member: time.sleep(3600)
    return {'by': member, 'host': socket.gethostname()}
def f0(params): return work('0')
def f1(params): return work('1')
def f2(params): return work('2')
";

/// Only the leader, or only followers, end what they are asked to.
const AS_ASKED: &str = "
import os, time
def work(params):
    is_leader = os.environ['RAPTOR_MEMBER'] == '0'
    if is_leader != (params['who'] == 'leader'): time.sleep(3600)
    time.sleep(params.get('seconds', 0))
    return {'by': os.environ['RAPTOR_MEMBER']}
def f0(params): return work(params)
def f1(params): return work(params)
";

/// Two containers, both of which run: the leader's, then its follower's.
async fn both(whisk: &MiniOpenWhisk) -> [ContainerView; 2] {
    let both = containers_when(whisk, |all| {
        all.len() == 2 && all.iter().all(|one| one.running == 1)
    });
    let mut both: Vec<_> = both.await;
    both.sort_by_key(|one| one.id);
    both.try_into().expect("there are two")
}

/// Kills a container behind the invoker's back.
fn docker_kill(container: &ContainerView) {
    let name = container.docker_name.as_deref().expect("it is Docker's");
    docker(&["kill", name]).expect("it runs");
}

#[tokio::test]
async fn members_fly_from_container_to_container_and_the_account_tells_who_won() {
    let Some(image) = image() else {
        return;
    };
    let whisk = started(Config {
        zones: ["zone-a", "zone-b", "zone-c"].map(Zone::new).into(),
        ..Config::docker(image)
    });
    for size in [2, 3] {
        let name = format!("flown-by-{size}");
        whisk.put(&name, flown(size, size, ONE_EACH));
        // Cold, then with all containers up.
        for flights in [1, 2] {
            let reply = whisk.invoke(&name, json!({})).await;
            let result = success(&reply);
            let account = account(&reply);
            let mut hosts = BTreeSet::new();
            for member in 0..size {
                let function = format!("f{member}");
                let won = &account["members"][member]["won"];
                assert_eq!(won, &json!([function]), "{account:#}");
                assert_eq!(result[&function]["by"], member.to_string());
                hosts.insert(result[&function]["host"].to_string());
            }
            assert_eq!(hosts.len(), size, "each has a container of its own");
            followers(&whisk, &name, flights * (size - 1)).await;
        }
        let of_it = containers_when(&whisk, |all| all.iter().all(|one| one.running == 0)).await;
        let of_it = of_it.iter().filter(|one| one.action == name);
        let zones: BTreeSet<_> = of_it.map(|one| one.zone.clone()).collect();
        assert_eq!(zones.len(), size, "{zones:?}");
    }
}

#[tokio::test]
async fn a_follower_whose_container_docker_kills_costs_nothing() {
    let Some(image) = image() else {
        return;
    };
    let whisk = openwhisk(image);
    whisk.put("flown", flown(2, 2, AS_ASKED));
    let flying = whisk.invoke("flown", json!({ "who": "leader", "seconds": 1 }));
    let killing = async {
        let [_, follower] = both(&whisk).await;
        docker_kill(&follower);
    };
    let (reply, ()) = tokio::join!(flying, killing);
    let result = success(&reply);
    assert_eq!(result, &json!({ "f0": { "by": "0" }, "f1": { "by": "0" } }));
}

#[tokio::test]
async fn when_docker_kills_a_leaders_container_all_end_at_once_and_the_next_flight_flies() {
    let Some(image) = image() else {
        return;
    };
    let whisk = openwhisk(image);
    whisk.put("flown", flown(2, 2, AS_ASKED));
    // The follower would take an hour.
    let flying = whisk.invoke("flown", json!({ "who": "followers", "seconds": 3600 }));
    let killing = async {
        let [leader, _] = both(&whisk).await;
        docker_kill(&leader);
    };
    let (reply, ()) = tokio::join!(flying, killing);
    assert_eq!(reply.status, 502, "{:#}", reply.body);
    let followed = followers(&whisk, "flown", 1).await;
    let how = followed[0]["how"].as_str().unwrap_or_default();
    assert!(how.contains("leader"), "{how}");
    let reply = whisk.invoke("flown", json!({ "who": "followers" })).await;
    assert_eq!(success(&reply)["f0"]["by"], "1");
}

#[tokio::test]
async fn containers_that_docker_paused_between_flights_fly_again() {
    let Some(image) = image() else {
        return;
    };
    let whisk = started(Config {
        pause_grace: Duration::from_millis(50),
        ..Config::docker(image)
    });
    whisk.put("flown", flown(2, 2, ONE_EACH));
    for _ in 0..3 {
        let reply = whisk.invoke("flown", json!({})).await;
        let result = success(&reply);
        assert_eq!([&result["f0"]["by"], &result["f1"]["by"]], ["0", "1"]);
        let paused = containers_when(&whisk, |all| {
            all.len() == 2 && all.iter().all(|one| one.is_frozen)
        });
        for container in paused.await {
            assert_eq!(inspect(&container)["State"]["Paused"], true);
        }
    }
}

#[tokio::test]
async fn functions_of_node_js_fly_in_the_same_image() {
    let Some(image) = image() else {
        return;
    };
    let whisk = started(Config {
        env: vec![("RAPTOR_RUNTIME_KIND".into(), "nodejs:20".into())],
        ..Config::docker(image)
    });
    let manifest = r#"{ "__OW_NUM_CONCURRENCY": 2,
        "f0": { "depends": [], "file": "flown.js" }, "f1": { "depends": [], "file": "flown.js" } }"#;
    let source = "
function work(member) {
    const by = process.env.RAPTOR_MEMBER;
    return by === member ? { by } : new Promise(() => setInterval(() => {}, 1000));
}
exports.f0 = () => work('0');
exports.f1 = () => work('1');
";
    let files = [("action-manifest.json", manifest), ("flown.js", source)];
    whisk.put("flown", action(&files));
    let reply = whisk.invoke("flown", json!({})).await;
    let result = success(&reply);
    assert_eq!(result, &json!({ "f0": { "by": "0" }, "f1": { "by": "1" } }));
}
