//! Activations: listed, shown, their results and logs.

use serde_json::{Value, json};

use crate::gateway::{ECHO, Gateway, python};

/// Runs an action once, and gives the record.
async fn ran(gateway: &Gateway, name: &str) -> Value {
    let record = gateway.invoke(name, &json!({}));
    gateway
        .record(record["activationId"].as_str().expect("an id"))
        .await
}

fn ids(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|row| row["activationId"].as_str().expect("an id"))
        .collect()
}

#[tokio::test]
async fn a_name_that_is_none_is_said_to_be_none() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let get = |id: &str| gateway.client.get(&format!("activations/{id}"));
    get("abc").refused(400, "Activation id length is 3 but must be 32.");
    get(&"G".repeat(32)).refused(400, "The activation id is not valid.");
    let gone = "The requested resource does not exist.";
    let unknown = "0".repeat(32);
    get(&unknown).refused(404, gone);
    get(&format!("{unknown}/result")).refused(404, gone);
    get(&format!("{unknown}/logs")).refused(404, gone);
}

#[tokio::test]
async fn a_record_says_what_was_run_when_and_how_it_ended() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.client.put("packages/p", &json!({})).expect(200);
    gateway.make("p/f", ECHO);
    let record = ran(&gateway, "p/f").await;
    assert_eq!(record["namespace"], "one");
    assert_eq!(record["name"], "f");
    assert_eq!(record["version"], "0.0.1");
    assert_eq!(record["subject"], "one");
    assert_eq!(record["publish"], false);
    assert_eq!(record.get("cause"), None);
    let number = |key: &str| record[key].as_u64().expect("a number");
    assert_eq!(number("end") - number("start"), number("duration"));
    let annotations = record["annotations"].as_array().expect("a list");
    let value = |key: &str| {
        let mut found = annotations
            .iter()
            .filter(|annotation| annotation["key"] == key);
        found.next().map(|annotation| annotation["value"].clone())
    };
    assert_eq!(value("path"), Some(json!("one/p/f")));
    assert!(value("kind").is_some_and(|kind| kind.as_str().unwrap_or("").starts_with("python:3.")));
    assert_eq!(value("timeout"), Some(json!(false)));
    assert_eq!(value("limits").expect("limits")["memory"], 256);
    assert!(value("waitTime").is_some_and(|wait| wait.is_u64()));
    let id = record["activationId"].as_str().expect("an id");
    let result = gateway
        .client
        .get(&format!("activations/{id}/result"))
        .expect(200);
    assert_eq!(result, record["response"]);
    assert_eq!(result["status"], "success");
    assert_eq!(result.get("statusCode"), None);
}

#[tokio::test]
async fn a_start_is_cold_once_and_says_how_long_that_took() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    let times = |record: &Value, key: &str| {
        let annotations = record["annotations"].as_array().expect("a list").iter();
        let mut found = annotations.filter(|annotation| annotation["key"] == key);
        found.next().map(|annotation| annotation["value"].clone())
    };
    for is_cold in [true, false, false] {
        let told = gateway.invoke("f", &json!({}));
        let id = told["activationId"].as_str().expect("an id");
        for record in [&told, &gateway.record(id).await] {
            let init = times(record, "initTime");
            assert_eq!(init.is_some(), is_cold, "{record}");
            assert!(init.is_none_or(|init| init.as_u64() > Some(0)), "{record}");
            let wait = times(record, "waitTime");
            assert!(wait.is_some_and(|wait| wait.is_u64()), "{record}");
        }
    }
}

#[tokio::test]
async fn logs_have_both_streams_with_their_times() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let code = "import sys\n\
                def main(args):\n\
                \x20 print('to out', flush=True)\n\
                \x20 print('to err', file=sys.stderr, flush=True)\n\
                \x20 return {}\n";
    gateway.make("f", code);
    let record = ran(&gateway, "f").await;
    let id = record["activationId"].as_str().expect("an id");
    let logs = gateway
        .client
        .get(&format!("activations/{id}/logs"))
        .expect(200);
    assert_eq!(logs["logs"], record["logs"]);
    let lines: Vec<&str> = logs["logs"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let ends = |end: &str| lines.iter().find(|line| line.ends_with(end));
    let line = ends("Z   stdout: to out").unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(line.find(' '), Some(30), "{line}");
    assert!(ends("Z   stderr: to err").is_some(), "{lines:?}");
}

#[tokio::test]
async fn an_action_that_may_not_log_has_no_logs() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let mut body = python("def main(args):\n  print('x')\n  return {}\n");
    body["limits"] = json!({ "logs": 0 });
    gateway.make_with("f", &body);
    assert_eq!(ran(&gateway, "f").await["logs"], json!([]));
}

#[tokio::test]
async fn a_list_is_newest_first_and_filtered() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.client.put("packages/p", &json!({})).expect(200);
    for name in ["f", "g", "p/f"] {
        gateway.make(name, ECHO);
    }
    let mut records = Vec::new();
    for name in ["f", "g", "p/f", "f"] {
        records.push(ran(&gateway, name).await);
    }
    let id = |at: usize| records[at]["activationId"].as_str().expect("an id");
    let list = |query: &str| {
        gateway
            .client
            .get(&format!("activations{query}"))
            .expect(200)
    };
    let all = list("");
    assert_eq!(ids(&all), [id(3), id(2), id(1), id(0)]);
    assert_eq!(all[0]["statusCode"], 0);
    assert_eq!(all[0].get("response"), None);
    assert_eq!(all[0].get("logs"), None);
    assert_eq!(ids(&list("?limit=2")), [id(3), id(2)]);
    assert_eq!(ids(&list("?limit=2&skip=1")), [id(2), id(1)]);
    assert_eq!(ids(&list("?name=g")), [id(1)]);
    // A name without a package is that of an action in none.
    assert_eq!(ids(&list("?name=f")), [id(3), id(0)]);
    assert_eq!(ids(&list("?name=p/f")), [id(2)]);
    let start = records[2]["start"].as_u64().expect("a time");
    assert_eq!(ids(&list(&format!("?since={start}"))), [id(3), id(2)]);
    assert_eq!(ids(&list(&format!("?upto={start}"))), [id(2), id(1), id(0)]);
    assert_eq!(ids(&list(&format!("?since={start}&upto={start}"))), [id(2)]);
    assert_eq!(list("?docs=true&limit=1")[0], records[3]);
    assert_eq!(list("?count=true"), json!({ "activations": 4 }));
    assert_eq!(
        list("?count=true&name=f&skip=1"),
        json!({ "activations": 1 })
    );
    assert_eq!(ids(&list("?limit=0")).len(), 4);
}

#[tokio::test]
async fn a_list_that_makes_no_sense_is_refused() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let get = |query: &str| gateway.client.get(&format!("activations?{query}"));
    get("docs=true&count=true").refused(400, "The parameter 'docs' is not permitted with 'count'.");
    for query in [
        "limit=201",
        "limit=x",
        "skip=-1",
        "since=x",
        "upto=now",
        "name=/a/b/c",
    ] {
        assert_eq!(get(query).status, 400, "{query}");
    }
}

#[tokio::test]
async fn the_oldest_are_forgotten_when_there_are_too_many() {
    let few =
        |program: crate::support::Program| program.env("RAPTOR__GATEWAY__ACTIVATIONS_MAX", "2");
    let Some(gateway) = Gateway::alone_with(few).await else {
        return;
    };
    gateway.make("f", ECHO);
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(ran(&gateway, "f").await["activationId"].clone());
    }
    let list = gateway.client.get("activations").expect(200);
    assert_eq!(
        ids(&list),
        [kept[2].as_str().unwrap(), kept[1].as_str().unwrap()]
    );
    let gone = kept[0].as_str().expect("an id");
    assert_eq!(
        gateway.client.get(&format!("activations/{gone}")).status,
        404
    );
}
