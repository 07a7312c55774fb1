//! What a request says of an action.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Action, ActionPath, Annotations, EntityName, Exec, ExecPut, LimitsPut, Malformed, Parameters,
    Version,
};
use crate::gateway::runtimes::Runtimes;

/// What a request says of an action; what it does not say stays (`WhiskActionPut`).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ActionPut {
    exec: Option<ExecPut>,
    parameters: Option<Parameters>,
    limits: LimitsPut,
    version: Option<Version>,
    publish: Option<bool>,
    annotations: Option<Annotations>,
    annotations_gone: Vec<String>,
}

impl ActionPut {
    /// Reads the body of a request; keys that it does not know are passed over.
    ///
    /// # Errors
    ///
    /// If a part of it is malformed.
    pub(crate) fn parse(
        body: &Map<String, Value>,
        own: &EntityName,
        runtimes: &Runtimes,
    ) -> Result<Self, Malformed> {
        let given = |key: &str| body.get(key).filter(|value| !value.is_null());
        let exec = given("exec").map(|exec| ExecPut::parse(exec, own, runtimes));
        Ok(Self {
            exec: exec.transpose()?,
            parameters: given("parameters").map(Parameters::parse).transpose()?,
            limits: given("limits")
                .map(LimitsPut::parse)
                .transpose()?
                .unwrap_or_default(),
            version: given("version").map(version).transpose()?,
            publish: given("publish").map(publish).transpose()?,
            annotations: given("annotations").map(Annotations::parse).transpose()?,
            annotations_gone: given("delAnnotations")
                .map(names)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// The code's text, where there is any.
    pub(crate) fn text(&self) -> Option<Arc<str>> {
        self.exec.as_ref()?.text.clone()
    }

    /// What it says is executed.
    pub(crate) fn exec(&self) -> Option<&Exec> {
        self.exec.as_ref().map(|put| &put.exec)
    }

    /// The action of that path, changed if there is one, else new.
    ///
    /// # Errors
    ///
    /// If it is new and nothing is to be executed.
    pub(crate) fn apply(
        self,
        path: ActionPath,
        before: Option<&Action>,
        now_ms: u64,
    ) -> Result<Action, Malformed> {
        let given = self.exec.map(|put| put.exec);
        let exec = given
            .clone()
            .or_else(|| before.map(|action| action.exec.clone()))
            .ok_or_else(|| Malformed::refused("exec undefined"))?;
        let mut annotations = match before {
            Some(action) => action.annotations.clone(),
            None => Annotations::default(),
        };
        annotations.merge(self.annotations.unwrap_or_default());
        for key in &self.annotations_gone {
            annotations.remove(key);
        }
        if before.is_none() && annotations.get("provide-api-key").is_none() {
            annotations.set("provide-api-key", false);
        }
        annotations.set("exec", exec.kind());
        let next = before.map_or(Version::FIRST, |action| action.version.next());
        Ok(Action {
            path,
            version: self.version.unwrap_or(next),
            parameters: parameters(self.parameters, &exec, before),
            exec,
            limits: self
                .limits
                .over(before.map(|action| action.limits).unwrap_or_default()),
            publish: self
                .publish
                .unwrap_or_else(|| before.is_some_and(|action| action.publish)),
            annotations,
            updated: now_ms,
        })
    }
}

/// A sequence's parameters name its components, whatever is said of them, and do not leak into an
/// action that takes its place (`Actions.scala`, `updateWhiskAction`).
fn parameters(given: Option<Parameters>, exec: &Exec, before: Option<&Action>) -> Parameters {
    if let Exec::Sequence { components } = exec {
        let components: Vec<_> = components.iter().map(ActionPath::qualified).collect();
        return Parameters::of_sequence(&components);
    }
    given.unwrap_or_else(|| match before {
        Some(action) if !matches!(action.exec, Exec::Sequence { .. }) => action.parameters.clone(),
        Some(_) | None => Parameters::default(),
    })
}

pub(super) fn version(value: &Value) -> Result<Version, Malformed> {
    let text = value.as_str();
    text.ok_or_else(|| Malformed::new("version must be a string"))?
        .parse()
}

pub(super) fn publish(value: &Value) -> Result<bool, Malformed> {
    let publish = value.as_bool();
    publish.ok_or_else(|| Malformed::new(format!("Expected JsBoolean, but got {value}")))
}

fn names(value: &Value) -> Result<Vec<String>, Malformed> {
    let names = value.as_array().into_iter().flatten();
    let names = names.map(|name| name.as_str().map(str::to_owned));
    names
        .collect::<Option<Vec<_>>>()
        .filter(|_| value.is_array())
        .ok_or_else(|| Malformed::new("delAnnotations malformed!"))
}
