//! A host behind TLS, as most are, with a certificate that nobody has signed, as many have.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::tests::{call, workflow};
use super::*;
use crate::stub::{Stall, Stub};

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let made = made.expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("the key is the certificate's");
    TlsAcceptor::from(Arc::new(server))
}

/// Takes TLS off what comes, and hands it on.
async fn gate(behind: SocketAddr) -> u16 {
    let acceptor = acceptor();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate goes away.
                let Ok(mut outside) = acceptor.accept(stream).await else {
                    return;
                };
                let mut inside = TcpStream::connect(behind).await.expect("it listens");
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    address.port()
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_trusted_only_where_that_is_asked_for() {
    let stub = Stub::start(Stall::default()).expect("it starts");
    let behind = stub.url().trim_start_matches("http://").parse();
    let port = gate(behind.expect("an address")).await;
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
