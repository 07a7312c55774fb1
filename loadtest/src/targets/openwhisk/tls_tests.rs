//! A host behind TLS, as most are, with a certificate that nobody has signed, as many have.

#[path = "../../../../tests/support/tls_gate.rs"]
mod tls_gate;

use super::tests::{call, workflow};
use super::*;
use crate::stub::{Stall, Stub};
use tls_gate::gate;

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_trusted_only_where_that_is_asked_for() {
    let stub = Stub::start(Stall::default()).expect("it starts");
    let behind = stub.url().trim_start_matches("http://").parse();
    let behind = std::future::ready(behind.expect("an address"));
    let port = gate(behind).await.port();
    let origin: Origin = format!("https://localhost:{port}")
        .parse()
        .expect("it is one");
    let workflow = workflow(
        r#"["flight:1"]"#,
        "shape = \"independent:1\"\nexec = [\"raptor\", \"fn\", \"noop\"]",
    );
    let key = || "uuid:key".parse().expect("it is of that form");
    let checked = Host::new(origin);
    let error = OpenWhisk::start(&checked, key(), &workflow).await;
    let error = error.expect_err("nobody has signed it").to_string();
    assert!(error.contains("certificate"), "{error}");
    let unchecked = Host {
        checked: false,
        ..checked
    };
    let host = OpenWhisk::start(&unchecked, key(), &workflow).await;
    let host = host.expect("it takes the workflow");
    let reply = host.call(call("flight:1")).await;
    assert_eq!(reply.ending, Ending::Landed);
    host.stop().await;
}
