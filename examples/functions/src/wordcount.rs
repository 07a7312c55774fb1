//! Counting words: split, some maps, reduce.
//!
//! What travels between them is small. Every member has the text, which comes with the action, so
//! `split` gives ranges of it and no text; and a part's counts take a hundredth of the time to
//! send that its text would.

use clap::Subcommand;

use crate::command::{Ending, FunctionError};
use crate::contract::Params;

mod count;
mod reduce;
mod split;
mod text;

use count::Count;
pub(crate) use count::CountError;
pub(crate) use reduce::ReduceError;
use split::Split;
pub(crate) use split::SplitError;

/// One of the three steps.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Wordcount {
    /// Finds parts of the text that are equally long, of whole verses.
    Split(Split),
    /// Counts the words of one part; depends on `split`.
    Count(Count),
    /// Adds up what all parts counted; depends on all of those.
    Reduce,
}

impl Wordcount {
    /// Takes the step.
    pub(crate) fn run(&self, params: Params) -> Result<Ending, FunctionError> {
        match self {
            Self::Split(flags) => Ending::of(flags.run(&params)?),
            Self::Count(flags) => Ending::of(flags.run(&params)?),
            Self::Reduce => Ending::of(reduce::run(params)?),
        }
    }
}

#[cfg(test)]
mod tests;
