//! A node, and an action of one Python file.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use raptor_cluster::security::Security;
use raptor_cluster::testing::gate;
use raptor_cluster::{Activation, Answer, Bundle, Invocation, Manifest, Node, NodeConfig, Record};
use raptor_core::manifest::Program;
use tempfile::TempDir;

/// Far beyond what anything here takes: only a hang reaches it.
pub(crate) const HANG: Duration = Duration::from_secs(30);

/// A node, and a directory with an action.
pub(crate) struct Stage {
    pub(crate) node: Node,
    pub(crate) directory: TempDir,
    pub(crate) security: Security,
    state: TempDir,
}

impl Stage {
    /// None if there is no Python on this machine.
    pub(crate) async fn with(source: &str, change: impl FnOnce(&mut NodeConfig)) -> Option<Self> {
        gate("python", python())?;
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("action.py"), source).unwrap();
        let state = TempDir::new().unwrap();
        let mut config = NodeConfig::new("n".parse().unwrap(), "z".parse().unwrap());
        config.state_dir = Some(state.path().join("state"));
        // Those of another user find nothing in a directory that is ours alone.
        for open in [&directory, &state] {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(open.path(), mode).unwrap();
        }
        change(&mut config);
        let security = config.security.clone();
        Some(Self {
            security,
            node: Node::start(config).await.expect("a node"),
            directory,
            state,
        })
    }

    pub(crate) async fn of(source: &str) -> Option<Self> {
        Self::with(source, |_| {}).await
    }

    /// Another node of its cluster, which it has met.
    pub(crate) async fn another_node(&self) -> Node {
        let mut config = NodeConfig::new("m".parse().unwrap(), "y".parse().unwrap());
        config.seeds = vec![self.node.address().to_string()];
        config.security = self.security.clone();
        let other = Node::start(config).await.expect("a node");
        self.node.has_met(1).await;
        other
    }

    /// The action whose one function has this name, where it is.
    pub(crate) fn single(&self, name: &str) -> Bundle {
        self.of_file(name, "action.py")
    }

    /// The action whose one function is in this file.
    pub(crate) fn of_file(&self, name: &str, file: &str) -> Bundle {
        let file = Program::File(file.to_owned());
        Bundle::in_place(self.directory.path(), Manifest::single(name, file)).expect("an action")
    }

    /// Flies it with these parameters.
    pub(crate) fn invoke(&self, bundle: &Bundle, params: &str) -> Activation {
        self.node.invoke(Invocation {
            params: params.to_owned().into(),
            timeout: HANG,
            ..Invocation::new(bundle.clone())
        })
    }

    pub(crate) async fn fly(&self, bundle: &Bundle, params: &str) -> (Answer, Record) {
        flown(&mut self.invoke(bundle, params)).await
    }

    /// Where attempts have their private directories.
    pub(crate) fn private_directories(&self) -> usize {
        let state = fs::read_dir(self.state.path().join("state")).unwrap();
        let attempts = state.flatten().map(|entry| entry.path().join("attempts"));
        attempts
            .filter_map(|attempts| fs::read_dir(attempts).ok())
            .map(Iterator::count)
            .sum()
    }
}

pub(crate) async fn flown(activation: &mut Activation) -> (Answer, Record) {
    let flown = async {
        let answer = activation.answer().await.expect("the node is here");
        let record = activation.record().await.expect("the node is here");
        (answer, record.expect("it was flown"))
    };
    tokio::time::timeout(HANG, flown).await.expect("it ends")
}

/// The text of what a flight landed with.
pub(crate) fn landed(answer: &Answer) -> &str {
    match answer {
        Answer::Landed(result) => str::from_utf8(result).expect("JSON"),
        other => panic!("it did not land: {other}"),
    }
}

fn python() -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut programs = env::split_paths(&path).map(|directory| directory.join("python3"));
    let found = programs.find(|program: &PathBuf| Path::is_file(program));
    found.ok_or_else(|| "there is no python3 in PATH".to_owned())
}
