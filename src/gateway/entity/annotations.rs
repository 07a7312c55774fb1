//! Annotations of an entity.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Malformed;

/// What somebody, or the interface, has written on an entity, each key once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Annotations(Vec<Annotation>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Annotation {
    key: String,
    value: Value,
}

/// Whether OpenWhisk takes a value for a yes.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

impl Annotations {
    /// Reads `[{"key", "value"}, ...]`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub(crate) fn parse(value: &Value) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("annotations malformed!");
        let entries = value.as_array().ok_or_else(malformed)?;
        let mut annotations = Self::default();
        for entry in entries {
            let key = entry.get("key").and_then(Value::as_str);
            let key = key
                .filter(|key| !key.trim().is_empty())
                .ok_or_else(malformed)?;
            let value = entry.get("value").cloned().unwrap_or_default();
            annotations.set(key.trim(), value);
        }
        Ok(annotations)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let found = self.0.iter().find(|annotation| annotation.key == key)?;
        Some(&found.value)
    }

    /// Whether one is there and says yes.
    pub(crate) fn says(&self, key: &str) -> bool {
        self.get(key).is_some_and(is_truthy)
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|known| known.key == key) {
            Some(known) => known.value = value,
            None => self.0.push(Annotation {
                key: key.to_owned(),
                value,
            }),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|annotation| annotation.key != key);
    }

    /// Adds those of another set over these.
    pub(crate) fn merge(&mut self, over: Self) {
        for Annotation { key, value } in over.0 {
            self.set(&key, value);
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!(self.0)
    }
}
