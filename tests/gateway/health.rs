//! What whoever spreads requests over nodes is told.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::common::waits_for;
use crate::gateway::{ECHO, Gateway};
use crate::http::Answer;
use crate::support::{Program, until, zone};

const READY: &str = "/invokers/ready";

/// Asks without a key.
fn ask(gateway: &Gateway, path: &str) -> Answer {
    gateway.with_key(None).ask_at("GET", path, None)
}

#[tokio::test]
async fn whoever_asks_is_told_that_the_node_is_there_and_how_many_there_are() {
    let Some(gateways) = Gateway::cluster(2).await else {
        return;
    };
    for gateway in &gateways {
        let pong = ask(gateway, "/ping");
        assert_eq!((pong.status, pong.text()), (200, "pong"));
        assert_eq!(ask(gateway, READY).expect(200), json!({ "healthy": "2/2" }));
    }
    gateways[1].node.process().signal(Signal::SIGKILL);
    let is_missed = || {
        let told = ask(&gateways[0], READY).expect(200);
        (told == json!({ "healthy": "1/2" })).then_some(())
    };
    until("the loss of a node", is_missed).await;
}

#[tokio::test]
async fn every_answer_names_the_node_that_gave_it() {
    let Some(gateways) = Gateway::cluster(2).await else {
        return;
    };
    for (gateway, name) in gateways.iter().zip(["node-a", "node-b"]) {
        for path in ["/ping", READY, "/api/v1", "/nowhere", "/api/v1/namespaces"] {
            let named = ask(gateway, path);
            assert_eq!(named.header("x-raptor-node"), Some(name), "{path}");
        }
    }
}

#[tokio::test]
async fn a_node_that_is_to_end_says_so_before_it_goes_and_refuses_what_is_new() {
    let notice = |program: Program| program.env("RAPTOR__GATEWAY__DRAIN_NOTICE", "10m");
    let Some(gateway) = Gateway::alone_with(notice).await else {
        return;
    };
    assert!(gateway.client.is_kept(READY));
    gateway.node.process().signal(Signal::SIGTERM);
    gateway.node.said("draining", 1).await;
    assert_eq!(
        ask(&gateway, READY).expect(503),
        json!({ "unhealthy": "1/1" })
    );
    assert!(!gateway.client.is_kept(READY));
    assert_eq!(ask(&gateway, "/ping").status, 200);
    let refused = gateway.client.post("actions/f", &json!({}));
    refused.refused(503, "This node is shutting down, try another one.");
    gateway.node.process().signal(Signal::SIGTERM);
    assert_eq!(gateway.node.end().await, Some(130));
}

#[tokio::test]
async fn what_was_begun_on_a_node_that_ends_is_found_on_the_others() {
    let Some(mut gateways) = Gateway::cluster(2).await else {
        return;
    };
    let gateway = gateways.remove(0);
    let gate = gateway.stage.join("gate");
    gateway.make("waits", &waits_for(&gate));
    let begun = gateway.client.post("actions/waits", &json!({})).expect(202);
    gateway.stage.lines("gate.there", 1).await;
    gateway.node.process().signal(Signal::SIGTERM);
    gateway.node.said("draining", 1).await;
    gateway.stage.write("gate", "");
    assert_eq!(gateway.node.end().await, Some(0));
    let id = begun["activationId"].as_str().expect("an id");
    let record = gateways[0].record(id).await;
    assert_eq!(record["response"]["result"], json!({ "ok": true }));
}

/// `raptor health` of that gateway's node; its exit status, and what it says.
async fn health(gateway: &Gateway, words: &[&str]) -> (Option<i32>, String) {
    let program = Program::new(&gateway.stage, &["health", "--config"]).arg(zone('a'));
    let program = program
        .env(
            "RAPTOR__TRANSPORT__LISTEN",
            gateway.node.address.to_string(),
        )
        .env("RAPTOR__GATEWAY__GUEST", "true")
        .env(
            "RAPTOR__GATEWAY__LISTEN",
            gateway.client.address.to_string(),
        );
    let ended = program.args(words).run().await;
    (ended.status, ended.stdout + &ended.stderr)
}

#[tokio::test]
async fn a_node_is_well_and_not_ready_while_its_gateway_drains() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let gate = gateway.stage.join("gate");
    gateway.make("waits", &waits_for(&gate));
    gateway.client.post("actions/waits", &json!({})).expect(202);
    gateway.stage.lines("gate.there", 1).await;
    let up = "up, 1 members, 1 flights\n".to_owned();
    assert_eq!(health(&gateway, &["--ready"]).await, (Some(0), up.clone()));
    gateway.node.process().signal(Signal::SIGTERM);
    gateway.node.said("draining", 1).await;
    assert_eq!(health(&gateway, &[]).await, (Some(0), up));
    let (status, said) = health(&gateway, &["--ready"]).await;
    assert_eq!(status, Some(1), "{said}");
    let why = format!(
        "failed to find the gateway at {} ready",
        gateway.client.address
    );
    assert!(said.contains(&why) && said.contains(" 503 "), "{said}");
    gateway.stage.write("gate", "");
    assert_eq!(gateway.node.end().await, Some(0));
}

#[tokio::test]
async fn the_record_of_a_flight_tells_who_flew_it_and_who_won_what() {
    let Some(gateways) = Gateway::cluster(3).await else {
        return;
    };
    let manifest = json!({
        "f": { "depends": [], "file": "f.py" },
        "g": { "depends": [], "file": "f.py" },
        "h": { "depends": ["f", "g"], "file": "f.py" },
        "__OW_NUM_CONCURRENCY": 3,
    });
    let functions = "def f(a): return {'n': 1}\n\
                     def g(a): return {'n': 2}\n\
                     def h(a): return {'n': 3}";
    let files = [
        ("action-manifest.json", manifest.to_string()),
        ("f.py", functions.to_owned()),
    ];
    let files = files
        .each_ref()
        .map(|(name, content)| (*name, content.as_str()));
    let exec = json!({ "kind": "python:default", "code": crate::code::zip(&files) });
    gateways[1].make_with("fly", &json!({ "exec": exec }));
    let flight = flight_of(&gateways[1], "fly").await;
    assert_eq!(flight["size"], 3);
    let members = flight["members"].as_array().expect("a list");
    assert_eq!(members[0]["node"], "node-b", "who was asked leads");
    let texts = |key: &str| {
        let mut texts: Vec<_> = members
            .iter()
            .map(|member| member[key].to_string())
            .collect();
        texts.sort();
        texts
    };
    assert_eq!(texts("member"), ["0", "1", "2"]);
    let zones = ["zone-a", "zone-b", "zone-c"].map(|zone| format!("\"{zone}\""));
    assert_eq!(texts("zone"), zones);
    let won = members
        .iter()
        .flat_map(|member| member["won"].as_array().expect("a list"));
    let mut won: Vec<_> = won.map(Value::to_string).collect();
    won.sort();
    assert_eq!(won, ["\"f\"", "\"g\"", "\"h\""]);

    gateways[2].make("alone", ECHO);
    let flight = flight_of(&gateways[2], "alone").await;
    let member = json!({
        "member": 0, "node": "node-c", "zone": "zone-c", "present": true, "won": ["main"],
    });
    assert_eq!(
        (&flight["size"], &flight["members"]),
        (&json!(1), &json!([member]))
    );
}

/// What the record of an invocation of an action says of its flight.
async fn flight_of(gateway: &Gateway, action: &str) -> Value {
    let record = gateway.invoke(action, &json!({}));
    let id = record["activationId"].as_str().expect("an id");
    let record = gateway.record(id).await;
    let annotations = record["annotations"].as_array().expect("a list").iter();
    let mut flight = annotations.filter(|annotation| annotation["key"] == "flight");
    flight.next().expect("it flew")["value"].clone()
}
