//! A whole workflow, one function after the other.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::call::{function, result_of};

/// An action: its manifest, and the directory in which its functions run.
pub(crate) struct Workflow {
    manifest: Map<String, Value>,
    directory: PathBuf,
}

impl Workflow {
    /// An example that comes with Raptor.
    pub(crate) fn example(name: &str) -> Self {
        let directory = directory(name);
        let manifest = fs::read(directory.join("action-manifest.json")).unwrap();
        let manifest = serde_json::from_slice(&manifest).unwrap();
        Self {
            manifest,
            directory,
        }
    }

    /// The same files with another manifest.
    pub(crate) fn with(self, manifest: Value) -> Self {
        let manifest = serde_json::from_value(manifest).unwrap();
        Self { manifest, ..self }
    }

    /// Runs every function once, in the manifest's order, in which none comes before what it
    /// depends on; gives all values.
    pub(crate) fn run(&self, params: &Value) -> Map<String, Value> {
        let mut values = Map::new();
        for (name, function) in &self.manifest {
            // Settings of the flight stand among the functions.
            if !name.starts_with("__OW_") {
                let input = input(function, params, &values);
                let value = self.call(function, &input);
                assert!(value.get("error").is_none(), "{name}: {value}");
                values.insert(name.clone(), value);
            }
        }
        values
    }

    /// Calls one function, described as in a manifest.
    fn call(&self, described: &Value, input: &Value) -> Value {
        let words: Vec<&str> = described["exec"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        let ["raptor", "fn", args @ ..] = &words[..] else {
            panic!("{words:?} is no function of the examples");
        };
        let mut command = function(args);
        result_of(command.current_dir(&self.directory), &format!("{input}\n"))
    }
}

/// What a function gets: the activation's parameters, or the values of what it depends on.
fn input(function: &Value, params: &Value, values: &Map<String, Value>) -> Value {
    let depends = function["depends"].as_array().unwrap();
    if depends.is_empty() {
        return params.clone();
    }
    let named = depends.iter().map(|name| {
        let name = name.as_str().unwrap();
        (name.to_owned(), values[name].clone())
    });
    json!(named.collect::<Map<_, _>>())
}

/// Where an example is.
pub(crate) fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}
