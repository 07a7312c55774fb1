//! The forms that code has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::gateway::Gateway;

#[tokio::test]
async fn an_archive_is_unpacked_and_one_with_a_manifest_flies() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let files = [
        (
            "__main__.py",
            "import lib\ndef handler(a): return {'from': lib.NAME}",
        ),
        ("lib.py", "NAME = 'lib'"),
    ];
    let exec = json!({ "kind": "python:default", "code": zip(&files), "main": "handler" });
    let made = gateway.make_with("f", &json!({ "exec": exec }));
    assert_eq!(made["exec"]["binary"], true);
    assert_eq!(gateway.result("f", &json!({})), json!({ "from": "lib" }));

    let manifest = r#"{
        "one": { "depends": [], "file": "f.py" },
        "two": { "depends": ["one"], "file": "f.py" },
        "__OW_NUM_CONCURRENCY": 2
    }"#;
    let functions = "def one(a): return {'n': a['n'] + 1}\n\
                     def two(a): return {'n': a['one']['n'] * 2}";
    let files = [("action-manifest.json", manifest), ("f.py", functions)];
    let exec = json!({ "kind": "python:default", "code": zip(&files) });
    gateway.make_with("g", &json!({ "exec": exec }));
    let record = gateway.invoke("g", &json!({ "n": 4 }));
    assert_eq!(record["response"]["result"], json!({ "two": { "n": 10 } }));
    let record = gateway
        .record(record["activationId"].as_str().expect("an id"))
        .await;
    let annotations = record["annotations"].as_array().expect("a list").iter();
    let mut flight = annotations.filter(|annotation| annotation["key"] == "flight");
    let flight = &flight.next().expect("it flew")["value"];
    let alone = json!([{
        "member": 0, "node": "node-a", "zone": "zone-a", "present": true, "won": ["one", "two"],
    }]);
    assert_eq!((&flight["size"], &flight["members"]), (&json!(2), &alone));
    assert_eq!(flight["id"], record["activationId"]);
}

#[tokio::test]
async fn an_archive_without_what_it_needs_is_the_developers_error() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let exec = json!({ "kind": "python:default", "code": zip(&[("x.py", "pass")]) });
    gateway.make_with("f", &json!({ "exec": exec }));
    let json = gateway
        .client
        .post("actions/f?blocking=true", &json!({}))
        .expect(502);
    assert_eq!(json["response"]["status"], "action developer error");
    let record = gateway
        .record(json["activationId"].as_str().expect("an id"))
        .await;
    assert!(
        record["logs"].to_string().contains("__main__.py"),
        "{record}"
    );
}

#[tokio::test]
async fn a_blackbox_that_is_allowed_is_run_as_the_skeleton_runs_it() {
    let allowed = |program: crate::support::Program| {
        program.env("RAPTOR__GATEWAY__BLACKBOX", "openwhisk/dockerskeleton")
    };
    let Some(gateway) = Gateway::alone_with(allowed).await else {
        return;
    };
    let code = "#!/bin/sh\necho to the log\nread -r line\n\
                echo \"{\\\"argument\\\":$1,\\\"line\\\":$line}\"";
    let exec = json!({ "kind": "blackbox", "image": "openwhisk/dockerskeleton", "code": code });
    let made = gateway.make_with("f", &json!({ "exec": exec }));
    assert_eq!(made["exec"]["image"], "openwhisk/dockerskeleton");
    let record = gateway.invoke("f", &json!({ "a": 1 }));
    let expected = json!({ "argument": { "a": 1 }, "line": { "a": 1 } });
    assert_eq!(record["response"]["result"], expected);
    let record = gateway
        .record(record["activationId"].as_str().expect("an id"))
        .await;
    assert!(
        record["logs"].to_string().contains("to the log"),
        "{record}"
    );
}

/// An archive of these files, as code.
pub(crate) fn zip(files: &[(&str, &str)]) -> Value {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).expect("there is room");
        archive
            .write_all(content.as_bytes())
            .expect("there is room");
    }
    let bytes = archive.finish().expect("there is room").into_inner();
    json!(STANDARD.encode(bytes))
}
