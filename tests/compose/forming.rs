//! The cluster forms, and is one whatever zone it is asked through.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::blocking_wait::until;
use crate::client::sleeps;
use crate::engine::Container;
use crate::testbed::{Node, Testbed, ZONES};

#[test]
fn an_action_that_is_made_in_one_zone_flies_from_another_over_all_three() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    for node in testbed.nodes() {
        is_on_the_backbone(&testbed, &node);
    }
    let [here, there] = ["zone-a", "zone-b"].map(|zone| testbed.nodes_of(zone).remove(0));
    here.client.make("fly", &sleeps("100ms"));
    let answer = there.client.invoke("fly").expect("it answers");
    assert!(answer.is_success(), "{}", answer.json());
    assert_eq!(answer.node(), Some(there.name.as_str()));
    let record = answer.json();
    let id = record["activationId"].as_str().expect("an id");
    // Its record comes once the members' logs are in, and is read from any node.
    let zones = until("a record that tells the zones", || {
        let found = here.client.get(&format!("activations/{id}")).ok()?;
        (found.status == 200).then(|| zones_of(&found.json()))
    });
    assert_eq!(zones, ZONES.map(str::to_owned).into());
    testbed.down();
}

/// Where the members of a flight were.
fn zones_of(record: &Value) -> BTreeSet<String> {
    let mut annotations = record["annotations"].as_array().expect("a list").iter();
    let flight = annotations.find(|annotation| annotation["key"] == "flight");
    let members = flight.expect("it flew")["value"]["members"].as_array();
    let zones = members.expect("it has members").iter();
    let zone = |member: &Value| member["zone"].as_str().expect("a zone").to_owned();
    zones.map(zone).collect()
}

#[test]
fn nodes_are_confined_and_their_secrets_are_made_once() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    let key = |node: &Container| {
        let words = ["raptor", "key", "show", "/keys/cluster.key"];
        node.exec(&words).expect("it has a key")
    };
    let nodes = testbed.nodes();
    nodes.iter().for_each(is_confined);
    testbed.is_published_here_alone("gateway");
    let before = key(&nodes[0].container);
    assert!(nodes.iter().all(|node| key(&node.container) == before));
    // As whoever has changed a setting: the keys' service runs again.
    testbed.run(&mut testbed.compose(&["up", "--detach", "--force-recreate", "keys"]));
    assert_eq!(key(&nodes[0].container), before);
    let stranger = crate::client::Client {
        key: "nobody:nothing".to_owned(),
        ..testbed.gateway()
    };
    let answer = stranger.get("actions").expect("it answers");
    assert_eq!(answer.status, 401);
    testbed.down();
}

/// Checks that a node tells the others its address on the backbone, and shapes what it sends to zones.
fn is_on_the_backbone(testbed: &Testbed, node: &Node) {
    let status = testbed.status(&node.container).expect("it answers");
    let address = node.container.address(&testbed.network("backbone"));
    let address = address.expect("it is on the backbone");
    assert_eq!(status["address"], format!("{address}:9899"));
    assert_eq!(status["zone"], node.zone);
    let rules = status["shaping"]["rules"].as_array().map(Vec::len);
    assert_eq!(rules, Some(3), "{status}");
}

/// Checks that a node has no more powers than it needs.
fn is_confined(node: &Node) {
    let inspected = node.container.inspect();
    let host = &inspected["HostConfig"];
    assert_eq!(inspected["Config"]["User"], "65532:65532");
    assert_eq!(host["ReadonlyRootfs"], true);
    assert_eq!(host["CapDrop"], serde_json::json!(["ALL"]));
    assert_eq!(host["Init"], true);
    assert!(host["Memory"].as_i64() > Some(0));
    assert!(host["PidsLimit"].as_i64() > Some(0));
    assert_eq!(host["RestartPolicy"]["Name"], "unless-stopped");
}
