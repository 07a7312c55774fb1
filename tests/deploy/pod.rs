//! A pod as a kubelet would run it, but for its walls: the container's commands as processes here.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;

use raptor::config::{self, Settings};
use serde_json::Value;

use crate::kustomization::Objects;
use crate::support::{Ended, Program, Running, Stage, free_address, in_time};

/// What the image is told to run, with what, and under which name on the stage.
pub(crate) struct Pod {
    name: String,
    container: Value,
    variables: BTreeMap<String, String>,
    /// What stands in the manifests, and what takes its place here.
    here: Vec<(String, String)>,
    config: PathBuf,
}

/// The container of a StatefulSet's pods.
pub(crate) fn container(set: &Value) -> &Value {
    let containers = &set["spec"]["template"]["spec"]["containers"];
    let [container] = &containers.as_array().expect("it is a list")[..] else {
        panic!("there is one container: {containers}");
    };
    container
}

/// The text at a place of an object.
pub(crate) fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// The words of a command.
pub(crate) fn words(command: &Value) -> Vec<&str> {
    command
        .as_array()
        .expect("it is a list")
        .iter()
        .map(text)
        .collect()
}

/// What is in the ConfigMap that a StatefulSet's pods mount.
pub(crate) fn configuration<'a>(objects: &'a Objects, set: &Value) -> &'a str {
    let volumes = set["spec"]["template"]["spec"]["volumes"].as_array();
    let volumes = volumes.expect("it is a list");
    let name = volumes
        .iter()
        .find_map(|volume| volume["configMap"]["name"].as_str());
    let map = objects.named("ConfigMap", name.expect("a pod has a configuration"));
    text(&map["data"]["node.toml"])
}

impl Pod {
    /// The first pod of a StatefulSet, with keys that are on the stage, where the node at `seed` is
    /// what the name of all nodes says.
    ///
    /// Its ports are others, since several pods share this machine's.
    pub(crate) fn first_of(stage: &Stage, objects: &Objects, set: &Value, seed: Seed) -> Self {
        let name = format!("{}-0", text(&set["metadata"]["name"]));
        let [node, gateway, metrics] = [(); 3].map(|()| free_address());
        let seeds = match seed {
            Seed::Itself => node,
            Seed::Other(seed) => seed,
        };
        let mut here = vec![("raptor-nodes:9899".to_owned(), seeds.to_string())];
        for (port, address) in [("9899", node), ("3233", gateway), ("9464", metrics)] {
            here.push((format!(":{port}"), format!(":{}", address.port())));
        }
        here.push((
            "/keys/".to_owned(),
            format!("{}/keys/", stage.path().display()),
        ));
        let config = stage.join(&format!("{name}/node.toml"));
        here.push((
            "/etc/raptor/node.toml".to_owned(),
            config.display().to_string(),
        ));
        let mut this = Self {
            variables: BTreeMap::new(),
            container: container(set).clone(),
            name,
            here,
            config,
        };
        this.variables = this.resolve(&set["spec"]["template"]["metadata"]);
        let configuration = this.moved(configuration(objects, set));
        stage.write(&format!("{}/node.toml", this.name), configuration);
        this
    }

    /// What its node works with, as the file alone says.
    pub(crate) fn settings(&self) -> Settings {
        config::check(&self.config).unwrap_or_else(|problems| panic!("failed to {problems}"))
    }

    /// Where its node is.
    pub(crate) fn address(&self) -> SocketAddr {
        let advertised = &self.variables["RAPTOR__TRANSPORT__ADVERTISE"];
        advertised.parse().expect("it is an address")
    }

    fn moved(&self, text: &str) -> String {
        let here = self.here.iter();
        here.fold(text.to_owned(), |text, (there, here)| {
            text.replace(there, here)
        })
    }

    /// Its variables, in their order, as the documentation of `EnvVar` says.
    fn resolve(&self, metadata: &Value) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        let list = self.container["env"].as_array().expect("it is a list");
        for variable in list {
            let value = match &variable["value"] {
                Value::Null => self.told_by_pod(&variable["valueFrom"], metadata),
                value => expanded(text(value), &variables),
            };
            variables.insert(text(&variable["name"]).to_owned(), self.moved(&value));
        }
        variables
    }

    fn told_by_pod(&self, source: &Value, metadata: &Value) -> String {
        if let Some(resource) = source["resourceFieldRef"]["resource"].as_str() {
            let limit = resource.strip_prefix("limits.").expect("it is a limit");
            return text(&self.container["resources"]["limits"][limit]).to_owned();
        }
        match text(&source["fieldRef"]["fieldPath"]) {
            "status.podIP" => "127.0.0.1".to_owned(),
            "metadata.name" => self.name.clone(),
            "metadata.labels['zone']" => text(&metadata["labels"]["zone"]).to_owned(),
            other => panic!("what is {other} of a pod?"),
        }
    }

    fn program(&self, stage: &Stage, command: &Value) -> Program {
        let command = words(command);
        let ["raptor", command @ ..] = &command[..] else {
            panic!("the image runs raptor, not {command:?}");
        };
        let words: Vec<String> = command.iter().map(|word| self.moved(word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let key_file = self
            .settings()
            .transport
            .key_file
            .expect("nodes have a key");
        let program = Program::new(stage, &words).env("RAPTOR__TRANSPORT__KEY_FILE", key_file);
        let variables = self.variables.iter();
        variables.fold(program, |program, (name, value)| program.env(name, value))
    }

    /// Starts its container.
    pub(crate) fn start(&self, stage: &Stage) -> Running {
        let log = File::create(stage.join(&format!("{}.log", self.name))).expect("there is room");
        self.program(stage, &self.container["command"])
            .stderr(log)
            .start()
    }

    /// Runs one of its probes.
    pub(crate) async fn probe(&self, stage: &Stage, probe: &str) -> Ended {
        let command = &self.container[probe]["exec"]["command"];
        self.program(stage, command).run().await
    }

    /// Runs one of its probes again and again, as a kubelet does, until it succeeds.
    pub(crate) async fn passes(&self, stage: &Stage, probe: &str) {
        let passed = async { while self.probe(stage, probe).await.status != Some(0) {} };
        in_time(&format!("a {probe} that succeeds"), passed).await;
    }

    /// What its container has said.
    pub(crate) fn log(&self, stage: &Stage) -> String {
        fs::read_to_string(stage.join(&format!("{}.log", self.name))).expect("it was started")
    }
}

/// Whom the name of all nodes leads to.
#[derive(Clone, Copy)]
pub(crate) enum Seed {
    /// The pod itself: it is the first.
    Itself,
    /// Another.
    Other(SocketAddr),
}

/// `$(NAME)` in a value stands for the variable, if it is one.
fn expanded(value: &str, variables: &BTreeMap<String, String>) -> String {
    let variables = variables.iter();
    variables.fold(value.to_owned(), |value, (name, known)| {
        value.replace(&format!("$({name})"), known)
    })
}
