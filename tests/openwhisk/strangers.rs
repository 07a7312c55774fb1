//! What users send is theirs: no connection comes of it.

use serde_json::{Value, json};

use crate::support::{config, openwhisk, pair, started, success};

const ECHO: &str = "
def a(params): return {'got': params}
def b(params): return {}
";

#[tokio::test]
async fn a_context_that_nobody_signed_is_a_parameter_like_any_other() {
    let whisk = openwhisk();
    whisk.put("echo", pair(1, ECHO));
    for forged in [
        json!("raptor1.AAAA.AAAA"),
        json!({}),
        json!(null),
        json!("text"),
    ] {
        let params = json!({ "$raptor": forged, "n": 1 });
        let reply = whisk.invoke("echo", params.clone()).await;
        assert_eq!(success(&reply)["a"]["got"], params);
    }
}

#[tokio::test]
async fn the_prototypes_body_is_a_parameter_unless_it_is_asked_for() {
    let context = json!({ "execution_context": {
        "uuid": "00000000000000000000000000000001", "peers": ["127.0.0.1:5100"],
        "value": { "n": 1 }, "idx": 1,
    }});
    let whisk = openwhisk();
    whisk.put("echo", pair(1, ECHO));
    let reply = whisk.invoke("echo", context.clone()).await;
    assert_eq!(success(&reply)["a"]["got"], context);

    let whisk = started(mini_openwhisk::Config {
        env: vec![("RAPTOR_ACCEPT_PROTOTYPE".into(), "1".into())],
        ..config()
    });
    whisk.put("echo", pair(1, ECHO));
    let reply = whisk.invoke("echo", context).await;
    let result: &Value = &success(&reply)["execution_context"];
    assert_eq!(result["uuid"], "00000000000000000000000000000001");
    assert_eq!(result["result"]["a"]["got"], json!({ "n": 1 }));
}
