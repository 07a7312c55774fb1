//! What kubectl makes of the kustomization.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use raptor_cluster::testing::gate;
use serde_json::Value;
use tempfile::TempDir;

/// Reads YAML, as whoever has the schemas can.
const TO_JSON: &str =
    "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)";

/// Whom functions run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Functions {
    /// The user that the node is: what is in the repository.
    AsTheNode,
    /// Nobody, once the two lines of `zone/kustomization.yaml` are no comments any more.
    AsNobody,
}

pub(crate) const BOTH: [Functions; 2] = [Functions::AsTheNode, Functions::AsNobody];

/// The kustomization, with what it takes to look at what comes of it.
pub(crate) struct Kustomization {
    directory: TempDir,
}

/// `deploy/kubernetes`.
pub(crate) fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes")
}

impl Kustomization {
    /// A copy of it with functions that run as such; `None` where it cannot be tested.
    pub(crate) fn of(functions: Functions) -> Option<Self> {
        static READY: OnceLock<Result<(), String>> = OnceLock::new();
        let ready = READY.get_or_init(prepare).clone();
        gate("kubernetes", ready)?;
        let directory = TempDir::with_prefix("raptor-kustomize-").expect("there is room");
        let copied = Command::new("cp")
            .args(["-r", "--no-target-directory"])
            .arg(home())
            .arg(directory.path())
            .status();
        assert!(copied.expect("there is a cp").success());
        let this = Self { directory };
        if functions == Functions::AsNobody {
            this.uncomment();
        }
        Some(this)
    }

    /// As the page says: takes the marks of the comment from the two lines.
    fn uncomment(&self) {
        let file = self.join("zone/kustomization.yaml");
        let text = fs::read_to_string(&file).expect("it was copied");
        let changed = text
            .replace("#patchesStrategicMerge:\n", "patchesStrategicMerge:\n")
            .replace("#  - confined.yaml\n", "  - confined.yaml\n");
        assert_eq!(text.len() - changed.len(), 2, "{text}");
        fs::write(file, changed).expect("there is room");
    }

    /// A file of it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The objects of the cluster.
    pub(crate) fn objects(&self) -> Objects {
        let mut kubectl = Command::new("kubectl");
        kubectl.arg("kustomize").arg(self.join("cluster"));
        Objects(json(&told(&mut kubectl)))
    }

    /// What `validate` says of it, if it agrees.
    pub(crate) fn validate(&self) -> String {
        let mut validate = Command::new(home().join("validate"));
        told(validate.arg(self.join("cluster")))
    }
}

/// Kubernetes objects.
#[derive(Debug, PartialEq)]
pub(crate) struct Objects(Vec<Value>);

impl Objects {
    /// Those of a kind.
    pub(crate) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    /// One by its name.
    pub(crate) fn named(&self, kind: &str, name: &str) -> &Value {
        let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
        match self.0.iter().find(is_it) {
            Some(found) => found,
            None => panic!("there is no {kind} {name}"),
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Value] {
        &self.0
    }
}

fn prepare() -> Result<(), String> {
    let kubectl = Command::new("kubectl")
        .args(["version", "--client"])
        .output();
    kubectl.map_err(|error| format!("kubectl cannot be run: {error}"))?;
    let install = Command::new(home().join("validate"))
        .arg("--install")
        .output();
    let install = install.map_err(|error| format!("bash cannot be run: {error}"))?;
    if install.status.success() {
        Ok(())
    } else {
        let why = String::from_utf8_lossy(&install.stderr);
        Err(format!("the schemas cannot be installed: {why}"))
    }
}

/// The documents of YAML.
pub(crate) fn json(yaml: &str) -> Vec<Value> {
    let python =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/kubernetes-validate/bin/python");
    let mut child = Command::new(python)
        .args(["-c", TO_JSON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was installed");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    // It reads all before it writes.
    stdin.write_all(yaml.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it is ours to wait for");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// What a command prints that must succeed.
pub(crate) fn told(command: &mut Command) -> String {
    let output = command.output().expect("it can be run");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it is UTF-8")
}
