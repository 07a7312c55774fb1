//! Knative's contract: the action is in the image, every path is the function, and peers are found
//! by name.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Answer, Container, exchange, has_python, request, until};

const ECHO: &str = "
import os
def main(params):
    if params.get('fail'): raise ValueError('no such sheep')
    return {'got': params, 'type': os.environ.get('__OW_CE_TYPE')}
";

/// Member 0 never finishes by itself.
const SLOW_LEADER: &str = "
import os, time
def work():
    if os.environ['RAPTOR_MEMBER'] == '0': time.sleep(3600)
    return {'by': os.environ['RAPTOR_MEMBER']}
def a(params): return work()
def b(params): return work()
";

const MANIFEST: &str = r#"{ "__OW_NUM_CONCURRENCY": 3,
    "a": { "depends": [], "file": "f.py" }, "b": { "depends": [], "file": "f.py" } }"#;

/// A container of a service whose action lies in `directory`, once it listens.
fn container(directory: &Path, port: u16, env: &[(&str, &str)]) -> Container {
    let directory = directory.to_str().expect("it is text");
    let words = ["--platform", "knative", "--action", directory];
    let container = Container::start_at(port, "python:3", &words, env);
    until("a container that listens", || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    container
}

fn echo() -> (tempfile::TempDir, Container) {
    let directory = tempfile::tempdir().expect("there is room");
    fs::write(directory.path().join("main.py"), ECHO).expect("there is room");
    let container = container(directory.path(), free_port(), &[]);
    (directory, container)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it has one").port()
}

/// Posts with these headers.
fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: service\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    exchange(address, request.as_bytes()).expect("it answers")
}

#[test]
fn every_path_is_the_function() {
    if !has_python() {
        return;
    }
    let (_directory, container) = echo();
    for path in ["/", "/any/path?with=query", "/init", "/run"] {
        let answer = container.post(path, r#"{"n":1}"#);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["got"], json!({ "n": 1 }));
    }
    let probe = exchange(container.address(), &request("GET", "/healthz", b""));
    assert_eq!(probe.expect("it answers").status, 200);
}

#[test]
fn events_are_answered_with_events_in_the_same_mode() {
    if !has_python() {
        return;
    }
    let (_directory, container) = echo();
    let binary = [
        ("ce-specversion", "1.0"),
        ("ce-id", "7"),
        ("ce-source", "/shop"),
        ("ce-type", "order.placed"),
        ("Content-Type", "application/json"),
    ];
    let answer = post(container.address(), "/", &binary, r#"{"n":1}"#);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("ce-type"), Some("order.placed.result"));
    assert_eq!(answer.json()["type"], "order.placed");

    let event = json!({
        "specversion": "1.0", "id": "7", "source": "/shop", "type": "order.placed",
        "data": { "n": 2 },
    });
    let structured = [("Content-Type", "application/cloudevents+json")];
    let answer = post(container.address(), "/", &structured, &event.to_string());
    let event = answer.json();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["data"]["got"], json!({ "n": 2 }));
}

#[test]
fn what_fails_has_a_status_that_says_so_and_the_container_goes_on() {
    if !has_python() {
        return;
    }
    let (_directory, container) = echo();
    let failed = container.post("/", r#"{"fail":true}"#);
    assert_eq!(failed.status, 500);
    assert!(failed.error().contains("no such sheep"), "{failed:?}");
    let scalar = container.post("/", "5");
    assert_eq!(scalar.status, 400);
    let incomplete = post(container.address(), "/", &[("ce-type", "t")], "{}");
    assert_eq!(incomplete.status, 400);
    assert!(incomplete.error().contains("ce-id"), "{incomplete:?}");
    assert_eq!(container.post("/", "{}").status, 200);
}

#[test]
fn containers_that_find_each_other_by_name_fly_together() {
    if !has_python() {
        return;
    }
    let directory = tempfile::tempdir().expect("there is room");
    fs::write(directory.path().join("action-manifest.json"), MANIFEST).expect("there is room");
    fs::write(directory.path().join("f.py"), SLOW_LEADER).expect("there is room");
    let ports = [free_port(), free_port(), free_port()];
    // A name, and addresses.
    let peers = format!(
        "localhost:{},127.0.0.1:{},127.0.0.1:{}",
        ports[0], ports[1], ports[2]
    );
    let env = [("RAPTOR_PEERS", &*peers), ("RAPTOR_PEER_SECRET", "sheep")];
    let containers = ports.map(|port| container(directory.path(), port, &env));
    for leader in &containers {
        let answer = leader.post("/", "{}");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_ne!(answer.json()["a"]["by"], "0");
        assert_ne!(answer.json()["b"]["by"], "0");
    }
}

#[test]
fn without_a_secret_in_common_nobody_is_asked_and_the_log_says_so() {
    if !has_python() {
        return;
    }
    let directory = tempfile::tempdir().expect("there is room");
    fs::write(directory.path().join("action-manifest.json"), MANIFEST).expect("there is room");
    let source = "def a(params): return params\ndef b(params): return {}\n";
    fs::write(directory.path().join("f.py"), source).expect("there is room");
    let env = [("RAPTOR_PEERS", "127.0.0.1:9")];
    let container = container(directory.path(), free_port(), &env);
    // What a stranger signs is a parameter.
    let forged = json!({ "$raptor": "raptor1.AA.AA" });
    let answer = container.post("/", forged.to_string());
    let expected: Value = json!({ "a": forged, "b": {} });
    assert_eq!(answer.json(), expected);
    let said = container.stderr();
    assert!(said.contains("RAPTOR_PEER_SECRET"), "{said}");
}
