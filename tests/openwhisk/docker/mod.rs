//! Flights in containers of Docker's, over a network of theirs.
//!
//! They need an engine that answers `docker`, and the image that `docker/Dockerfile` makes for its
//! target `openwhisk`: `raptor:openwhisk`, or what `RAPTOR_OPENWHISK_IMAGE` names.

mod containers;
mod flights;

use std::env;
use std::process::Command;

use mini_openwhisk::{Action, Config, ContainerView, Image, MiniOpenWhisk};
use raptor_cluster::testing::gate;
use serde_json::{Map, Value, json};

use crate::said::said;
use crate::support::{action, started};

/// Where the image is named.
const IMAGE_VARIABLE: &str = "RAPTOR_OPENWHISK_IMAGE";
const IMAGE: &str = "raptor:openwhisk";

/// The image, if there is an engine that has it; else the test is skipped.
fn image() -> Option<Image> {
    let named = env::var(IMAGE_VARIABLE).ok();
    let named = named.filter(|name| !name.is_empty());
    let name = named.unwrap_or_else(|| IMAGE.to_owned());
    let found = match docker(&["image", "inspect", "--format", "{{.Id}}", &name]) {
        Ok(_) => Ok(Image::new(name)),
        Err(why) => Err(format!(
            "Docker does not show the image {name}, which `docker build -f docker/Dockerfile \
             --target openwhisk -t {name} .` makes: {why}"
        )),
    };
    gate("compose", found)
}

/// What Docker prints, or why it does not.
fn docker(words: &[&str]) -> Result<String, String> {
    let told = said(Command::new("docker").args(words))?;
    Ok(told.trim().to_owned())
}

/// What Docker says of a container.
fn inspect(container: &ContainerView) -> Value {
    let name = container.docker_name.as_deref().expect("it is Docker's");
    let said = docker(&["inspect", name]).expect("it is there");
    let mut said: Value = serde_json::from_str(&said).expect("Docker speaks JSON");
    said[0].take()
}

/// An OpenWhisk whose containers are of that image.
fn openwhisk(image: Image) -> MiniOpenWhisk {
    started(Config::docker(image))
}

/// A flight of `size` with so many functions that depend on nothing, `f0` and so on.
fn flown(size: usize, functions: usize, source: &str) -> Action {
    let functions = (0..functions).map(|function| {
        let entry = json!({ "depends": [], "file": "flown.py" });
        (format!("f{function}"), entry)
    });
    let size = ("__OW_NUM_CONCURRENCY".to_owned(), json!(size));
    let manifest: Map<_, _> = [size].into_iter().chain(functions).collect();
    let manifest = Value::Object(manifest).to_string();
    action(&[("action-manifest.json", &manifest), ("flown.py", source)])
}
