//! Nodes in a root that holds nothing but the program: no shell, no libraries, nothing to write to, and
//! a user that is nobody. What a static program has to do without is found out here: above all, names
//! are resolved.

use std::path::Path;
use std::process::Command;

use raptor_cluster::testing::gate;
use serde_json::Value;

use crate::blocking_wait::until;
use crate::engine::{Container, docker};
use crate::said::said;

/// The stage `node` of `docker/Dockerfile`.
const IMAGE: &str = "raptor:node";

/// The files of settings, as a node and its health check are given them.
const SETTINGS: [&str; 2] = [
    "--config=/conf/testbed/node.toml",
    "--config=/conf/zones.toml",
];

/// What a container may not do.
const BOUNDS: [&str; 5] = [
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
    "--label=raptor-test-bare",
];

/// A network and volumes of the test's own, which are gone, with all containers, when this is dropped.
struct Bare {
    name: String,
    nodes: Vec<Container>,
}

impl Bare {
    /// Without nodes; none where there is no engine, or no image.
    fn new() -> Option<Self> {
        let has_image = said(Command::new("docker").args(["image", "inspect", IMAGE]));
        let has_image = has_image.map_err(|why| {
            format!("{why}: docker build -f docker/Dockerfile --target node -t {IMAGE} .")
        });
        gate("compose", has_image)?;
        let name = format!("raptor-bare-{}", std::process::id());
        docker(&["network", "create", &name]);
        let nodes = Vec::new();
        Some(Self { name, nodes })
    }

    /// `docker run` with what both kinds of container have, these options, and these words.
    fn run(&self, options: &[&str], words: &[&str]) -> Command {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mount = |name: &str| format!("--volume={}:/{name}:ro", here.join(name).display());
        let volume = |name: &str| format!("--volume={}-{name}:/{name}", self.name);
        let mut command = Command::new("docker");
        command
            .arg("run")
            .args(BOUNDS)
            .args(["--network", &self.name, "--tmpfs=/tmp:exec,mode=1777"])
            .args([mount("conf"), mount("examples")])
            .args([volume("keys"), volume("passes")])
            .args(options)
            .arg(IMAGE)
            .args(words);
        command
    }

    /// Starts a node of that zone.
    fn start(&mut self, zone: &str) {
        let zone = format!("--env=RAPTOR__NODE__ZONE={zone}");
        let options = ["--detach", "--init", "--network-alias=nodes", &zone];
        let words = [&["node"], &SETTINGS[..]].concat();
        let started = said(&mut self.run(&options, &words));
        let id = started.unwrap_or_else(|why| panic!("{why}"));
        self.nodes.push(Container(id.trim().to_owned()));
    }

    /// What `raptor` says, in a container of its own.
    fn raptor(&self, words: &[&str]) -> Result<String, String> {
        said(&mut self.run(&["--rm"], words))
    }

    /// Flies an example by whichever node the name finds first; gives the zones of its members.
    #[track_caller]
    fn fly(&self, size: &str) -> Vec<String> {
        let whom = ["--node=nodes:9899", "--key=/passes/client.key"];
        let what = ["--flight", size, "--json", "/examples/hello"];
        let told = self.raptor(&[&["invoke"], &whom[..], &what].concat());
        let told = told.unwrap_or_else(|why| panic!("{why}"));
        let told: Value = serde_json::from_str(&told).expect("it is JSON");
        assert!(told["result"].is_object(), "{told}");
        let members = told["members"].as_array().expect("a list").iter();
        let zones = members.map(|member| member["zone"].as_str().expect("a name"));
        let mut zones: Vec<_> = zones.map(str::to_owned).collect();
        zones.sort();
        zones
    }
}

impl Container {
    /// What the health check of a node in a bare root says.
    fn health(&self) -> Result<String, String> {
        self.exec(&[&["/bin/raptor", "health", "--ready"], &SETTINGS[..]].concat())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let volumes = ["keys", "passes"].map(|name| format!("{}-{name}", self.name));
        let ids = self.nodes.iter().map(|Container(id)| id.as_str());
        for removal in [
            [
                &["rm", "--force", "--volumes"],
                &ids.collect::<Vec<_>>()[..],
            ]
            .concat(),
            vec!["network", "rm", &self.name],
            vec!["volume", "rm", &volumes[0], &volumes[1]],
        ] {
            // What is not there need not go.
            let _ = said(Command::new("docker").args(removal));
        }
    }
}

#[test]
fn nodes_need_nothing_but_their_program() {
    let Some(mut bare) = Bare::new() else {
        return;
    };
    let provision = [
        "key",
        "provision",
        "/keys",
        "--passes=/passes",
        "--namespace=bare",
    ];
    let twice = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| bare.raptor(&provision)));
        both.map(|one| one.join().expect("it does not panic"))
    });
    let said = twice.map(|told| told.unwrap_or_else(|why| panic!("{why}")));
    assert_eq!(said.concat().matches("made ").count(), 5, "{said:?}");

    for zone in ["zone-a", "zone-b", "zone-c"] {
        bare.start(zone);
    }
    for node in &bare.nodes {
        let is_whole = || {
            node.health()
                .is_ok_and(|said| said.contains("up, 3 members"))
        };
        until("three nodes that are ready", || is_whole().then_some(()));
        assert!(node.exec(&["/bin/sh", "-c", "true"]).is_err());
    }
    assert_eq!(bare.fly("3"), ["zone-a", "zone-b", "zone-c"]);

    // One of the three addresses of the name does not answer.
    let Container(paused) = &bare.nodes[0];
    docker(&["pause", paused]);
    for _ in 0..3 {
        assert_eq!(bare.fly("1").len(), 1);
    }
    docker(&["unpause", paused]);

    let nobody = bare.raptor(&[
        "admin",
        "--node=nobody:9899",
        "--key=/passes/admin.key",
        "status",
    ]);
    let why = nobody.expect_err("nobody is there");
    assert!(why.contains("failed to resolve nobody:9899: "), "{why}");
    for Container(id) in &bare.nodes {
        docker(&["stop", "--time=60", id]);
        let status = docker(&["inspect", "--format={{.State.ExitCode}}", id]);
        assert_eq!(status.trim(), "0");
    }
}
