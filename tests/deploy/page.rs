//! `deploy/README.md`: what it has people type works, and what it names is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use raptor_cluster::observe;

use crate::kustomization::told;
use crate::support::{ByHand, Ended, NOOP, Program, Stage, exec, free_address, in_time};

const LETTERS: [char; 3] = ['a', 'b', 'c'];

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

fn page() -> String {
    fs::read_to_string(home().join("README.md")).expect("it is there")
}

/// The block of commands that has this in it.
fn block<'a>(page: &'a str, with: &str) -> &'a str {
    let blocks = page.split("```").skip(1).step_by(2);
    let found: Vec<&str> = blocks.filter(|block| block.contains(with)).collect();
    assert_eq!(found.len(), 1, "{with}: {found:?}");
    found[0]
}

/// Three nodes that each have a key file of their own, as on three hosts.
struct Hosts {
    stage: Stage,
    nodes: Vec<ByHand>,
}

impl Hosts {
    async fn start() -> Self {
        let stage = Stage::new();
        let key = fs::read(stage.key_file()).expect("it was written");
        let addresses = LETTERS.map(|_| free_address());
        let nodes = std::iter::zip(LETTERS, addresses).map(|(letter, address)| {
            let name = format!("host-{letter}/cluster.key");
            let file = stage.write(&name, &key);
            stage.open(&name, 0o600);
            ByHand::start_with(&stage, letter, address, &addresses, |program| {
                program.env("RAPTOR__TRANSPORT__KEY_FILE", file)
            })
        });
        let nodes: Vec<_> = nodes.collect();
        for node in &nodes {
            node.met(2).await;
        }
        Self { stage, nodes }
    }

    /// Gives a file to one node after another, which read it; after each, all still fly.
    async fn give(&self, step: usize, file: &str, pass: &str) {
        for (letter, node) in std::iter::zip(LETTERS, &self.nodes) {
            let to = self.stage.join(&format!("host-{letter}/cluster.key"));
            fs::copy(self.stage.join(file), to).expect("there is room");
            node.process().signal(Signal::SIGHUP);
            node.said("the keys were read again", step).await;
            self.fly(pass).await;
        }
    }

    /// Flights of a client with a pass land, led by each in turn.
    async fn fly(&self, pass: &str) {
        for node in &self.nodes {
            assert_ne!(self.present(node, pass).await, 0);
        }
    }

    /// How many took part to its end in a flight that this node led, and that landed.
    async fn present(&self, leader: &ByHand, pass: &str) -> usize {
        let ended = self.invoke(leader, pass).await;
        assert_eq!(ended.status, Some(0), "{pass}: {ended:?}");
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
        let members = told["members"].as_array().expect("it is a list");
        members
            .iter()
            .filter(|member| member["present"] == true)
            .count()
    }

    async fn invoke(&self, node: &ByHand, pass: &str) -> Ended {
        let manifest = serde_json::json!({ "f": exec(NOOP) }).to_string();
        let action = self.stage.write("action/action-manifest.json", manifest);
        let node = node.address.to_string();
        let words = [
            "invoke", "--json", "--flight", "3", "--node", &node, "--key",
        ];
        let program = Program::new(&self.stage, &words).arg(self.stage.join(pass));
        program
            .arg(action.parent().expect("it is in a directory"))
            .run()
            .await
    }
}

#[tokio::test]
async fn the_key_of_a_running_cluster_is_exchanged_as_the_page_says() {
    let hosts = Hosts::start().await;
    let stage = &hosts.stage;
    fs::copy(stage.key_file(), stage.join("cluster.key")).expect("there is room");
    raptor(stage, "key pass cluster.key old-client.key");
    let page = page();
    for line in block(&page, "raptor key merge")
        .lines()
        .filter(|line| !line.is_empty())
    {
        raptor(
            stage,
            line.strip_prefix("raptor ")
                .expect("it is a command of raptor"),
        );
    }
    hosts.give(1, "step1.key", "old-client.key").await;
    hosts.give(2, "step2.key", "old-client.key").await;
    hosts.fly("client.key").await;
    hosts.give(3, "new.key", "client.key").await;
    let refused = hosts.invoke(&hosts.nodes[0], "old-client.key").await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    // Links that were made with the old key are made anew, and whoever was missed meanwhile is back.
    for node in &hosts.nodes {
        let flies = async { while hosts.present(node, "client.key").await < LETTERS.len() {} };
        in_time("a flight of all three nodes", flies).await;
    }
}

/// Runs it in the directory of the stage.
fn raptor(stage: &Stage, words: &str) {
    let mut raptor = Command::new(env!("CARGO_BIN_EXE_raptor"));
    told(raptor.args(words.split(' ')).current_dir(stage.path()));
}

#[test]
fn every_metric_that_the_page_names_is_one() {
    let page = page();
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with("Monitoring"));
    let section = section.expect("it tells of metrics");
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = section.split(|letter| !is_word(letter));
    let named: Vec<&str> = words.filter(|word| word.starts_with("raptor_")).collect();
    assert!(!named.is_empty());
    for name in named {
        assert!(
            observe::metrics().any(|metric| metric.name == name),
            "{name}"
        );
    }
}

#[test]
fn every_file_that_the_pages_link_to_is_there() {
    for file in ["README.md", "kubernetes/README.md"] {
        let file = home().join(file);
        let text = fs::read_to_string(&file).expect("it is there");
        let links = text.split("](").skip(1);
        let targets = links.filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.is_empty()) {
            let directory = file.parent().expect("it is in a directory");
            assert!(
                directory.join(target).exists(),
                "{}: {target}",
                file.display()
            );
        }
    }
}
