//! Clusters of nodes that are started by hand.

mod administering;
mod forming;
mod health;
mod metrics;
mod missing;
mod moving;
mod parting;
mod shaping;
mod strangers;

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ByHand, Ended, Program, Running, Stage, free_address, gather};

/// Three nodes that have found each other by their seeds.
struct Cluster {
    nodes: Vec<ByHand>,
    stage: Stage,
}

impl Cluster {
    async fn start() -> Self {
        Self::start_with(|_, program| program).await
    }

    /// Starts them with more in their environments, by the letters of their zones.
    async fn start_with(change: impl Fn(char, Program) -> Program) -> Self {
        let stage = Stage::new();
        let addresses = [(); 3].map(|()| free_address());
        let letters = ['a', 'b', 'c'];
        let nodes = std::iter::zip(letters, addresses).map(|(letter, address)| {
            let others: Vec<_> = addresses
                .into_iter()
                .filter(|seed| *seed != address)
                .collect();
            let more = |program| change(letter, program);
            ByHand::start_with(&stage, letter, address, &others, more)
        });
        let nodes: Vec<_> = nodes.collect();
        for node in &nodes {
            node.met(2).await;
        }
        Self { nodes, stage }
    }

    /// `raptor invoke` of an action, led by that node, flown by three.
    fn invoke(&self, node: usize, action: &Path) -> Running {
        let address = self.nodes[node].address.to_string();
        let words = ["invoke", "--flight", "3", "--json", "--node", &address];
        Program::new(&self.stage, &words).arg(action).start()
    }

    /// `raptor admin` of that node.
    async fn admin(&self, node: usize, words: &[&str]) -> Ended {
        let address = self.nodes[node].address.to_string();
        let program = Program::new(&self.stage, &["admin", "--node", &address]);
        words.iter().fold(program, Program::arg).run().await
    }

    /// Writes an action without files to the stage, and invokes it.
    fn invoke_written(&self, node: usize, manifest: &Value) -> Running {
        let name = format!("action-{node}/action-manifest.json");
        let file = self.stage.write(&name, manifest.to_string());
        self.invoke(node, file.parent().expect("it is in a directory"))
    }
}

impl Cluster {
    /// Flies an action that needs so many nodes, led by that node, and gives who took part.
    async fn gather(&self, node: usize, name: &str, nodes: usize) -> Vec<String> {
        let action = json!({ "f": gather(&self.stage, name, nodes) });
        let told = landed(&self.invoke_written(node, &action).end().await);
        assert_eq!(told["result"], json!({ "f": {} }));
        present(&told)
    }
}

/// What a call with `--json` told that succeeded.
fn landed(ended: &Ended) -> Value {
    assert_eq!(ended.status, Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).expect("it is JSON")
}

/// The nodes that took part in a flight to its end, by name.
fn present(told: &Value) -> Vec<String> {
    let members = told["members"].as_array().expect("it is a list");
    let present = members.iter().filter(|member| member["present"] == true);
    let names = present.map(|member| member["node"].as_str().expect("it is a text"));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names
}
