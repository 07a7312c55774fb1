//! Flights that land.

use raptor_cluster::Bundle;
use serde_json::json;

use crate::support::{Flown, Trio, action, directory, exec, gather, shell};

#[tokio::test]
async fn a_flight_lands_with_the_right_result() {
    let trio = Trio::start().await;
    let (hello, _) = Bundle::from_directory(&directory("hello")).expect("it is valid");
    let flown = trio
        .fly_with(hello, |invocation| {
            invocation.params = r#"{"name": "Ada"}"#.into();
        })
        .await;
    assert_eq!(
        flown.result(),
        json!({ "greet": { "text": "Hello, Ada! Raptor flies." } })
    );
    trio.end().await;
}

#[tokio::test]
async fn the_members_of_a_flight_are_spread_over_the_zones() {
    let trio = Trio::start().await;
    let all = action(&json!({ "f": gather(&trio.stage, "all", 3) }));
    let record = trio.fly(all).await.record;
    assert_eq!((record.members.len(), record.size_wanted), (3, 3));
    let mut zones: Vec<&str> = record.members.iter().map(|m| m.zone.as_str()).collect();
    zones.sort_unstable();
    assert_eq!(zones, ["zone-a", "zone-b", "zone-c"]);
    assert!(record.members.iter().all(|member| member.present));
    trio.end().await;
}

#[tokio::test]
async fn values_that_differ_from_run_to_run_come_from_one_execution() {
    let trio = Trio::start().await;
    let keygen = "raptor fn rsa-keygen --bits 256 --small-keys";
    let copy = json!({ "depends": ["key"], "exec": ["raptor", "fn", "echo"] });
    let bundle = action(&json!({
        "key": exec(keygen), "one": copy, "two": copy, "three": copy,
    }));
    for _ in 0..10 {
        let result = trio.fly(bundle.clone()).await.result();
        let key = &result["one"]["key"];
        let pem = key["private_key"].as_str().expect("it is a text");
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"), "{pem}");
        let copied = json!({ "key": key });
        assert_eq!(
            result,
            json!({ "one": copied, "two": copied, "three": copied })
        );
    }
    trio.end().await;
}

#[tokio::test]
async fn flights_at_once_do_not_mix() {
    let trio = Trio::start().await;
    let echo = action(&json!({ "echo": exec("raptor fn echo") }));
    let mut activations: Vec<_> = (0..8)
        .map(|number| {
            let mut invocation = Trio::invocation(echo.clone());
            invocation.params = json!({ "number": number }).to_string().into();
            trio.client.invoke(invocation)
        })
        .collect();
    for (number, activation) in activations.iter_mut().enumerate() {
        let flown = Flown::of(activation).await;
        assert_eq!(flown.result(), json!({ "echo": { "number": number } }));
        assert_eq!(flown.record.activation, activation.id());
    }
    drop(activations);
    trio.end().await;
}

#[tokio::test]
async fn every_node_can_lead() {
    let trio = Trio::start().await;
    for node in 0..3 {
        let client = trio.cluster.client(node).await.expect("the node is up");
        let all = gather(&trio.stage, &format!("all-{node}"), 3);
        let all = action(&json!({ "f": all }));
        let mut activation = client.invoke(Trio::invocation(all));
        let flown = Flown::of(&mut activation).await;
        assert_eq!(flown.result(), json!({ "f": {} }));
        assert_eq!(
            &flown.record.members[0].node,
            trio.cluster.nodes()[node].id()
        );
        assert_eq!(flown.record.members.len(), 3);
    }
    trio.end().await;
}

#[tokio::test]
async fn a_flight_bigger_than_the_cluster_flies_with_what_there_is() {
    let trio = Trio::start().await;
    let all = action(&json!({ "f": gather(&trio.stage, "all", 3) }));
    let flown = trio
        .fly_with(all, |invocation| invocation.size = Some(5))
        .await;
    assert_eq!(flown.result(), json!({ "f": {} }));
    assert_eq!(
        (flown.record.size_wanted, flown.record.members.len()),
        (5, 3)
    );
    trio.end().await;
}

#[tokio::test]
async fn a_value_of_10_mib_travels() {
    const BYTES: usize = 10 << 20;
    let trio = Trio::start().await;
    // The leader gets no value of its own: what it answers with came from another node.
    let write = "if [ $RAPTOR_MEMBER = 0 ]; then exec sleep 600; fi; \
                 { printf '{\"v\":\"'; head -c \"$1\" /dev/zero | tr '\\0' x; echo '\"}'; } >&3";
    let bytes = BYTES.to_string();
    let large = shell(write, &[bytes.as_ref()]);
    let flown = trio.fly(action(&json!({ "large": large }))).await;
    let result = flown.result();
    let value = result["large"]["v"].as_str().expect("it is a text");
    assert_eq!(value.len(), BYTES);
    assert!(value.bytes().all(|byte| byte == b'x'));
    trio.end().await;
}
