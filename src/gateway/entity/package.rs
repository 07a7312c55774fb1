//! Packages.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Action, ActionPath, Annotations, Malformed, Parameters, Version};

/// A package: a name for actions, with parameters that they share (`WhiskPackage.scala`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Package {
    pub(crate) path: ActionPath,
    pub(crate) version: Version,
    pub(crate) parameters: Parameters,
    pub(crate) publish: bool,
    pub(crate) annotations: Annotations,
    /// Milliseconds since the UNIX epoch.
    pub(crate) updated: u64,
}

impl Package {
    /// What lists show of it.
    pub(crate) fn summary(&self) -> Value {
        Value::Object(self.heading())
    }

    /// All of it.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = self.heading();
        json.insert("parameters".to_owned(), json!(self.parameters));
        Value::Object(json)
    }

    /// All of it, with what is in it.
    pub(crate) fn with_actions<'a>(&self, actions: impl Iterator<Item = &'a Action>) -> Value {
        let mut json = self.to_json();
        json["actions"] = actions.map(Action::in_package).collect();
        json["feeds"] = json!([]);
        json
    }

    fn heading(&self) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("namespace".to_owned(), json!(self.path.space()));
        json.insert("name".to_owned(), json!(self.path.name));
        json.insert("version".to_owned(), json!(self.version));
        json.insert("publish".to_owned(), json!(self.publish));
        json.insert("annotations".to_owned(), self.annotations.to_json());
        json.insert("binding".to_owned(), json!({}));
        json.insert("updated".to_owned(), json!(self.updated));
        json
    }
}

/// What a request says of a package.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PackagePut {
    version: Option<Version>,
    parameters: Option<Parameters>,
    publish: Option<bool>,
    annotations: Option<Annotations>,
    /// Whether it is to be another name of a package, which is not supported.
    pub(crate) binds: bool,
}

impl PackagePut {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// If a part of it is malformed.
    pub(crate) fn parse(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let given = |key: &str| body.get(key).filter(|value| !value.is_null());
        Ok(Self {
            version: given("version").map(super::put::version).transpose()?,
            parameters: given("parameters").map(Parameters::parse).transpose()?,
            publish: given("publish").map(super::put::publish).transpose()?,
            annotations: given("annotations").map(Annotations::parse).transpose()?,
            binds: given("binding").is_some_and(|binding| *binding != json!({})),
        })
    }

    /// The package of that name, changed if there is one, else new.
    pub(crate) fn apply(self, path: ActionPath, before: Option<&Package>, now_ms: u64) -> Package {
        let next = before.map_or(Version::FIRST, |package| package.version.next());
        Package {
            path,
            version: self.version.unwrap_or(next),
            parameters: self
                .parameters
                .or_else(|| before.map(|package| package.parameters.clone()))
                .unwrap_or_default(),
            publish: self
                .publish
                .unwrap_or_else(|| before.is_some_and(|package| package.publish)),
            annotations: self
                .annotations
                .or_else(|| before.map(|package| package.annotations.clone()))
                .unwrap_or_default(),
            updated: now_ms,
        }
    }
}
