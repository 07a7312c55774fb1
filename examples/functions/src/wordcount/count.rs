//! The middle step: the words of one part.

use std::collections::{BTreeMap, HashMap};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::split::Division;
use super::text::{Text, TextError};
use crate::contract::{Params, ParamsError};

/// Counts the words of one part.
#[derive(Args, Clone, Debug)]
pub(crate) struct Count {
    /// Which part, from 0 on.
    #[arg(long, value_name = "INDEX")]
    pub(super) part: usize,
}

/// What it gives.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Counted {
    /// Which part it is.
    pub(super) part: usize,
    /// How many there are.
    pub(super) parts: usize,
    /// How many verses it has.
    pub(super) verses: u64,
    /// How often which word stands there. In order, so that all members give the same bytes: what
    /// was computed from a value that differs from the sealed one is computed again.
    pub(super) counts: BTreeMap<String, u64>,
}

impl Count {
    /// Reads the part that `split` found, and counts.
    pub(super) fn run(&self, params: &Params) -> Result<Counted, CountError> {
        let division: Option<Division> = params.get("split")?;
        let division = division
            .ok_or_else(|| ParamsError::refused("split", "it is missing: depend on \"split\""))?;
        let parts = division.parts.len();
        let part = division.parts.get(self.part).ok_or(CountError::NoPart {
            part: self.part,
            parts,
        })?;
        let text = Text::read_before(&division.text, part.end)?;
        let (verses, counts) = count(text.part(*part)?)?;
        Ok(Counted {
            part: self.part,
            parts,
            verses,
            counts,
        })
    }
}

/// How many verses there are, and how often which word.
pub(super) fn count(lines: &str) -> Result<(u64, BTreeMap<String, u64>), CountError> {
    let text = lines.to_lowercase();
    let mut verses = 0;
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for line in text.lines() {
        let (_, verse) = line.split_once(' ').ok_or_else(|| CountError::NoVerse {
            line: line.to_owned(),
        })?;
        verses += 1;
        for word in words(verse) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let counts = counts.into_iter();
    let counts = counts.map(|(word, count)| (word.to_owned(), count));
    Ok((verses, counts.collect()))
}

/// Words: runs of letters, with the apostrophes inside.
fn words(verse: &str) -> impl Iterator<Item = &str> {
    verse
        .split(|letter: char| !letter.is_alphabetic() && letter != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
}

/// Why nothing was counted. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CountError {
    /// The parameters are of no use.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The text is of no use.
    #[error(transparent)]
    Text(#[from] TextError),
    /// There are fewer parts.
    #[error("count part {part}, counted from 0: there are {parts} (split has --parts)")]
    NoPart {
        /// Which was asked for.
        part: usize,
        /// How many there are.
        parts: usize,
    },
    /// A line has no verse.
    #[error("count the words of {line:?}: write every verse as \"Ge1:1 In the beginning\"")]
    NoVerse {
        /// The line, in lower case.
        line: String,
    },
}
