//! The body of `/run`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::deadline;
use super::refusal::Refusal;
use crate::runtime::action::{Activation, line};

/// `{"value": object or array, "activation_id", "deadline", ...}` (`ContainerProxy.scala`). Names
/// may have escapes, so they are borrowed only where they have none.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Body<'a>(#[serde(borrow)] BTreeMap<Key<'a>, &'a RawValue>);

#[derive(serde::Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// No parameters.
const NOTHING: &str = "{}";

impl<'a> Body<'a> {
    /// What is to be run. `text` is the body.
    pub(super) fn understand(&self, text: &'a [u8]) -> Result<Activation<'a>, Refusal> {
        let given = self.0.get("value").copied();
        let given = given.filter(|value| value.get() != "null");
        let value = match given {
            Some(value) if value.get().starts_with(['{', '[']) => value,
            Some(_) => return Err(Refusal::Scalar),
            None => serde_json::from_str(NOTHING).expect("it is JSON"),
        };
        let others = || self.0.iter().filter(|(key, _)| key.0 != "value");
        let fields: Vec<_> = others()
            .filter_map(|(key, value)| {
                let value = serde_json::from_str::<Key<'a>>(value.get()).ok()?;
                Some((key.0.clone(), value.0))
            })
            .collect();
        // Launchers there are that end when a variable is no text, or when there is no value.
        let is_plain = given.is_some() && fields.len() == others().count();
        let find = |name: &str| fields.iter().find(|(key, _)| key == name);
        let deadline = find("deadline").and_then(|(_, text)| deadline::parse(text));
        if !is_plain {
            return Ok(Activation::new(value, fields, deadline));
        }
        Ok(Activation {
            value,
            fields,
            line: line(text),
            deadline,
        })
    }
}

impl std::borrow::Borrow<str> for Key<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}
