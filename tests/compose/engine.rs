//! The Docker engine, by its command line.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::said::said;

/// What Compose builds and the testbed consists of.
const IMAGES: [&str; 3] = ["raptor:runtimes", "raptor:gateway", "raptor:loadtest"];

/// How Compose is called on this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compose(&'static [&'static str]);

/// A container, by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Container(pub(crate) String);

impl Compose {
    /// Compose, where there is all that the testbed needs.
    pub(crate) fn find() -> Result<Self, String> {
        said(Command::new("docker").arg("version"))?;
        let ways: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];
        let works = |way: &&&[&str]| said(program(way).arg("version")).is_ok();
        let way = ways.iter().find(works);
        let way = way.ok_or("there is neither \"docker compose\" nor docker-compose")?;
        for image in IMAGES {
            said(Command::new("docker").args(["image", "inspect", image])).map_err(|_| {
                format!("there is no image {image}: docker-compose --profile load build")
            })?;
        }
        Ok(Self(way))
    }

    /// A command about the testbed of that name.
    pub(crate) fn command(self, project: &str) -> Command {
        let mut command = program(self.0);
        command
            .args(["--profile", "load", "--profile", "observability"])
            .args(["--project-name", project])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }
}

fn program(way: &[&str]) -> Command {
    let mut command = Command::new(way[0]);
    command.args(&way[1..]);
    command
}

/// What `docker` said, which must have succeeded.
#[track_caller]
pub(crate) fn docker(arguments: &[&str]) -> String {
    let told = said(Command::new("docker").args(arguments));
    told.unwrap_or_else(|why| panic!("{why}"))
}

/// The names of what there is of a project: `container`, `network` or `volume`.
pub(crate) fn left_of(project: &str, what: &str) -> Vec<String> {
    let label = format!("label=com.docker.compose.project={project}");
    let all: &[&str] = if what == "container" { &["--all"] } else { &[] };
    let list = [&[what, "ls", "--quiet", "--filter", &label], all].concat();
    docker(&list).lines().map(str::to_owned).collect()
}

impl Container {
    /// What the engine knows of it.
    pub(crate) fn inspect(&self) -> Value {
        let text = docker(&["container", "inspect", &self.0]);
        let mut list: Vec<Value> = serde_json::from_str(&text).expect("it is JSON");
        list.remove(0)
    }

    /// Its host's name, which is that of its node.
    pub(crate) fn name(&self) -> String {
        let inspected = self.inspect();
        let name = inspected["Config"]["Hostname"].as_str();
        name.expect("a name").to_owned()
    }

    /// Its address in a network.
    pub(crate) fn address(&self, network: &str) -> Option<std::net::IpAddr> {
        let inspected = self.inspect();
        let address = inspected["NetworkSettings"]["Networks"][network]["IPAddress"].as_str();
        address?.parse().ok()
    }

    /// Whether its health check says so.
    pub(crate) fn is_healthy(&self) -> bool {
        self.inspect()["State"]["Health"]["Status"] == "healthy"
    }

    /// What a program in it said, if it succeeded.
    pub(crate) fn exec(&self, words: &[&str]) -> Result<String, String> {
        said(Command::new("docker").args(["exec", &self.0]).args(words))
    }
}

/// Where files of this test may lie that the engine mounts.
pub(crate) fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
