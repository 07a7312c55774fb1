//! Nodes with gateways.

use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::http::Client;
use crate::support::{ByHand, Program, Stage, free_address, until};

/// OpenWhisk's published key.
pub(crate) const GUEST: &str = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:\
                                123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP";

/// The keys of two namespaces, `one` and `two`.
pub(crate) const ONE: &str = "uuid-1:key-1";
pub(crate) const TWO: &str = "uuid-2:key-2";

/// A node with a gateway, and a client of namespace `one`.
pub(crate) struct Gateway {
    pub(crate) client: Client,
    pub(crate) node: ByHand,
    /// Outlives the node, which has its directory in it.
    pub(crate) stage: Rc<Stage>,
}

/// Whether there is a Python to run actions with; says so if there is none.
pub(crate) fn has_python() -> bool {
    has("python", "python3")
}

/// Whether there is a Node.js to run actions with; says so if there is none.
pub(crate) fn has_node() -> bool {
    has("nodejs", "node")
}

fn has(name: &str, program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    let found = found.is_ok_and(|said| said.status.success());
    let required = std::env::var("RAPTOR_REQUIRE").unwrap_or_default();
    assert!(
        found || !required.split(',').any(|word| word == name),
        "RAPTOR_REQUIRE names {name}, and there is none"
    );
    if !found {
        eprintln!("skipped: there is no {program}");
    }
    found
}

impl Gateway {
    /// A node alone; none where its actions could not run.
    pub(crate) async fn alone() -> Option<Self> {
        Self::alone_with(|program| program).await
    }

    /// As [`Gateway::alone`], with more in its environment.
    pub(crate) async fn alone_with(change: impl Fn(Program) -> Program) -> Option<Self> {
        Some(Self::cluster_with(1, change).await?.remove(0))
    }

    /// Some nodes that know each other; none where their actions could not run.
    pub(crate) async fn cluster(nodes: usize) -> Option<Vec<Self>> {
        Self::cluster_with(nodes, |program| program).await
    }

    async fn cluster_with(nodes: usize, change: impl Fn(Program) -> Program) -> Option<Vec<Self>> {
        if !has_python() {
            return None;
        }
        let stage = Rc::new(Stage::new());
        let letters: Vec<char> = ('a'..='c').take(nodes).collect();
        let addresses: Vec<SocketAddr> = letters.iter().map(|_| free_address()).collect();
        let start = |(letter, address): (&char, &SocketAddr)| {
            Self::start(&stage, *letter, *address, &addresses, &change)
        };
        let gateways: Vec<_> = letters.iter().zip(&addresses).map(start).collect();
        for gateway in &gateways {
            gateway.is_served().await;
            gateway.node.met(nodes - 1).await;
        }
        for (number, gateway) in gateways.iter().enumerate() {
            gateway.is_known_to(&gateways, number).await;
        }
        Some(gateways)
    }

    fn start(
        stage: &Rc<Stage>,
        letter: char,
        address: SocketAddr,
        seeds: &[SocketAddr],
        change: impl Fn(Program) -> Program,
    ) -> Self {
        let gateway = free_address();
        let node = ByHand::start_with(stage, letter, address, seeds, |program| {
            let namespaces = format!("one={ONE},two={TWO}");
            let program = program
                .env("RAPTOR__GATEWAY__NAMESPACES", namespaces)
                .env("RAPTOR__GATEWAY__GUEST", "true")
                .env("RAPTOR__GATEWAY__INVOCATIONS_PER_MINUTE", "10000")
                .env("RAPTOR__GATEWAY__LISTEN", gateway.to_string());
            change(program)
        });
        Self {
            client: Client {
                address: gateway,
                key: Some(ONE.to_owned()),
            },
            node,
            stage: Rc::clone(stage),
        }
    }

    /// A node that comes later.
    pub(crate) async fn another(&self, letter: char) -> Self {
        let seeds = [self.node.address];
        let late = Self::start(&self.stage, letter, free_address(), &seeds, |program| {
            program
        });
        late.is_served().await;
        late
    }

    /// Waits until somebody listens.
    pub(crate) async fn is_served(&self) {
        until("a gateway", || self.client.is_heard().then_some(())).await;
    }

    /// Waits until what is written here is there when the write is answered.
    async fn is_known_to(&self, gateways: &[Self], number: usize) {
        let mut turn = 0;
        let known = || {
            turn += 1;
            let path = format!("packages/known-{number}-{turn}");
            self.client.put(&path, &json!({})).expect(200);
            let is_there = |other: &Self| other.client.get(&path).status == 200;
            let all = gateways.iter().all(is_there);
            self.client.delete(&path).expect(200);
            all.then_some(())
        };
        until("all gateways", known).await;
    }

    /// A client of this gateway with another key.
    pub(crate) fn with_key(&self, key: Option<&str>) -> Client {
        Client {
            key: key.map(str::to_owned),
            ..self.client.clone()
        }
    }

    /// Makes an action of Python.
    #[track_caller]
    pub(crate) fn make(&self, name: &str, code: &str) -> Value {
        self.make_with(name, &python(code))
    }

    /// Makes or changes an action.
    #[track_caller]
    pub(crate) fn make_with(&self, name: &str, body: &Value) -> Value {
        let path = format!("actions/{name}?overwrite=true");
        self.client.put(&path, body).expect(200)
    }

    /// Invokes an action, and gives its record.
    #[track_caller]
    pub(crate) fn invoke(&self, name: &str, params: &Value) -> Value {
        let path = format!("actions/{name}?blocking=true");
        self.client.post(&path, params).json()
    }

    /// Invokes an action, and gives its result.
    #[track_caller]
    pub(crate) fn result(&self, name: &str, params: &Value) -> Value {
        let path = format!("actions/{name}?blocking=true&result=true");
        self.client.post(&path, params).json()
    }

    /// Waits for the record of an activation.
    pub(crate) async fn record(&self, id: &str) -> Value {
        let path = format!("activations/{id}");
        let found = || Some(self.client.get(&path)).filter(|reply| reply.status == 200);
        until("an activation", found).await.json()
    }
}

/// The body that makes an action of Python.
pub(crate) fn python(code: &str) -> Value {
    json!({ "exec": { "kind": "python:default", "code": code } })
}

/// An action that gives what it gets.
pub(crate) const ECHO: &str = "def main(args): return args";
