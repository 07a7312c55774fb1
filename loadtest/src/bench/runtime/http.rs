//! Requests as OpenWhisk's invoker makes them: each over a connection of its own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::json;

use super::super::PATIENCE;

/// Posts, and gives the body of an answer with status 200.
pub(super) fn post(address: SocketAddr, path: &str, body: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: container\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.as_bytes().to_vec()),
        _ => Err(io::Error::other(format!("{path} was answered {text:?}"))),
    }
}

/// The body of a `/run`.
pub(super) fn run_body(n: u32) -> String {
    let id = format!("{n:032x}");
    let run = json!({
        "value": { "n": n }, "namespace": "guest", "action_name": "/guest/noop",
        "action_version": "0.0.1", "activation_id": id, "transaction_id": id,
        "deadline": "4102444800000", "api_key": "uuid:key",
    });
    run.to_string()
}

/// The body of an `/init` with Python source.
pub(super) fn init_body(code: &str) -> String {
    let init = json!({ "value": {
        "name": "noop", "main": "main", "binary": false, "code": code, "env": {},
    }});
    init.to_string()
}
