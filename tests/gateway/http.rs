//! A plain HTTP client: one connection per request, and nothing hidden.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::PATIENCE;

/// Who calls where.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// `uuid:key`; none: without authentication.
    pub(crate) key: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Client {
    /// Asks below `/api/v1/namespaces/_/`, with a JSON body if there is one.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.ask_at(method, &format!("/api/v1/namespaces/_/{path}"), body)
    }

    /// Asks at a path.
    pub(crate) fn ask_at(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
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
    ) -> Reply {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is open");
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
        stream.write_all(head.as_bytes()).expect("it is heard");
        stream.write_all(body).expect("it is heard");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        Reply::parse(&String::from_utf8(answer).expect("it is UTF-8"))
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        TcpStream::connect_timeout(&self.address, Duration::from_millis(200)).is_ok()
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, None)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask("PUT", path, Some(body))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, Some(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, None)
    }
}

impl Reply {
    fn parse(answer: &str) -> Self {
        let (head, text) = answer.split_once("\r\n\r\n").expect("it has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status
                .and_then(|status| status.parse().ok())
                .expect("a status"),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// The body.
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.text);
        parsed.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of an answer of this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
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
