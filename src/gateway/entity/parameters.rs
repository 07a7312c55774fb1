//! Parameters that are bound to an entity.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Malformed;

/// A parameter that is bound to an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) key: String,
    pub(crate) value: Value,
    /// Whether it goes to the environment instead of the payload.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) init: bool,
    /// How its value is encrypted, as whoever did so says. It is kept and not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<Value>,
}

/// Parameters that are bound to an entity, each key once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Parameters(Vec<Parameter>);

impl Parameters {
    /// Reads `[{"key", "value"[, "init"][, "encryption"]}, ...]`. Of several of a key the last
    /// counts.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub(crate) fn parse(value: &Value) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("parameters malformed!");
        let entries = value.as_array().ok_or_else(malformed)?;
        let mut parameters = Self::default();
        for entry in entries {
            let entry = entry.as_object().ok_or_else(malformed)?;
            let key = entry.get("key").and_then(Value::as_str);
            let key = key
                .filter(|key| !key.trim().is_empty())
                .ok_or_else(malformed)?;
            parameters.set(Parameter {
                key: key.trim().to_owned(),
                value: entry.get("value").cloned().unwrap_or_default(),
                init: matches!(entry.get("init"), Some(Value::Bool(true))),
                encryption: entry.get("encryption").filter(|v| !v.is_null()).cloned(),
            });
        }
        Ok(parameters)
    }

    /// The parameter that names a sequence's components.
    pub(crate) fn of_sequence(components: &[String]) -> Self {
        Self(vec![Parameter {
            key: "_actions".to_owned(),
            value: json!(components),
            init: false,
            encryption: None,
        }])
    }

    /// These, over those of the package.
    pub(crate) fn over(&self, below: &Self) -> Self {
        let mut merged = below.clone();
        for parameter in &self.0 {
            merged.set(parameter.clone());
        }
        merged
    }

    /// What a function gets: these, and over them the payload. Those for the environment are left
    /// out. A payload that is no object takes no parameters.
    pub(crate) fn under(&self, payload: Value) -> Value {
        let Value::Object(payload) = payload else {
            return payload;
        };
        let bound = self.0.iter().filter(|parameter| !parameter.init);
        let mut merged: Map<_, _> = bound
            .map(|parameter| (parameter.key.clone(), parameter.value.clone()))
            .collect();
        merged.extend(payload);
        Value::Object(merged)
    }

    /// Those for the environment: texts as they are, nothing for null, else the JSON.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let bound = self.0.iter().filter(|parameter| parameter.init);
        bound
            .map(|Parameter { key, value, .. }| {
                let text = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                (key.clone(), text)
            })
            .collect()
    }

    /// Whether a parameter of that key has a value.
    pub(crate) fn defines(&self, key: &str) -> bool {
        let is_it = |parameter: &&Parameter| parameter.key == key;
        self.0
            .iter()
            .find(is_it)
            .is_some_and(|parameter| !parameter.value.is_null())
    }

    fn set(&mut self, parameter: Parameter) {
        match self.0.iter_mut().find(|known| known.key == parameter.key) {
            Some(known) => *known = parameter,
            None => self.0.push(parameter),
        }
    }
}
