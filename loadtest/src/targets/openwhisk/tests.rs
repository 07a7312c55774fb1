//! Hosts that do, and that do not, what they are asked for.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use mini_openwhisk::{Config, Limits, MiniOpenWhisk};
use raptor::gateway::Gateway;
use raptor_cluster::security::Security;
use raptor_cluster::{Node, NodeConfig};

use super::*;
use crate::container;
use crate::scenario::{Changes, Scenario};

/// How long a test waits for what must come: only a hang takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two functions, the second of which needs the first.
const QUICK: &str = r#"shape = "sequence:2"
    exec = ["raptor", "fn", "noop"]"#;

pub(in crate::targets) fn has_python() -> bool {
    let python = Command::new("python3").arg("--version").output();
    raptor_cluster::testing::gate("python", python).is_some()
}

/// The workflow of a scenario.
pub(in crate::targets) fn workflow(policies: &str, workflow: &str) -> Workflow {
    let directory = tempfile::tempdir().expect("a disk");
    let file = directory.path().join("test.toml");
    let text = format!(
        "title = \"a test\"\npolicies = {policies}\n[workflow]\n{workflow}\n\
         [target]\nurl = \"stub:\"\n[load]\nclients = 1\n"
    );
    fs::write(&file, text).expect("a disk");
    let scenario = Scenario::read(&file, &Changes::default());
    scenario.unwrap_or_else(|error| panic!("{error}")).workflow
}

pub(in crate::targets) fn call(policy: &str) -> Call {
    Call {
        policy: policy.parse().expect("it is a policy"),
        number: 0,
        timeout: PATIENCE,
    }
}

fn config() -> Config {
    let own = std::env::current_exe().expect("it runs");
    Config::new(vec![own.into(), container::WORD.into()])
}

/// The workflow at a miniature OpenWhisk.
async fn at(whisk: &MiniOpenWhisk, workflow: &Workflow) -> OpenWhisk {
    let host = Host::new(whisk.url().parse().expect("it says where it is"));
    let key = whisk.key().parse().expect("it is a key");
    let started = OpenWhisk::start(&host, key, workflow).await;
    started.expect("it takes the workflow")
}

#[tokio::test]
async fn what_a_host_has_no_room_for_is_refused_and_says_why() {
    let whisk = MiniOpenWhisk::start(Config {
        limits: Limits {
            concurrent_invocations: 0,
            ..config().limits
        },
        ..config()
    });
    let whisk = whisk.expect("a free port");
    let workflow = workflow(r#"["flight:1", "fork-join:1"]"#, QUICK);
    let host = at(&whisk, &workflow).await;
    let why = "429: Too many concurrent requests in flight (count: 1, allowed: 0).";
    let flown = host.call(call("flight:1")).await;
    assert_eq!(flown.ending, Ending::Refused(why.to_owned()));
    let joined = host.call(call("fork-join:1")).await;
    assert_eq!(joined.ending, Ending::Refused(format!("f0: {why}")));
    host.stop().await;
    assert_eq!(whisk.actions(), [""; 0]);
}

#[tokio::test]
async fn a_key_that_a_host_does_not_know_is_told_with_where_it_is_set() {
    let whisk = MiniOpenWhisk::start(config()).expect("a free port");
    let workflow = workflow(r#"["flight:1"]"#, QUICK);
    let host = Host::new(whisk.url().parse().expect("it says where it is"));
    let other = "another:key".parse().expect("it is of that form");
    let refused = OpenWhisk::start(&host, other, &workflow).await;
    let refused = refused.expect_err("it is not the host's").to_string();
    for word in ["create the action", "401", "target.auth_env"] {
        assert!(refused.contains(word), "{word}: {refused}");
    }
}

#[tokio::test]
async fn what_a_host_does_not_wait_for_is_asked_for_until_it_has_ended() {
    if !has_python() {
        return;
    }
    let whisk = MiniOpenWhisk::start(Config {
        blocking_timeout: Duration::from_millis(1),
        ..config()
    });
    let whisk = whisk.expect("a free port");
    let workflow = workflow(r#"["flight:1", "fork-join:1"]"#, QUICK);
    let host = at(&whisk, &workflow).await;
    for policy in ["flight:1", "fork-join:1"] {
        let reply = host.call(call(policy)).await;
        assert_eq!(reply.ending, Ending::Landed, "{policy}");
    }
    host.stop().await;
}

#[tokio::test]
async fn each_end_is_told_from_the_others() {
    if !has_python() {
        return;
    }
    let whisk = MiniOpenWhisk::start(config()).expect("a free port");
    let ends = async |exec: &str, timeout| {
        let text = format!("shape = \"independent:1\"\nexec = [\"raptor\", \"fn\", {exec}]");
        let workflow = workflow(r#"["flight:1", "fork-join:1"]"#, &text);
        let host = at(&whisk, &workflow).await;
        let mut endings = Vec::new();
        for policy in ["flight:1", "fork-join:1"] {
            let reply = host
                .call(Call {
                    timeout,
                    ..call(policy)
                })
                .await;
            endings.push(reply.ending);
        }
        host.stop().await;
        endings
    };
    for ending in ends(r#""fail", "--error", "on purpose""#, PATIENCE).await {
        let Ending::Failed(why) = ending else {
            panic!("it has failed: {ending:?}");
        };
        assert!(why.contains("application error"), "{why}");
    }
    let late = ends(r#""hang""#, Duration::from_millis(50)).await;
    assert_eq!(late, [Ending::TimedOut, Ending::TimedOut]);
}

#[tokio::test]
async fn a_host_that_goes_away_is_lost_and_one_that_is_not_there_is_named() {
    let whisk = MiniOpenWhisk::start(config()).expect("a free port");
    let workflow = workflow(r#"["flight:1"]"#, QUICK);
    let host = at(&whisk, &workflow).await;
    let origin: Origin = whisk.url().parse().expect("it says where it is");
    drop(whisk);
    let reply = host.call(call("flight:1")).await;
    assert!(matches!(reply.ending, Ending::Lost(_)), "{reply:?}");
    let key = "uuid:key".parse().expect("it is of that form");
    let error = OpenWhisk::start(&Host::new(origin.clone()), key, &workflow).await;
    let error = error.expect_err("nobody is there").to_string();
    assert!(error.starts_with("create the action loadtest-"), "{error}");
    assert!(error.contains(&origin.to_string()), "{error}");
}

#[tokio::test]
async fn raptors_own_gateway_is_such_a_host() {
    if !has_python() {
        return;
    }
    let directory = tempfile::tempdir().expect("a disk");
    let file = directory.path().join("node.toml");
    fs::write(&file, "[gateway]\nnamespaces = [\"shop=uuid:key\"]\n").expect("a disk");
    let settings = raptor::config::check(&file).unwrap_or_else(|why| panic!("{why}"));
    let node = Node::start(NodeConfig {
        security: Security::generate().expect("there is chance"),
        ..NodeConfig::new(
            "node-a".parse().expect("a name"),
            "zone-a".parse().expect("a name"),
        )
    });
    let node = Arc::new(node.await.expect("it starts"));
    let interpreters = (Path::new("python3"), Path::new("node"));
    let free = ([127, 0, 0, 1], 0).into();
    let gateway = Gateway::start(&settings.gateway, free, interpreters, &node).await;
    let gateway = gateway.expect("it listens");

    let origin = format!("http://{}", gateway.address());
    let host = Host::new(origin.parse().expect("it is one"));
    let key = "uuid:key".parse().expect("it is of that form");
    let workflow = workflow(r#"["flight:3", "fork-join:3"]"#, QUICK);
    let started = OpenWhisk::start(&host, key, &workflow).await;
    let started = started.expect("it takes the workflow");
    for policy in ["flight:3", "fork-join:3"] {
        let reply = started.call(call(policy)).await;
        assert_eq!(reply.ending, Ending::Landed, "{policy}");
    }
    started.stop().await;
    gateway.stop().await;
    Arc::into_inner(node)
        .expect("nobody else has it")
        .shutdown()
        .await;
}

#[test]
fn an_origin_has_no_path_and_no_secret() {
    for text in ["http://127.0.0.1:3233", "https://openwhisk.example"] {
        let origin: Origin = text.parse().expect(text);
        assert_eq!(origin.to_string(), text);
        assert_eq!(format!("{text}/").parse(), Ok(origin));
    }
    for text in [
        "ftp://host",
        "http://",
        "https://uuid:key@host",
        "http://host/api/v1",
        "http://host?x=1",
    ] {
        text.parse::<Origin>().expect_err(text);
    }
}
