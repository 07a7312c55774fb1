//! Sequences: actions one after the other.

use serde_json::{Value, json};

use crate::gateway::{ECHO, Gateway};

const ADD: &str = "def main(a): return {'n': a['n'] + 1}";

fn sequence(components: &[&str]) -> Value {
    json!({ "exec": { "kind": "sequence", "components": components } })
}

fn value<'a>(record: &'a Value, key: &str) -> Option<&'a Value> {
    let annotations = record["annotations"].as_array().expect("a list").iter();
    let mut found = annotations.filter(|annotation| annotation["key"] == key);
    found.next().map(|annotation| &annotation["value"])
}

#[tokio::test]
async fn each_action_gets_what_the_one_before_gave_and_each_has_a_record() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("add", ADD);
    gateway.make_with(
        "big",
        &json!({
            "exec": { "kind": "python:default", "code": ADD },
            "limits": { "memory": 512 },
        }),
    );
    gateway.make_with("inner", &sequence(&["/_/add", "/one/big"]));
    let made = gateway.make_with("outer", &sequence(&["/_/inner", "/_/add"]));
    assert_eq!(
        made["exec"]["components"],
        json!(["/one/inner", "/one/add"])
    );
    assert_eq!(
        made["parameters"],
        json!([{ "key": "_actions", "value": ["/one/inner", "/one/add"] }])
    );
    let record = gateway
        .client
        .post("actions/outer?blocking=true", &json!({ "n": 1 }))
        .expect(200);
    assert_eq!(record["response"]["result"], json!({ "n": 4 }));
    let id = record["activationId"].as_str().expect("an id");
    let record = gateway.record(id).await;
    assert_eq!(value(&record, "kind"), Some(&json!("sequence")));
    assert_eq!(value(&record, "topmost"), Some(&json!(true)));
    assert_eq!(value(&record, "limits").expect("limits")["memory"], 512);
    let children = record["logs"].as_array().expect("a list").clone();
    assert_eq!(children.len(), 2);
    let inner = gateway.record(children[0].as_str().expect("an id")).await;
    assert_eq!(inner["name"], "inner");
    assert_eq!(inner["cause"], id);
    assert_eq!(value(&inner, "causedBy"), Some(&json!("sequence")));
    assert_eq!(value(&inner, "topmost"), Some(&json!(false)));
    let leaf = gateway
        .record(inner["logs"][1].as_str().expect("an id"))
        .await;
    assert_eq!(leaf["cause"], inner["activationId"]);
    assert_eq!(value(&leaf, "causedBy"), Some(&json!("sequence")));
    let bare = gateway.client.post(
        "actions/outer?blocking=true&result=true",
        &json!({ "n": 1 }),
    );
    assert_eq!(bare.expect(200), json!({ "n": 4 }));
    assert_eq!(
        gateway
            .client
            .post("actions/outer", &json!({ "n": 1 }))
            .status,
        202
    );
}

#[tokio::test]
async fn an_array_goes_from_one_to_the_next() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("list", "def main(a): return [1, 2, 3]");
    gateway.make("count", "def main(a): return {'count': len(a)}");
    gateway.make_with("s", &sequence(&["/_/list", "/_/count"]));
    assert_eq!(gateway.result("s", &json!({})), json!({ "count": 3 }));
}

#[tokio::test]
async fn an_error_stops_it() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("fail", "def main(a): return {'error': 'stop'}");
    gateway.make("f", ECHO);
    gateway.make_with("s", &sequence(&["/_/f", "/_/fail", "/_/f"]));
    let record = gateway
        .client
        .post("actions/s?blocking=true", &json!({}))
        .expect(502);
    assert_eq!(record["response"]["result"], json!({ "error": "stop" }));
    assert_eq!(record["response"]["status"], "application error");
    let record = gateway
        .record(record["activationId"].as_str().expect("an id"))
        .await;
    assert_eq!(record["logs"].as_array().map(Vec::len), Some(2));
    // A component that is gone when it is its turn is an error too.
    gateway.client.delete("actions/fail").expect(200);
    let gone = gateway
        .client
        .post("actions/s?blocking=true&result=true", &json!({}));
    assert_eq!(
        gone.expect(502),
        json!({ "error": "Sequence component does not exist." })
    );
}

#[tokio::test]
async fn a_sequence_that_makes_no_sense_is_not_made() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    let put = |name: &str, components: &[&str]| {
        let path = format!("actions/{name}?overwrite=true");
        gateway.client.put(&path, &sequence(components))
    };
    put("s", &[]).refused(400, "No component specified for the sequence.");
    put("s", &["/_/nobody"]).refused(400, "Sequence component does not exist.");
    assert_eq!(put("s", &["f"]).status, 400);
    put("s", &["/_/f"; 51]).refused(400, "Too many actions in the sequence.");
    put("s", &["/_/f"; 50]).expect(200);
    put("t", &["/_/s", "/_/f"]).refused(400, "Too many actions in the sequence.");
    put("s", &["/_/s"]).refused(400, "Sequence may not refer to itself.");
    put("s", &["/_/f"]).expect(200);
    put("t", &["/_/s"]).expect(200);
    put("s", &["/_/t"]).refused(400, "Sequence may not refer to itself.");
    put("f", &["/_/t"]).refused(400, "Sequence may not refer to itself.");
}
