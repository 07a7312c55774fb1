//! What a function sees of its node: nothing that it was not given.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use raptor_cluster::testing::gate;
use raptor_cluster::{Client, ClientConfig};
use serde_json::{Value, json};

use crate::support::{
    ByHand, Flown, Process, Stage, Trio, action, descendants, free_address, in_time, shell, until,
};

/// In the environment of the node, and to be in no other.
const SECRET: &str = "RAPTOR_TEST_SECRET";

/// A node with a secret in its environment, started by hand, and a client of it.
struct Keeper {
    client: Client,
    node: ByHand,
    stage: Stage,
}

impl Keeper {
    async fn start() -> Self {
        let stage = Stage::new();
        let address = free_address();
        let node = ByHand::start_with(&stage, 'a', address, &[], |program| {
            program.env(SECRET, "swordfish")
        });
        node.said("the node is up", 1).await;
        let config = ClientConfig::new(address, stage.security());
        let client = in_time("a client", Client::connect(config)).await;
        Self {
            client: client.expect("the node is up"),
            node,
            stage,
        }
    }

    /// Runs a script as a function of one member.
    async fn run(&self, function: Value) -> Value {
        let mut invocation = Trio::invocation(action(&json!({ "f": function })));
        invocation.size = Some(1);
        let flown = Flown::of(&mut self.client.invoke(invocation)).await;
        flown.result()["f"].clone()
    }

    async fn end(self) {
        let Self {
            client,
            node,
            stage: _stage,
        } = self;
        drop(client);
        node.process().signal(nix::sys::signal::Signal::SIGTERM);
        assert_eq!(node.end().await, Some(0));
    }
}

#[tokio::test]
async fn nothing_of_the_environment_of_a_node_reaches_a_function() {
    let keeper = Keeper::start().await;
    let tell = "tr '\\0\"\\\\\\n' '\\n???' </proc/self/environ >$1/environment; echo '{}' >&3";
    let mut function = shell(tell, &[keeper.stage.path()]);
    function["env"] = json!({ "OWN": "own" });
    keeper.run(function).await;
    let lines = keeper.stage.lines("environment", 1).await;
    let variables: BTreeMap<&str, &str> = lines
        .iter()
        .filter_map(|line| line.split_once('='))
        .collect();
    let mut names: Vec<&str> = variables.keys().copied().collect();
    // A shell adds these to what it was started with.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    let expected = [
        "HOME",
        "LANG",
        "OWN",
        "PATH",
        "RAPTOR_ATTEMPT",
        "RAPTOR_FLIGHT",
        "RAPTOR_MEMBER",
        "RAPTOR_NODE",
        "RAPTOR_TMPDIR",
        "TMPDIR",
        "__OW_ACTION_NAME",
        "__OW_ACTIVATION_ID",
        "__OW_DEADLINE",
    ];
    assert_eq!(names, expected);
    assert_eq!((variables["OWN"], variables["RAPTOR_MEMBER"]), ("own", "0"));
    assert_eq!(
        (variables["RAPTOR_NODE"], variables["__OW_ACTION_NAME"]),
        ("node-a", "f")
    );
    keeper.end().await;
}

#[tokio::test]
async fn a_function_has_a_directory_of_its_own_that_goes_with_it() {
    let keeper = Keeper::start().await;
    let look = "touch $RAPTOR_TMPDIR/here; \
                printf '{\"path\":\"%s\",\"mode\":\"%s\",\"owner\":%d,\"me\":%d}' \
                $RAPTOR_TMPDIR $(stat -c '%a %u' $RAPTOR_TMPDIR) $(id -u) >&3";
    let seen = keeper.run(shell(look, &[])).await;
    assert_eq!(seen["mode"], "700", "{seen}");
    assert_eq!(seen["owner"], seen["me"], "{seen}");
    let path = Path::new(seen["path"].as_str().expect("it is a text"));
    assert!(path.starts_with(keeper.stage.path()), "{seen}");
    until("the end of the directory", || {
        (!path.exists()).then_some(())
    })
    .await;
    keeper.end().await;
}

#[tokio::test]
async fn a_function_cannot_look_into_its_node() {
    let keeper = Keeper::start().await;
    let node = keeper.node.process();
    let family: Vec<Process> = std::iter::once(node).chain(descendants(node.pid)).collect();
    assert_eq!(family.len(), 2, "a node and its fork server: {family:?}");
    for process in family {
        for file in ["environ", "mem", "maps"] {
            let path = format!("/proc/{}/{file}", process.pid);
            let read = "if head -c 1 \"$1\" >/dev/null; then echo '{\"read\":true}' >&3; \
                        else echo '{\"read\":false}' >&3; fi";
            let seen = keeper.run(shell(read, &[path.as_ref()])).await;
            assert_eq!(seen, json!({ "read": false }), "{path}");
        }
    }
    keeper.end().await;
}

#[tokio::test]
async fn as_root_a_node_runs_its_functions_as_nobody() {
    let Some(()) = gate("root", is_root()) else {
        return;
    };
    let keeper = Keeper::start().await;
    let key = keeper.stage.write("key", "secret");
    keeper.stage.open("key", 0o600);
    let mode = key.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let read = "printf '{\"uid\":%d,\"gid\":%d,\"groups\":\"%s\",\"key\":\"%s\"}' \
                $(id -u) $(id -g) $(id -G) \"$(cat $1 2>/dev/null)\" >&3";
    let seen = keeper.run(shell(read, &[&key])).await;
    let expected = json!({ "uid": 65534, "gid": 65534, "groups": "65534", "key": "" });
    assert_eq!(seen, expected);
    keeper.end().await;
}

fn is_root() -> Result<(), &'static str> {
    let root = nix::unistd::Uid::effective().is_root();
    root.then_some(()).ok_or("this user is not root")
}
