//! The HTTP client that the invoker is.

#[path = "../../support/http.rs"]
mod plain;

use serde_json::Value;

pub(crate) use plain::{Answer, exchange, receive};

impl Answer {
    /// The text of `{"error": text}`.
    pub(crate) fn error(&self) -> String {
        let body = self.json();
        let error = body.get("error").and_then(Value::as_str);
        error
            .unwrap_or_else(|| panic!("no error: {body}"))
            .to_owned()
    }
}

/// The bytes of a request, as Apache's client writes them.
pub(crate) fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: container:8080\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
