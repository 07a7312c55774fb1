//! Workflows that are made from two words, as theory has them.

use std::str::FromStr;

use raptor_core::manifest::FUNCTIONS_MAX;
use serde_json::{Map, Value, json};

/// The form of a workflow whose functions are all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// So many functions, none of which needs another.
    Independent(usize),
    /// So many functions, each of which needs the one before.
    Sequence(usize),
}

/// A text is no form. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "use the shape {text:?}: write independent:K or sequence:K, with 1 to {FUNCTIONS_MAX} functions"
)]
pub(crate) struct FormError {
    text: String,
}

impl Form {
    /// By function: those that it needs, by their places.
    pub(crate) fn depends(self) -> Vec<Vec<usize>> {
        match self {
            Self::Independent(count) => vec![Vec::new(); count],
            Self::Sequence(count) => {
                let before = |at: usize| at.checked_sub(1).into_iter().collect();
                (0..count).map(before).collect()
            }
        }
    }

    /// A manifest of that form: functions `f0`, `f1`, ... which all execute the same.
    pub(crate) fn manifest(self, exec: &[String]) -> String {
        let functions = self.depends().into_iter().enumerate().map(|(at, depends)| {
            let depends: Vec<_> = depends.iter().map(|it| format!("f{it}")).collect();
            (
                format!("f{at}"),
                json!({ "depends": depends, "exec": exec }),
            )
        });
        Value::Object(functions.collect::<Map<_, _>>()).to_string()
    }
}

impl FromStr for Form {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let refused = || FormError {
            text: text.to_owned(),
        };
        let (kind, count) = text.split_once(':').ok_or_else(refused)?;
        let count = count.parse().ok();
        let count = count.filter(|it| (1..=FUNCTIONS_MAX).contains(it));
        match (kind, count) {
            ("independent", Some(count)) => Ok(Self::Independent(count)),
            ("sequence", Some(count)) => Ok(Self::Sequence(count)),
            _ => Err(refused()),
        }
    }
}
