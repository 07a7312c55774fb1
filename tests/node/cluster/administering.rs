//! `raptor admin`.

use nix::sys::signal::Signal;
use serde_json::json;

use super::{Cluster, landed};
use crate::support::{Program, Stage, conf, free_address, zone};

#[tokio::test]
async fn an_administrator_is_told_how_a_node_is() {
    let cluster = Cluster::start().await;
    let address = cluster.nodes[1].address.to_string();
    let told = landed(&cluster.admin(1, &["status", "--json"]).await);
    assert_eq!(told["node"], "node-b");
    assert_eq!(told["zone"], "zone-b");
    assert_eq!(told["address"], address);
    let load = json!({ "flights": 0, "weight": 0, "slots": 4, "draining": false });
    assert_eq!(told["load"], load);
    assert_eq!(told["shaping"], json!({ "rules": [], "seed": 0 }));
    let member = |at: usize, letter: &str| {
        let (name, zone) = (format!("node-{letter}"), format!("zone-{letter}"));
        let address = cluster.nodes[at].address.to_string();
        (json!(name), json!(zone), json!(address), json!(true))
    };
    let members = told["members"].as_array().expect("a list").iter();
    let members = members.map(|it| ["name", "zone", "address", "up"].map(|key| it[key].clone()));
    let members: Vec<_> = members.map(<(_, _, _, _)>::from).collect();
    assert_eq!(members, [member(0, "a"), member(2, "c")]);
    let peers = told["peers"].as_array().expect("a list");
    let with = |role: &str| {
        let those = peers.iter().filter(|peer| peer["role"] == role);
        let names = those.map(|peer| (peer["name"].clone(), peer["zone"].clone()));
        let mut names: Vec<_> = names.collect();
        names.sort_by_key(|(name, _)| name.to_string());
        names
    };
    let nodes = [("node-a", "zone-a"), ("node-c", "zone-c")];
    assert_eq!(
        with("node"),
        nodes.map(|(name, zone)| (name.into(), zone.into()))
    );
    assert_eq!(with("admin").len(), 1, "who asks");

    let text = cluster.admin(1, &["status"]).await.stdout;
    assert!(
        text.starts_with(&format!("node-b in zone-b at {address}, incarnation ")),
        "{text}"
    );
    assert!(text.contains("\n  node   node-c in zone-c\n"), "{text}");
    let member = format!(
        "\n  up     node-c in zone-c at {}\n",
        cluster.nodes[2].address
    );
    assert!(text.contains(&member), "{text}");
}

#[tokio::test]
async fn rules_are_shown_as_they_were_set_until_they_are_cleared() {
    let cluster = Cluster::start().await;
    let shown = |ended: crate::support::Ended| {
        assert_eq!(ended.status, Some(0), "{ended:?}");
        ended.stdout
    };
    let nothing = "nothing is done to packets\n";
    assert_eq!(shown(cluster.admin(0, &["shaping", "show"]).await), nothing);
    let rules = ["zone-a -> zone-x delay=1ms", "zone-a <-> zone-y cut"];
    let set = [&["shaping", "set", "--seed", "5"], &rules[..]].concat();
    let text = "zone-a -> zone-x delay=1ms\nzone-a <-> zone-y cut\n(seed 5)\n";
    assert_eq!(shown(cluster.admin(0, &set).await), text);
    assert_eq!(shown(cluster.admin(0, &["shaping", "show"]).await), text);
    let status = shown(cluster.admin(0, &["status"]).await);
    assert!(status.ends_with("shaping:\n  zone-a -> zone-x delay=1ms\n  zone-a <-> zone-y cut\n"));
    assert_eq!(
        shown(cluster.admin(0, &["shaping", "clear"]).await),
        nothing
    );
    assert_eq!(shown(cluster.admin(1, &["shaping", "show"]).await), nothing);
}

#[tokio::test]
async fn rules_are_taken_from_a_configuration() {
    let cluster = Cluster::start().await;
    let preset = conf("zones.toml");
    let preset = preset.to_str().expect("it is UTF-8");
    let set = ["shaping", "set", "--file", preset, "--json"];
    let told = landed(&cluster.admin(0, &set).await);
    let rules = json!([
        "zone-a <-> zone-b delay=150us jitter=20us",
        "zone-b <-> zone-c delay=300us jitter=40us",
        "zone-a <-> zone-c delay=500us jitter=60us",
    ]);
    assert_eq!(told, json!({ "rules": rules, "seed": 0 }));

    let none = conf("zone-a.toml");
    let wrong = cluster.stage.write(
        "wrong.toml",
        "[transport]\nshaping = [\"a <-> b cut off\"]\n",
    );
    for (file, why) in [
        (
            none,
            "has no transport.shaping; \"raptor admin shaping clear\" drops the rules",
        ),
        (
            wrong,
            "the rule \"a <-> b cut off\": \"plain\" and \"cut\" stand alone",
        ),
    ] {
        let file = file.to_str().expect("it is UTF-8");
        let ended = cluster.admin(0, &["shaping", "set", "--file", file]).await;
        assert_eq!((ended.status, &*ended.stdout), (Some(2), ""), "{ended:?}");
        assert!(
            ended.stderr.contains(why) && ended.stderr.contains(file),
            "{ended:?}"
        );
    }
    let told = landed(&cluster.admin(0, &["shaping", "show", "--json"]).await);
    assert_eq!(told["rules"], rules, "nothing was changed");
}

#[tokio::test]
async fn all_nodes_are_given_rules_at_once_and_drop_them_although_they_are_cut_off() {
    let cluster = Cluster::start().await;
    let shown = |ended: crate::support::Ended| {
        assert_eq!((ended.status, &*ended.stderr), (Some(0), ""), "{ended:?}");
        ended.stdout
    };
    let clear = ["shaping", "clear", "--all"];
    let nothing = "node-b, node-a, node-c:\nnothing is done to packets\n";
    assert_eq!(shown(cluster.admin(1, &clear).await), nothing);
    let set = [
        "shaping",
        "set",
        "--all",
        "zone-a <-> * cut",
        "* -> admin plain",
    ];
    let refused = cluster.admin(0, &set).await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    let show = ["shaping", "show", "--all"];
    assert_eq!(
        shown(cluster.admin(1, &show).await),
        nothing,
        "nobody else was asked"
    );

    let rules = ["zone-a <-> zone-b cut", "zone-a <-> zone-c cut"];
    let set = [&["shaping", "set", "--all"], &rules[..]].concat();
    let all = "node-a, node-b, node-c:\nzone-a <-> zone-b cut\nzone-a <-> zone-c cut\n(seed 0)\n";
    assert_eq!(shown(cluster.admin(0, &set).await), all);
    cluster.nodes[0].said("a node is down", 2).await;
    let status = landed(&cluster.admin(0, &["status", "--json"]).await);
    let ups = status["members"].as_array().expect("a list").iter();
    let ups: Vec<_> = ups.map(|member| &member["up"]).collect();
    assert_eq!(ups, [false, false]);

    let told = landed(&cluster.admin(0, &[&clear[..], &["--json"]].concat()).await);
    let plain = |letter: &str| {
        let (node, zone) = (format!("node-{letter}"), format!("zone-{letter}"));
        json!({ "node": node, "zone": zone, "rules": [], "seed": 0 })
    };
    assert_eq!(told, json!([plain("a"), plain("b"), plain("c")]));
    for node in &cluster.nodes {
        node.met(3).await;
    }
}

#[tokio::test]
async fn whoever_does_not_obey_is_named_and_the_others_have_obeyed() {
    let mut cluster = Cluster::start().await;
    let frozen = cluster.nodes.pop().expect("there are three");
    frozen.process().signal(Signal::SIGSTOP);
    let rule = "zone-a <-> zone-b delay=1ms";
    let ended = cluster.admin(0, &["shaping", "set", "--all", rule]).await;
    let obeyed = format!("node-a, node-b:\n{rule}\n(seed 0)\n");
    assert_eq!(ended.stdout, obeyed);
    let address = frozen.address;
    let when_up = format!(
        "raptor: failed to administer 1 of 3 nodes; the others obeyed:\n  node-c in zone-c at \
         {address}: failed to reach a node at {address} within 5s: "
    );
    // Whoever is slow enough finds it down already.
    let when_down = format!("raptor: node-c at {address} is down, and was not reached\n");
    match ended.status {
        Some(1) => assert!(ended.stderr.starts_with(&when_up), "{ended:?}"),
        Some(0) => assert_eq!(ended.stderr, when_down),
        other => panic!("{other:?}: {ended:?}"),
    }
    frozen.process().signal(Signal::SIGCONT);
}

#[tokio::test]
async fn a_node_does_not_let_itself_be_cut_off_from_administrators() {
    let cluster = Cluster::start().await;
    let ended = cluster.admin(0, &["shaping", "set", "* <-> * cut"]).await;
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    let why = "raptor: failed to administer the node: it refuses: they would cut zone-a off from \
               administrators too";
    assert!(ended.stderr.contains(why), "{ended:?}");
}

#[tokio::test]
async fn the_pass_of_an_administrator_administers_and_that_of_a_client_does_not() {
    let cluster = Cluster::start().await;
    let key = cluster.stage.key_file();
    for (role, status) in [("admin", 0), ("client", 1)] {
        let pass = cluster.stage.join(role);
        let made = Program::new(&cluster.stage, &["key", "pass", "--role", role]);
        assert_eq!(made.arg(&key).arg(&pass).run().await.status, Some(0));
        let pass = pass.to_str().expect("it is UTF-8");
        let ended = cluster.admin(0, &["--key", pass, "status"]).await;
        assert_eq!(ended.status, Some(status), "{ended:?}");
        assert_eq!(ended.stdout.is_empty(), status != 0, "{ended:?}");
    }
}

#[tokio::test]
async fn a_rule_that_is_none_is_refused_before_anybody_is_asked() {
    let stage = Stage::new();
    let words = ["admin", "shaping", "set", "zone-a -> zone-b delay=5"];
    let ended = Program::new(&stage, &words).run().await;
    assert_eq!(ended.status, Some(2), "{ended:?}");
    let why = "the rule \"zone-a -> zone-b delay=5\": delay= takes a duration up to 60s, such as \
               500us, 5ms or 1s, not \"5\"";
    assert!(ended.stderr.contains(why), "{ended:?}");
}

#[tokio::test]
async fn an_administrator_that_reaches_nobody_is_told_so() {
    let stage = Stage::new();
    let nobody = free_address().to_string();
    let ended = Program::new(&stage, &["admin", "--node", &nobody, "status"])
        .run()
        .await;
    assert_eq!((ended.status, &*ended.stdout), (Some(1), ""), "{ended:?}");
    let why = format!("raptor: failed to reach a node at {nobody}");
    assert!(ended.stderr.contains(&why), "{ended:?}");
}

#[tokio::test]
async fn a_node_on_the_kernels_sctp_does_not_start_with_rules_for_packets() {
    let stage = Stage::new();
    let node = Program::new(&stage, &["node", "--config"]).arg(zone('a'));
    let node = node.env("RAPTOR__TRANSPORT__BACKEND", "kernel");
    let node = node.env("RAPTOR__TRANSPORT__SHAPING", "zone-a -> zone-b cut");
    let ended = node.run().await;
    assert_eq!(ended.status, Some(2), "{ended:?}");
    let why = "RAPTOR__TRANSPORT__SHAPING: the kernel's SCTP does not shape packets: set \
               transport.backend = \"userspace\", or shape the host's interfaces by tc-netem(8)";
    assert!(ended.stderr.contains(why), "{ended:?}");
}
