//! Who calls the REST interface of a node, or of the gateway.

#[path = "../support/http.rs"]
mod plain;

use std::io;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

pub(crate) use plain::Answer;

/// Which node answered.
const NODE_HEADER: &str = "x-raptor-node";

/// Who calls where.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// `uuid:key`.
    pub(crate) key: String,
}

impl Client {
    /// Asks at a path, over a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/json\r\nAuthorization: Basic {}\r\n\r\n{body}",
            self.address,
            body.len(),
            STANDARD.encode(&self.key),
        );
        plain::exchange(self.address, request.as_bytes())
    }

    /// Whether it takes activations now.
    pub(crate) fn is_ready(&self) -> bool {
        let answer = self.ask("GET", "/invokers/ready", "");
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// Makes an action of these functions, which all members of a flight of three run.
    #[track_caller]
    pub(crate) fn make(&self, name: &str, functions: &Value) {
        let exec = json!({ "kind": "python:default", "code": archive(functions) });
        let body = json!({ "exec": exec, "limits": { "timeout": 60_000 } }).to_string();
        let path = format!("/api/v1/namespaces/_/actions/{name}?overwrite=true");
        let answer = self.ask("PUT", &path, &body).expect("it answers");
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    /// Invokes an action and waits for its record.
    pub(crate) fn invoke(&self, name: &str) -> io::Result<Answer> {
        let path = format!("/api/v1/namespaces/_/actions/{name}?blocking=true");
        self.ask("POST", &path, "{}")
    }

    /// A document below the namespace.
    pub(crate) fn get(&self, path: &str) -> io::Result<Answer> {
        self.ask("GET", &format!("/api/v1/namespaces/_/{path}"), "")
    }
}

impl Answer {
    /// The name of the node that answered.
    pub(crate) fn node(&self) -> Option<&str> {
        self.header(NODE_HEADER)
    }

    /// Whether it is the record of an activation that succeeded.
    pub(crate) fn is_success(&self) -> bool {
        self.status == 200 && self.json()["response"]["success"] == true
    }
}

/// Three functions, independent of each other, that sleep for so long.
pub(crate) fn sleeps(duration: &str) -> Value {
    let sleep = json!({ "depends": [], "exec": ["raptor", "fn", "sleep", "--dist", "const", "--mean", duration] });
    json!({ "one": sleep, "two": sleep, "three": sleep, "__OW_NUM_CONCURRENCY": 3 })
}

/// A manifest as an archive.
fn archive(manifest: &Value) -> String {
    let content = manifest.to_string();
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let added = archive.append_data(&mut header, "action-manifest.json", content.as_bytes());
    added.expect("there is room");
    let packed = archive.into_inner().and_then(GzEncoder::finish);
    STANDARD.encode(packed.expect("there is room"))
}
