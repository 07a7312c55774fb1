//! HTTP itself.

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;

use crate::support::{BASH_LOOP, Container, exchange, receive, request};

#[test]
fn unknown_paths_and_methods_are_answered_as_each_runtime_does() {
    let container = Container::with("exec", BASH_LOOP);
    for path in ["/", "/other", "/run/", "/init/x"] {
        let answer = container.post(path, "{}");
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
        assert_eq!(answer.header("content-length"), Some("0"));
    }
    let get = exchange(container.address(), &request("GET", "/run", b"")).expect("it answers");
    assert_eq!(get.status, 405);
    let container = Container::start("nodejs:20");
    for (method, path) in [("POST", "/other"), ("GET", "/"), ("GET", "/run")] {
        let answer = exchange(container.address(), &request(method, path, b""));
        let answer = answer.expect("it answers");
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (500, "Bad request.")
        );
    }
}

#[test]
fn who_only_connects_is_let_go_quietly() {
    let container = Container::with("exec", BASH_LOOP);
    for _ in 0..20 {
        drop(TcpStream::connect(container.address()).expect("it listens"));
    }
    let _silent = TcpStream::connect(container.address()).expect("it listens");
    assert_eq!(container.run(&json!({})).status, 200);
    assert_eq!(container.log().text(), "");
}

#[test]
fn a_connection_may_be_kept_or_closed() {
    let container = Container::with("exec", BASH_LOOP);
    let mut kept = TcpStream::connect(container.address()).expect("it listens");
    for n in 0..3 {
        let body = json!({ "value": { "n": n } }).to_string();
        kept.write_all(&request("POST", "/run", body.as_bytes()))
            .expect("it is kept");
        let answer = receive(&mut kept).expect("it answers");
        assert_eq!(answer.json(), json!({ "value": { "n": n } }));
    }
    let closing = request("POST", "/run", b"{}");
    let closing = String::from_utf8(closing).expect("it is text");
    let closing = closing.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let answer = exchange(container.address(), closing.as_bytes()).expect("it answers");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("connection"), Some("close"));
}

#[test]
fn who_says_no_more_still_gets_its_answer() {
    let container = Container::with("exec", BASH_LOOP);
    let mut stream = TcpStream::connect(container.address()).expect("it listens");
    stream
        .write_all(&request("POST", "/run", b"{}"))
        .expect("it is taken");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("it is open");
    assert_eq!(receive(&mut stream).expect("it answers").status, 200);
}

#[test]
fn a_body_may_come_in_chunks() {
    let container = Container::with("exec", BASH_LOOP);
    let head = "POST /run HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body = "9\r\n{\"value\":\r\n3\r\n{}}\r\n0\r\n\r\n";
    let answer = exchange(container.address(), format!("{head}{body}").as_bytes());
    assert_eq!(answer.expect("it answers").json(), json!({ "value": {} }));
}
