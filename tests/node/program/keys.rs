//! `raptor key provision` and `raptor key namespace`, and what comes of them.

use crate::support::{ByHand, Ended, Program, Stage, directory, free_address};

async fn key(stage: &Stage, words: &[&str]) -> Ended {
    Program::new(stage, &["key"]).args(words).run().await
}

fn text(stage: &Stage, name: &str) -> String {
    let path = stage.join(name);
    path.to_str().expect("it is UTF-8").to_owned()
}

#[tokio::test]
async fn nodes_and_clients_come_together_by_what_is_provisioned() {
    let stage = Stage::new();
    let (nodes, outside) = (text(&stage, "nodes"), text(&stage, "outside"));
    let words = [
        "provision",
        &nodes,
        "--passes",
        &outside,
        "--namespace",
        "testbed",
    ];
    let made = key(&stage, &words).await;
    assert_eq!(made.status, Some(0), "{made:?}");
    assert_eq!(made.stdout.matches("made ").count(), 5, "{made:?}");
    let again = key(&stage, &words).await;
    assert_eq!(
        again.stdout,
        made.stdout.replace("made", "kept"),
        "{again:?}"
    );

    let address = free_address();
    let node = ByHand::start_with(&stage, 'a', address, &[], |program| {
        program.env(
            "RAPTOR__TRANSPORT__KEY_FILE",
            stage.join("nodes/cluster.key"),
        )
    });
    node.said("the node is up", 1).await;
    let name = format!("localhost:{}", address.port());
    let ask = |command, pass: &str| {
        let program = Program::new(&stage, &[command, "--node", &name, "--key"]);
        program.arg(stage.join("outside").join(pass))
    };
    let hello = ask("invoke", "client.key").arg(directory("hello")).run();
    let hello = hello.await;
    assert_eq!(hello.status, Some(0), "{hello:?}");
    let status = ask("admin", "admin.key").arg("status").run().await;
    assert_eq!(status.status, Some(0), "{status:?}");
}

#[tokio::test]
async fn the_key_of_a_namespace_is_shown_for_curl() {
    let stage = Stage::new();
    let file = text(&stage, "namespaces");
    stage.write("namespaces", "one=u-1:k-1\n");
    stage.open("namespaces", 0o600);
    let shown = key(&stage, &["namespace", &file]).await;
    assert_eq!(
        (shown.status, &*shown.stdout),
        (Some(0), "u-1:k-1\n"),
        "{shown:?}"
    );
    stage.write("namespaces", "one=u-1:k-1\ntwo=u-2:k-2\n");
    let shown = key(&stage, &["namespace", &file, "two"]).await;
    assert_eq!(
        (shown.status, &*shown.stdout),
        (Some(0), "u-2:k-2\n"),
        "{shown:?}"
    );
    for (words, why) in [
        (&["namespace", &file][..], "name one of these: one, two"),
        (
            &["namespace", &file, "six"],
            "it has no \"six\", but one, two",
        ),
        (
            &["namespace", "/no/such"],
            "failed to read the namespaces: /no/such: No such file",
        ),
    ] {
        let refused = key(&stage, words).await;
        assert_eq!(
            (refused.status, &*refused.stdout),
            (Some(2), ""),
            "{refused:?}"
        );
        assert!(refused.stderr.contains(why), "{why:?} in {refused:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_provisioned_is_named() {
    let stage = Stage::new();
    let file = text(&stage, "file");
    stage.write("file", "");
    for (words, status, why) in [
        (
            &["provision", &file][..],
            1,
            format!("failed to make {file}: "),
        ),
        (
            &["provision", "x", "--namespace", "a b"],
            2,
            "\"a b\" is no name of a namespace".to_owned(),
        ),
    ] {
        let refused = key(&stage, words).await;
        assert_eq!(refused.status, Some(status), "{refused:?}");
        assert!(refused.stderr.contains(&why), "{why:?} in {refused:?}");
    }
}
