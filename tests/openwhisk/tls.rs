//! OpenWhisk behind TLS, as most are, with a certificate that nobody has signed, as many have.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{account, config, pair, started, success};

/// Each takes long enough to be run by somebody else.
const WHO: &str = "
import os, time
def a(params): time.sleep(0.4); return {'by': os.environ['RAPTOR_MEMBER']}
def b(params): time.sleep(0.4); return {'by': os.environ['RAPTOR_MEMBER']}
";

/// Takes TLS off what comes, and hands it on to the controller whose address comes later.
async fn gate() -> (SocketAddr, tokio::sync::oneshot::Sender<SocketAddr>) {
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
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let (tell, told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let behind: SocketAddr = told.await.expect("it is told");
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
    (address, tell)
}

/// An OpenWhisk that its containers know by its address behind the gate.
async fn behind_tls(variables: &[(&str, &str)]) -> mini_openwhisk::MiniOpenWhisk {
    let (address, tell) = gate().await;
    let host = format!("https://localhost:{}", address.port());
    let mut config = config();
    config.env.push(("__OW_API_HOST".into(), host.into()));
    let given = variables.iter();
    config
        .env
        .extend(given.map(|(name, value)| (name.into(), value.into())));
    let whisk = started(config);
    let behind = whisk.url().trim_start_matches("http://").parse();
    tell.send(behind.expect("an address")).expect("it waits");
    whisk.put("flown", pair(2, WHO));
    whisk
}

#[tokio::test]
async fn followers_are_asked_for_over_tls() {
    let whisk = behind_tls(&[("__OW_IGNORE_CERTS", "true")]).await;
    // The first flight starts its follower's container.
    success(&whisk.invoke("flown", json!({})).await);
    let reply = whisk.invoke("flown", json!({})).await;
    assert_eq!(success(&reply)["b"]["by"], "1", "{:#}", account(&reply));
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_not_trusted_unless_that_is_asked_for() {
    let whisk = behind_tls(&[]).await;
    let reply = whisk.invoke("flown", json!({})).await;
    assert_eq!(success(&reply)["b"]["by"], "0");
    let missing = account(&reply)["members"][1]["missing"].to_string();
    assert!(missing.contains("certificate"), "{missing}");
}
