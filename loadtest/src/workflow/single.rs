//! One function of a workflow, alone: an action of its own, with what it needs as its parameters.

use std::sync::Arc;

use raptor_cluster::{Bundle, Manifest};
use raptor_core::FunctionIndex;
use serde_json::{Map, Value};

use super::{Action, Workflow};

/// What holds only between functions, or hides an attempt behind another.
const BETWEEN: [&str; 3] = ["depends", "params", "retries"];

/// Under which name a function with dependencies gets the parameters of the activation.
const PARAMS: &str = "$params";

/// A function cannot be flown alone. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("fly the function {function:?} alone: {why}")]
pub(crate) struct SingleError {
    function: String,
    why: String,
}

impl Workflow {
    /// A function as an action of its own. `values` are those of all functions before it.
    ///
    /// # Errors
    ///
    /// If the files of the action have changed, and are none any more.
    ///
    /// # Panics
    ///
    /// If the value of one of its dependencies is missing.
    pub(crate) fn single(
        &self,
        function: FunctionIndex,
        values: &Map<String, Value>,
    ) -> Result<Action, SingleError> {
        let name = &self.action.manifest.function(function).name;
        let refused = |why: String| SingleError {
            function: name.clone(),
            why,
        };
        let text = self.text_of(name);
        let manifest = format!("{{{}:{text}}}", Value::from(name.as_str()));
        let bundle = match &self.directory {
            Some(directory) => Bundle::single(directory, name, &text).map_err(|it| it.to_string()),
            None => Bundle::from_manifest(&manifest).map_err(|it| it.to_string()),
        };
        let manifest = Manifest::parse(&manifest).map_err(|it| refused(it.to_string()))?;
        let params = serde_json::to_vec(&self.params_of(function, values));
        Ok(Action {
            bundle: bundle.map_err(refused)?,
            manifest: Arc::new(manifest),
            params: params.expect("an object has string keys only").into(),
        })
    }

    /// The value in the result of a function that was flown alone.
    pub(crate) fn value(&self, function: FunctionIndex, mut result: Value) -> Value {
        let name = &self.action.manifest.function(function).name;
        match &self.directory {
            // An action that has no manifest gives its function's value as it stands.
            Some(_) => result,
            None => result[name].take(),
        }
    }

    /// A function as the manifest describes it, without what holds between functions.
    fn text_of(&self, name: &str) -> String {
        let manifest: Value =
            serde_json::from_str(&self.manifest_text).expect("it was parsed before");
        let mut function = manifest[name].clone();
        if let Value::Object(keys) = &mut function {
            keys.retain(|key, _| !BETWEEN.contains(&key.as_str()));
            keys.insert("depends".to_owned(), Value::Array(Vec::new()));
        }
        function.to_string()
    }

    /// What a function gets.
    fn params_of(&self, function: FunctionIndex, values: &Map<String, Value>) -> Value {
        let manifest = &self.action.manifest;
        let params: Value =
            serde_json::from_slice(&self.action.params).expect("parameters are an object");
        let function = manifest.function(function);
        if function.depends.is_empty() {
            return params;
        }
        let needs = function.depends.iter().map(|need| {
            let name = &manifest.function(*need).name;
            let value = values.get(name).expect("what it depends on is known");
            (name.clone(), value.clone())
        });
        let mut given: Map<String, Value> = needs.collect();
        if function.params {
            given.insert(PARAMS.to_owned(), params);
        }
        Value::Object(given)
    }
}
