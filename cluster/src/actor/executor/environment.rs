//! What surrounds the process of an attempt: its environment, and the fields of its line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use raptor_core::NodeId;

use super::Task;
use crate::surroundings::Surroundings;

/// The names of what describes an activation, which the node can say by itself.
const ACTIVATION_ID: &str = "activation_id";
const ACTION_NAME: &str = "action_name";
const DEADLINE: &str = "deadline";

/// Launchers make variables of Raptor's own of keys that begin so.
const OWN_PREFIX: &str = "raptor_";

/// What is described to a process when it starts.
pub(super) struct Scene<'a> {
    /// What its function is called.
    pub(super) function: &'a str,
    /// What it is started with, which comes from the manifest and the node's settings.
    pub(super) own: &'a [(OsString, OsString)],
    pub(super) surroundings: &'a Surroundings,
    pub(super) node: &'a NodeId,
    /// Its private directory.
    pub(super) directory: &'a Path,
}

impl Scene<'_> {
    /// Its environment. Nothing of the node's own. Of one name the later is stronger: what every
    /// process gets, the activation's variables, the function's own, the activation's description,
    /// and Raptor's.
    pub(super) fn environment(&self, task: Option<&Task>) -> Vec<(OsString, OsString)> {
        let mut all = BTreeMap::new();
        let mut set = |name: OsString, text: OsString| {
            if can_be_variable(&name, &text) {
                all.insert(name, text);
            }
        };
        set("LANG".into(), "C.UTF-8".into());
        set("HOME".into(), self.directory.into());
        set("TMPDIR".into(), self.directory.into());
        for (name, text) in &self.surroundings.env {
            set(name.into(), text.into());
        }
        for (name, text) in self.own {
            set(name.clone(), text.clone());
        }
        for (key, text) in described(self.function, self.surroundings, task) {
            set(format!("__OW_{}", key.to_uppercase()).into(), text.into());
        }
        set("RAPTOR_TMPDIR".into(), self.directory.into());
        set("RAPTOR_NODE".into(), self.node.as_str().into());
        for (key, text) in task.into_iter().flat_map(identity) {
            set(key.to_uppercase().into(), text.into());
        }
        all.into_iter().collect()
    }
}

/// What stands beside the parameters in the line for a launcher: what describes the activation, and
/// the attempt, which one that was started ahead cannot know otherwise.
pub(super) fn fields(
    function: &str,
    surroundings: &Surroundings,
    task: &Task,
) -> Vec<(String, String)> {
    let mut fields = described(function, surroundings, Some(task));
    fields.extend(identity(task).map(|(key, text)| (key.to_owned(), text)));
    fields
}

/// What describes the activation: as far as it does not say so itself, by what is known here.
fn described(
    function: &str,
    surroundings: &Surroundings,
    task: Option<&Task>,
) -> Vec<(String, String)> {
    let given = surroundings.context.iter();
    let given: Vec<_> = given
        .filter(|(key, _)| !key.to_lowercase().starts_with(OWN_PREFIX))
        .cloned()
        .collect();
    let is_given = |key: &str| given.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
    let mut known = vec![(ACTION_NAME, function.to_owned())];
    if let Some(task) = task {
        known.push((ACTIVATION_ID, task.flight.to_string()));
        known.push((DEADLINE, task.deadline_ms.to_string()));
    }
    let known = known.into_iter().filter(|(key, _)| !is_given(key));
    let known: Vec<_> = known.map(|(key, text)| (key.to_owned(), text)).collect();
    known.into_iter().chain(given).collect()
}

/// Which attempt of which flight it is.
fn identity(task: &Task) -> [(&'static str, String); 2] {
    [
        ("raptor_flight", task.flight.to_string()),
        ("raptor_member", task.attempt.member.0.to_string()),
    ]
}

/// Whether an environment can hold it (environ(7)).
fn can_be_variable(name: &OsString, text: &OsString) -> bool {
    let (name, text) = (name.as_bytes(), text.as_bytes());
    !name.is_empty() && !name.contains(&b'=') && !name.contains(&0) && !text.contains(&0)
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
