//! `deploy/systemd`: what systemd thinks of the unit, and whether a node can live as it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;
use raptor_cluster::testing::gate;
use serde_json::{Value, json};

use crate::kustomization::told;
use crate::support::{
    Program, Running, Stage, free_address, lines_of, mentioning, shell, until, zone,
};
use crate::unit::Unit;

/// How exposed systemd may call the unit, from 0 to 100: a service that is root and executes what
/// others write can give up no more.
const EXPOSURE_MAX: &str = "35";

/// systemd's own judge.
fn analyze() -> Option<Command> {
    let version = Command::new("systemd-analyze").arg("--version").output();
    let why = |error| format!("systemd-analyze cannot be run: {error}");
    gate("systemd", version.map_err(why))?;
    Some(Command::new("systemd-analyze"))
}

/// What has another program lay down the powers of root.
fn setpriv() -> Option<()> {
    let version = Command::new("setpriv").arg("--version").output();
    let why = |error| format!("setpriv cannot be run: {error}");
    let root = nix::unistd::Uid::effective().is_root();
    let found = version.map_err(why).and_then(|_| {
        root.then_some(())
            .ok_or_else(|| "this user is not root, as the unit's is".to_owned())
    });
    gate("systemd", found)
}

/// The unit as it would be where the program that was built is installed.
fn installed(stage: &Stage) -> String {
    let unit = Unit::read().of_program(Path::new(env!("CARGO_BIN_EXE_raptor")));
    let file = stage.write("raptor-node.service", unit);
    file.to_str().expect("it is UTF-8").to_owned()
}

#[test]
fn systemd_understands_every_line() {
    let Some(mut analyze) = analyze() else {
        return;
    };
    let stage = Stage::new();
    // Other units of this machine are not what is tested.
    analyze.args([
        "verify",
        "--man=no",
        "--recursive-errors=no",
        &installed(&stage),
    ]);
    let output = analyze.output().expect("it could be run before");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn systemd_calls_it_well_confined() {
    let Some(mut analyze) = analyze() else {
        return;
    };
    let stage = Stage::new();
    analyze.args(["security", "--offline=yes", "--threshold", EXPOSURE_MAX]);
    told(analyze.arg(installed(&stage)));
}

#[test]
fn what_the_unit_calls_are_commands_that_the_program_knows() {
    let unit = Unit::read();
    assert!(
        unit.value("ExecStart")
            .starts_with(&format!("{} node --config", crate::unit::PROGRAM))
    );
    let probe = unit.value("ExecStartPost");
    let (_, probe) = probe
        .split_once("until ")
        .expect("it waits until the node answers");
    let (probe, _) = probe.split_once(';').expect("it is a loop");
    let words: Vec<&str> = probe.split(' ').skip(1).collect();
    let ended = Command::new(env!("CARGO_BIN_EXE_raptor"))
        .args(words)
        .arg("--help")
        .output();
    let ended = ended.expect("it was built");
    assert!(ended.status.success(), "{ended:?}");
    let stop: u64 = seconds(unit.value("TimeoutStopSec"));
    let longest = raptor::config::Settings::default().gateway.timeout_max;
    assert!(stop > longest.as_secs(), "what has begun is finished");
}

fn seconds(text: &str) -> u64 {
    text.strip_suffix('s')
        .and_then(|text| text.parse().ok())
        .expect("it is in seconds")
}

/// A node with no more of root's powers than the unit leaves it.
struct Confined {
    stage: Stage,
    address: String,
    node: Running,
}

impl Confined {
    async fn start() -> Self {
        let stage = Stage::new();
        let capabilities = Unit::read().capabilities();
        let kept = capabilities.iter().map(|name| {
            let name = name.strip_prefix("CAP_").expect("it is one");
            format!(",+{}", name.to_lowercase())
        });
        let bounds = format!("--bounding-set=-all{}", kept.collect::<String>());
        let starter = ["setpriv", "--no-new-privs", "--inh-caps=-all", &bounds];
        let address = free_address().to_string();
        let log = fs::File::create(stage.join("node.log")).expect("there is room");
        let node = Program::started_by(&starter, &stage, &["node", "--config"])
            .arg(zone('a'))
            .env("RAPTOR__TRANSPORT__LISTEN", &address)
            .env("RAPTOR__CLUSTER__SEEDS", "")
            .env("RAPTOR__NODE__STATE_DIR", stage.join("state"))
            .stderr(log)
            .start();
        let up = || {
            fs::read_to_string(stage.join("node.log"))
                .ok()?
                .contains("the node is up")
                .then_some(())
        };
        until("the node", up).await;
        Self {
            stage,
            address,
            node,
        }
    }

    /// What its functions give.
    async fn fly(&self, manifest: &Value) -> Value {
        let file = self
            .stage
            .write("action/action-manifest.json", manifest.to_string());
        let action = file.parent().expect("it is in a directory");
        let words = ["invoke", "--json", "--flight", "1", "--node", &self.address];
        let ended = Program::new(&self.stage, &words).arg(action).run().await;
        let told: Value =
            serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
        told
    }
}

#[tokio::test]
async fn with_the_powers_that_the_unit_leaves_it_a_node_does_all_that_it_does() {
    let Some(()) = setpriv() else {
        return;
    };
    let confined = Confined::start().await;
    let stage = &confined.stage;
    // What is hard to stop, and what is hard to remove: what ignores SIGTERM, a daemon, directories
    // that only their owner may change.
    let litter = "mkdir -m 1777 $RAPTOR_TMPDIR/sticky; >$RAPTOR_TMPDIR/sticky/file; \
                  mkdir -p $RAPTOR_TMPDIR/a/b; >$RAPTOR_TMPDIR/a/b/c; chmod 500 $RAPTOR_TMPDIR/a; \
                  setsid sleep 600 </dev/null >/dev/null 2>&1 3>&- & \
                  echo $RAPTOR_FLIGHT $RAPTOR_TMPDIR >$1; printf '{\"uid\":%d}' $(id -u) >&3";
    let mut stubborn = shell("trap '' TERM; while :; do sleep 0.05; done", &[]);
    stubborn["timeout"] = json!("100ms");
    let told = confined
        .fly(&json!({ "f": shell(litter, &[&stage.join("f")]) }))
        .await;
    assert_eq!(told["result"], json!({ "f": { "uid": 65534 } }), "{told}");
    let line = lines_of(&stage.join("f"))
        .pop()
        .expect("the function has written it");
    let (flight, directory) = line.split_once(' ').expect("there are two words");
    let marker = format!("RAPTOR_FLIGHT={flight}");
    until("the end of the daemon", || {
        mentioning(&marker).is_empty().then_some(())
    })
    .await;
    let gone = || (!Path::new(directory).exists()).then_some(());
    until("the end of its directory", gone).await;

    let told = confined.fly(&json!({ "f": stubborn })).await;
    assert_eq!(told["attempts"][0]["outcome"], "fault", "{told}");
    confined.node.process.signal(Signal::SIGTERM);
    assert_eq!(confined.node.end().await.status, Some(0));
    let left = fs::read_dir(stage.join("state"))
        .expect("it is there")
        .count();
    assert_eq!(left, 0, "a node takes its directory with it");
}
