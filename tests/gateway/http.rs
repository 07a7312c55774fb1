//! Who calls the gateway, and what is expected of its answers.

#[path = "../support/http.rs"]
mod plain;

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) use plain::Answer;
use plain::exchange;

/// Who calls where.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// `uuid:key`; none: without authentication.
    pub(crate) key: Option<String>,
}

impl Client {
    /// Asks below `/api/v1/namespaces/_/`, with a JSON body if there is one.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.ask_at(method, &format!("/api/v1/namespaces/_/{path}"), body)
    }

    /// Asks at a path.
    pub(crate) fn ask_at(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string);
        let headers: &[_] = match body {
            Some(_) => &[("Content-Type", "application/json")],
            None => &[],
        };
        self.send(method, path, headers, body.unwrap_or_default().as_bytes())
    }

    /// Sends a request with these headers beside its own.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        head += "Connection: close\r\n";
        head += &format!("Content-Length: {}\r\n", body.len());
        if let Some(key) = &self.key {
            head += &format!("Authorization: Basic {}\r\n", STANDARD.encode(key));
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        let request = [head.as_bytes(), body].concat();
        exchange(self.address, &request).expect("it answers")
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        TcpStream::connect_timeout(&self.address, Duration::from_millis(200)).is_ok()
    }

    /// Whether the connection of a request that does not ask for its end is kept open after it.
    pub(crate) fn is_kept(&self, path: &str) -> bool {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let answer = exchange(self.address, request.as_bytes()).expect("it answers");
        answer.header("connection") != Some("close")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask("PUT", path, Some(body))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, Some(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, None)
    }
}

impl Answer {
    /// The body.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("it is UTF-8")
    }

    /// The body of an answer of this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// Checks that it is the platform's error, of this status and with this text.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, text: &str) {
        let json = self.expect(status);
        assert_eq!(json["error"], text, "{json}");
        let code = json["code"].as_str().expect("a code is a text");
        assert_eq!(Some(code), self.header("x-request-id"));
    }
}
