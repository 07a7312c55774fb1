//! The last step: the sum.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::count::Counted;
use crate::contract::Params;

/// How many words are told, of all that were counted.
const TOP: usize = 20;

/// What it gives.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Summary {
    /// How many verses there are.
    pub(super) verses: u64,
    /// How many words.
    pub(super) words: u64,
    /// How many different ones.
    pub(super) distinct: usize,
    /// The most frequent ones with their counts; of equally frequent ones the first in the
    /// alphabet comes first.
    pub(super) top: Vec<(String, u64)>,
}

/// Adds up what the functions counted whose values it gets, whatever they are called.
pub(super) fn run(params: Params) -> Result<Summary, ReduceError> {
    let mut all = Vec::new();
    for (function, value) in params.into_object() {
        let counted = serde_json::from_value(value);
        all.push(counted.map_err(|source| ReduceError::NotCounted { function, source })?);
    }
    all.sort_by_key(|counted: &Counted| counted.part);
    are_complete(&all)?;
    Ok(sum(all))
}

/// Whether they are all parts of one text, each once; they are in order.
fn are_complete(all: &[Counted]) -> Result<(), ReduceError> {
    let parts = all.first().ok_or(ReduceError::Nothing)?.parts;
    if let Some(other) = all.iter().find(|counted| counted.parts != parts) {
        let other = other.parts;
        return Err(ReduceError::OfOthers { parts, other });
    }
    for part in 0..parts.max(all.len()) {
        match all.get(part) {
            Some(counted) if counted.part == part => {}
            Some(counted) if counted.part < part => {
                let part = counted.part;
                return Err(ReduceError::Twice { part });
            }
            _ => return Err(ReduceError::Missing { part, parts }),
        }
    }
    Ok(())
}

fn sum(all: Vec<Counted>) -> Summary {
    let verses = all.iter().map(|counted| counted.verses).sum();
    let mut counts: HashMap<String, u64> = HashMap::new();
    for (word, count) in all.into_iter().flat_map(|counted| counted.counts) {
        *counts.entry(word).or_default() += count;
    }
    let (words, distinct) = (counts.values().sum(), counts.len());
    let mut top: Vec<_> = counts.into_iter().collect();
    top.sort_unstable_by(|(a, of_a), (b, of_b)| (Reverse(of_a), a).cmp(&(Reverse(of_b), b)));
    top.truncate(TOP);
    Summary {
        verses,
        words,
        distinct,
        top,
    }
}

/// Why there is no sum. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReduceError {
    /// It depends on nothing.
    #[error("add up the counts: there are none (depend on the functions that count)")]
    Nothing,
    /// It depends on something else.
    #[error("add up the counts: what {function:?} gave is none: {source} (depend on those only)")]
    NotCounted {
        /// Whose value it is.
        function: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A function counts in a text that was split otherwise.
    #[error("add up the counts: some are of {parts} parts, others of {other}")]
    OfOthers {
        /// How many parts.
        parts: usize,
        /// How many others.
        other: usize,
    },
    /// A part is missing.
    #[error("add up the counts: part {part} of {parts}, counted from 0, is missing")]
    Missing {
        /// Which.
        part: usize,
        /// How many there should be.
        parts: usize,
    },
    /// A part is there more than once.
    #[error("add up the counts: part {part} was counted twice (every function has its --part)")]
    Twice {
        /// Which.
        part: usize,
    },
}
