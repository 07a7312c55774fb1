//! Thumbnails of a photograph: decode, some sizes, a contact sheet.

use clap::Subcommand;

use crate::command::{Ending, FunctionError};
use crate::contract::Params;

mod decode;
mod picture;
mod resize;
mod sheet;

use decode::Decode;
pub(crate) use decode::DecodeError;
use resize::Resize;
pub(crate) use resize::ResizeError;
pub(crate) use sheet::SheetError;

/// One of the three steps.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Thumbnail {
    /// Decodes a photograph that comes with the action.
    Decode(Decode),
    /// Makes one thumbnail; depends on `decode`.
    Resize(Resize),
    /// Puts all thumbnails side by side; depends on the functions that resize.
    Sheet,
}

impl Thumbnail {
    /// Takes the step.
    pub(crate) fn run(&self, params: Params) -> Result<Ending, FunctionError> {
        match self {
            Self::Decode(flags) => Ending::of(flags.run(&params)?),
            Self::Resize(flags) => Ending::of(flags.run(&params)?),
            Self::Sheet => Ending::of(sheet::run(params)?),
        }
    }
}

#[cfg(test)]
mod tests;
