//! Namespaces that stand in a file.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::gateway::{Gateway, ONE, has_python};
use crate::support::{Program, Stage, free_address, zone};

const NAMESPACES: &str = "/api/v1/namespaces";

#[tokio::test]
async fn the_namespaces_of_a_file_are_opened_and_read_again_when_they_are_changed() {
    let stage = Stage::new();
    let file = stage.write("namespaces", "# three and four\nthree=uuid-3:key-3\n");
    stage.open("namespaces", 0o644);
    let with_file = |program: Program| program.env("RAPTOR__GATEWAY__NAMESPACES_FILE", &file);
    let Some(gateway) = Gateway::alone_with(with_file).await else {
        return;
    };
    let warning = format!(
        "others can read the secrets in {0}: chmod 600 {0}",
        file.display()
    );
    gateway.node.said(&warning, 1).await;
    let ask = |key| gateway.with_key(Some(key)).ask_at("GET", NAMESPACES, None);
    assert_eq!(ask(ONE).expect(200), json!(["one"]));
    assert_eq!(ask("uuid-3:key-3").expect(200), json!(["three"]));
    assert_eq!(ask("uuid-4:key-4").status, 401);

    stage.write("namespaces", "four=uuid-4:key-4\n");
    gateway.node.process().signal(Signal::SIGHUP);
    gateway.node.said("the namespaces were read again", 1).await;
    assert_eq!(ask("uuid-4:key-4").expect(200), json!(["four"]));
    assert_eq!(ask("uuid-3:key-3").status, 401);
    assert_eq!(ask(ONE).expect(200), json!(["one"]));

    stage.write("namespaces", "one=uuid-5:key-5\n");
    gateway.node.process().signal(Signal::SIGHUP);
    let kept = "the namespace \"one\" is there twice; the gateway keeps those that it has";
    gateway.node.said(kept, 1).await;
    assert_eq!(ask("uuid-4:key-4").expect(200), json!(["four"]));
}

#[tokio::test]
async fn a_node_does_not_start_with_a_file_that_is_none() {
    if !has_python() {
        return;
    }
    let stage = Stage::new();
    let file = stage.join("namespaces");
    let start = async || {
        let program = Program::new(&stage, &["node", "--config"]).arg(zone('a'));
        let program = program
            .env("RAPTOR__TRANSPORT__LISTEN", free_address().to_string())
            .env("RAPTOR__GATEWAY__LISTEN", free_address().to_string())
            .env("RAPTOR__GATEWAY__NAMESPACES_FILE", &file);
        let ended = program.run().await;
        assert_eq!(ended.status, Some(1), "{ended:?}");
        ended.stderr
    };
    let place = file.display();
    for (text, why) in [
        (
            None,
            format!("failed to serve the gateway: read the namespaces: {place}: No such"),
        ),
        (
            Some("\n"),
            format!("use gateway.namespaces_file, {place}: nobody could use the gateway"),
        ),
        (
            Some("\nshop\n"),
            format!("{place}: line 2 takes namespaces with their keys"),
        ),
    ] {
        if let Some(text) = text {
            stage.write("namespaces", text);
        }
        let said = start().await;
        assert!(said.contains(&why), "{why:?} in {said}");
    }
}
