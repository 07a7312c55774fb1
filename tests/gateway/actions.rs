//! Actions: made, changed, shown, listed, deleted.

use serde_json::{Value, json};

use crate::gateway::{ECHO, Gateway, python};

#[tokio::test]
async fn an_action_is_shown_as_it_was_made() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let mut body = python(ECHO);
    body["parameters"] = json!([{ "key": "a", "value": 1 }]);
    body["nonsense"] = json!("is passed over");
    let made = gateway.client.put("actions/f", &body).expect(200);
    assert_eq!(gateway.client.get("actions/f").expect(200), made);
    assert_eq!(made["namespace"], "one");
    assert_eq!(made["name"], "f");
    assert_eq!(made["version"], "0.0.1");
    assert_eq!(made["exec"]["code"], ECHO);
    assert_eq!(made["exec"]["binary"], false);
    assert!(
        made["exec"]["kind"]
            .as_str()
            .expect("a kind")
            .starts_with("python:3.")
    );
    assert_eq!(made["parameters"], json!([{ "key": "a", "value": 1 }]));
    assert_eq!(
        made["limits"],
        json!({ "timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1 })
    );
    assert_eq!(made["publish"], false);
    assert!(made["updated"].is_u64());
    let bare = gateway.client.get("actions/f?code=false").expect(200);
    assert_eq!(bare["exec"].get("code"), None);
    assert_eq!(bare["exec"]["binary"], false);
}

#[tokio::test]
async fn an_action_is_not_made_twice_but_changed_where_that_is_said() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.client.put("actions/f", &python(ECHO)).expect(200);
    let again = gateway.client.put("actions/f", &python(ECHO));
    again.refused(409, "resource already exists");
    let again = gateway
        .client
        .put("actions/f?overwrite=false", &python(ECHO));
    assert_eq!(again.status, 409);
    let limits = json!({ "limits": { "memory": 128 } });
    let changed = gateway
        .client
        .put("actions/f?overwrite=true", &limits)
        .expect(200);
    assert_eq!(changed["version"], "0.0.2");
    assert_eq!(changed["exec"]["code"], ECHO);
    assert_eq!(changed["limits"]["memory"], 128);
    gateway.client.delete("actions/f").expect(200);
    let anew = gateway.client.put("actions/f", &python(ECHO)).expect(200);
    assert_eq!(anew["version"], "0.0.1");
    let unclear = gateway
        .client
        .put("actions/f?overwrite=perhaps", &python(ECHO));
    assert_eq!(unclear.status, 400);
}

#[tokio::test]
async fn a_deleted_action_is_given_once_more_and_then_gone() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let made = gateway.make("f", ECHO);
    assert_eq!(gateway.client.delete("actions/f").expect(200), made);
    let gone = "The requested resource does not exist.";
    gateway.client.delete("actions/f").refused(404, gone);
    gateway.client.get("actions/f").refused(404, gone);
    gateway
        .client
        .post("actions/f", &json!({}))
        .refused(404, gone);
}

#[tokio::test]
async fn a_package_is_no_action_and_an_action_no_package() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    gateway.make("f", ECHO);
    gateway.client.put("packages/p", &json!({})).expect(200);
    let text = "Resource by this name exists but is not in this collection.";
    gateway.client.get("actions/p").refused(409, text);
    gateway.client.delete("actions/p").refused(409, text);
    gateway
        .client
        .post("actions/p", &json!({}))
        .refused(409, text);
    gateway
        .client
        .put("actions/p?overwrite=true", &python(ECHO))
        .refused(409, text);
    gateway.client.get("packages/f").refused(409, text);
    gateway
        .client
        .put("packages/f?overwrite=true", &json!({}))
        .refused(409, text);
}

#[tokio::test]
async fn a_list_is_newest_first_in_pages() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let names = |path: &str| -> Vec<Value> {
        let list = gateway.client.get(path).expect(200);
        let list = list.as_array().expect("a list").iter();
        list.map(|action| action["name"].clone()).collect()
    };
    for number in 0..32 {
        gateway.make(&format!("f{number}"), ECHO);
    }
    assert_eq!(names("actions").len(), 30);
    assert_eq!(names("actions?limit=0").len(), 32);
    assert_eq!(names("actions?limit=2"), ["f31", "f30"]);
    assert_eq!(names("actions?limit=2&skip=1"), ["f30", "f29"]);
    let count = |path: &str| gateway.client.get(path).expect(200);
    assert_eq!(count("actions?count=true"), json!({ "actions": 32 }));
    assert_eq!(count("actions?count=true&skip=30"), json!({ "actions": 2 }));
    let list = gateway.client.get("actions?limit=1").expect(200);
    assert_eq!(list[0]["exec"], json!({ "binary": false }));
    assert_eq!(list[0].get("parameters"), None);
    assert!(list[0].get("limits").is_some() && list[0].get("annotations").is_some());
    for path in [
        "actions?limit=201",
        "actions?limit=-1",
        "actions?limit=x",
        "actions?skip=-1",
    ] {
        assert_eq!(gateway.client.get(path).status, 400, "{path}");
    }
}

#[tokio::test]
async fn annotations_say_what_is_run_and_that_no_key_is_given() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let mut body = python(ECHO);
    body["annotations"] = json!([{ "key": "exec", "value": "mine" }, { "key": "x", "value": 1 }]);
    let made = gateway.make_with("f", &body);
    let kind = &made["exec"]["kind"];
    let value = |action: &Value, key: &str| {
        let annotations = action["annotations"].as_array().expect("a list").iter();
        let mut found = annotations.filter(|annotation| annotation["key"] == key);
        found.next().map(|annotation| annotation["value"].clone())
    };
    assert_eq!(value(&made, "exec"), Some(kind.clone()));
    assert_eq!(value(&made, "provide-api-key"), Some(json!(false)));
    let change = json!({ "annotations": [{ "key": "y", "value": 2 }], "delAnnotations": ["x"] });
    let changed = gateway.make_with("f", &change);
    assert_eq!(value(&changed, "x"), None);
    assert_eq!(value(&changed, "y"), Some(json!(2)));
}

#[tokio::test]
async fn kinds_that_nobody_runs_are_refused_with_those_that_are_run() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let put = |exec: Value| gateway.client.put("actions/f", &json!({ "exec": exec }));
    let json = put(json!({ "kind": "cobol:85", "code": "x" })).expect(400);
    let text = json["error"].as_str().expect("a text");
    assert!(
        text.starts_with("The specified runtime 'cobol:85' is not supported by this platform."),
        "{text}"
    );
    assert!(text.contains("'python:default'"), "{text}");
    let json = put(json!({ "kind": "blackbox", "image": "alpine", "code": "x" })).expect(400);
    let text = json["error"].as_str().expect("a text");
    assert!(
        text.contains("Blackbox actions of the image 'alpine'"),
        "{text}"
    );
    assert_eq!(put(json!({ "code": "x" })).status, 400);
    assert_eq!(put(json!({ "kind": "python:default" })).status, 400);
    gateway
        .client
        .put("actions/f", &json!({}))
        .refused(400, "exec undefined");
    let nothing = gateway.client.ask("PUT", "actions/f", None);
    assert_eq!(nothing.status, 400);
}

#[tokio::test]
async fn limits_outside_of_the_platforms_are_refused() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    for (limits, text) in [
        (json!({ "timeout": 1 }), "duration"),
        (json!({ "timeout": 300_001 }), "duration"),
        (json!({ "memory": 1024 }), "memory size"),
        (json!({ "logs": 11 }), "log size"),
        (json!({ "concurrency": 2 }), "concurrency"),
    ] {
        let mut body = python(ECHO);
        body["limits"] = limits;
        let json = gateway.client.put("actions/f", &body).expect(400);
        let said = json["error"].as_str().expect("a text");
        assert!(
            said.starts_with(text) && said.contains("allowed threshold of"),
            "{said}"
        );
    }
    assert_eq!(gateway.client.get("actions/f").status, 404);
}

#[tokio::test]
async fn what_is_of_another_type_than_it_must_be_is_malformed() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    for (key, value) in [
        ("exec", json!(3)),
        ("exec", json!({})),
        ("exec", json!({ "kind": "python:default" })),
        ("exec", json!({ "kind": "python:default", "code": 3 })),
        ("exec", json!({ "kind": "sequence", "components": "f" })),
        ("limits", json!(3)),
        ("limits", json!({ "timeout": "60000" })),
        ("limits", json!({ "memory": 256.5 })),
        ("parameters", json!({})),
        ("parameters", json!([{ "name": "a" }])),
        ("annotations", json!("a")),
        ("publish", json!("true")),
        ("version", json!(1)),
    ] {
        let mut body = python(ECHO);
        body[key] = value;
        let json = gateway.client.put("actions/f", &body).expect(400);
        let text = json["error"].as_str().expect("a text");
        let malformed = text.starts_with("The request content was malformed:\n");
        assert!(malformed, "{key}: {text}");
    }
    let mut body = python(ECHO);
    body["limits"] = json!({ "timeout": 1000.0, "memory": 1.28e2 });
    let made = gateway.client.put("actions/f", &body).expect(200);
    assert_eq!(
        (&made["limits"]["timeout"], &made["limits"]["memory"]),
        (&json!(1000), &json!(128))
    );
}

#[tokio::test]
async fn what_is_too_long_is_413() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let long = "x".repeat(1 << 20);
    let mut body = python(ECHO);
    body["parameters"] = json!([{ "key": "a", "value": long }]);
    let json = gateway.client.put("actions/f", &body).expect(413);
    let text = json["error"].as_str().expect("a text");
    assert!(
        text.starts_with("Parameters larger than allowed: "),
        "{text}"
    );
    let body = python(&"#".repeat((48 << 20) + 1));
    let reply = gateway.client.put("actions/f", &body);
    reply.refused(413, "exec larger than allowed: 50331649 > 50331648 bytes.");
}

#[tokio::test]
async fn code_beyond_what_the_cluster_keeps_is_refused_until_some_is_deleted() {
    let small =
        |program: crate::support::Program| program.env("RAPTOR__GATEWAY__CODE_BYTES_MAX", "1000");
    let Some(gateway) = Gateway::alone_with(small).await else {
        return;
    };
    let of = |letter: &str| python(&format!("# {}", letter.repeat(600)));
    gateway.client.put("actions/f", &of("f")).expect(200);
    let refused = gateway.client.put("actions/g", &of("g"));
    refused.refused(
        413,
        "The code of all actions larger than allowed: 1204 > 1000 bytes.",
    );
    // The same code is kept once.
    gateway.client.put("actions/h", &of("f")).expect(200);
    gateway.client.delete("actions/f").expect(200);
    assert_eq!(gateway.client.put("actions/g", &of("g")).status, 413);
    gateway.client.delete("actions/h").expect(200);
    gateway.client.put("actions/g", &of("g")).expect(200);
}
