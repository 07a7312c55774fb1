//! OpenWhisk behind TLS, as most are, with a certificate that nobody has signed, as many have.

#[path = "../support/tls_gate.rs"]
mod tls_gate;

use serde_json::json;
use tokio::sync::oneshot;

use crate::support::{account, config, pair, started, success};
use tls_gate::gate;

/// Each takes long enough to be run by somebody else.
const WHO: &str = "
import os, time
def a(params): time.sleep(0.4); return {'by': os.environ['RAPTOR_MEMBER']}
def b(params): time.sleep(0.4); return {'by': os.environ['RAPTOR_MEMBER']}
";

/// An OpenWhisk that its containers know by its address behind the gate.
async fn behind_tls(variables: &[(&str, &str)]) -> mini_openwhisk::MiniOpenWhisk {
    let (tell, told) = oneshot::channel();
    let address = gate(async { told.await.expect("it is told") }).await;
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
