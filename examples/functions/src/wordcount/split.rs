//! The first step: where the parts are.

use clap::{Args, value_parser};
use serde::{Deserialize, Serialize};

use super::text::{Part, Text, TextError};
use crate::action_file::ActionFile;
use crate::contract::{Params, ParamsError};

/// More parts than a manifest has functions are for nobody.
const PARTS_MAX: i64 = 1024;

/// Finds parts of the text that are equally long, of whole verses.
#[derive(Args, Clone, Debug)]
pub(crate) struct Split {
    /// The text, verses such as "Ge1:1 In the beginning" one a line, packed if it ends in .gz: a
    /// path from the action's directory on. The parameter `text` overrides it.
    #[arg(long, value_name = "FILE", default_value = "kjv.txt.gz")]
    pub(super) text: ActionFile,
    /// How many parts: as many as functions count.
    #[arg(
        long,
        value_name = "K",
        default_value = "3",
        value_parser = value_parser!(u16).range(1..=PARTS_MAX)
    )]
    pub(super) parts: u16,
}

/// What it gives: not the text, which everybody has.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Division {
    /// The text that was divided.
    pub(super) text: ActionFile,
    /// Its parts.
    pub(super) parts: Vec<Part>,
    /// How many lines, and so verses, it has.
    pub(super) verses: usize,
}

impl Split {
    /// Reads the text, and finds its parts.
    pub(super) fn run(&self, params: &Params) -> Result<Division, SplitError> {
        let file = params.get("text")?.unwrap_or_else(|| self.text.clone());
        let text = Text::read(&file)?;
        let parts = text.parts(self.parts.into());
        Ok(Division {
            verses: parts.iter().map(|part| text.lines(*part)).sum(),
            parts,
            text: file,
        })
    }
}

/// Why there are no parts. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SplitError {
    /// The parameters are of no use.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The text is of no use.
    #[error(transparent)]
    Text(#[from] TextError),
}
