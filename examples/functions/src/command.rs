//! Which function, with which flags.

use clap::Parser;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::contract::{Params, ParamsError};
use crate::fail::{Fail, FailError};
use crate::hang::{Hang, HangError};
use crate::hello;
use crate::rsa_keygen::{KeygenError, RsaKeygen};
use crate::sleep::Sleep;
use crate::synthetic::{Synthetic, SyntheticError};
use crate::thumbnail::{DecodeError, ResizeError, SheetError, Thumbnail};
use crate::wordcount::{CountError, ReduceError, SplitError, Wordcount};

/// Runs one of the functions that come with Raptor.
///
/// Parameters are read from standard input, one line with a JSON object; the result goes to file
/// descriptor 3, or to standard output if that is not open.
#[derive(Debug, Parser)]
#[command(name = "raptor fn", no_binary_name = true)]
pub(crate) enum Command {
    /// Makes an RSA key pair, in PEM.
    RsaKeygen(RsaKeygen),
    /// Counts the words of a text.
    #[command(subcommand)]
    Wordcount(Wordcount),
    /// Makes thumbnails of a photograph.
    #[command(subcommand)]
    Thumbnail(Thumbnail),
    /// Takes a random time, asleep or at work.
    Synthetic(Synthetic),
    /// Sleeps for a random time.
    Sleep(Sleep),
    /// Gives {} at once.
    Noop,
    /// Gives back its parameters.
    Echo,
    /// Greets the parameter `name`: the first of the example `hello`.
    Hello,
    /// Finishes the greeting of `hello`: the second of the example `hello`.
    Greet,
    /// Fails in a chosen way.
    Fail(Fail),
    /// Ignores SIGTERM and does not end.
    Hang(Hang),
}

impl Command {
    /// Calls the function.
    pub(crate) fn run(&self, params: Params) -> Result<Ending, FunctionError> {
        match self {
            Self::RsaKeygen(flags) => Ending::of(flags.run(&params)?),
            Self::Wordcount(step) => step.run(params),
            Self::Thumbnail(step) => step.run(params),
            Self::Synthetic(flags) => Ending::of(flags.run(&params)?),
            Self::Sleep(flags) => Ending::of(flags.run(&params)?),
            Self::Noop => Ending::of(Map::new()),
            Self::Echo => Ending::of(params.into_object()),
            Self::Hello => Ending::of(hello::hello(&params)?),
            Self::Greet => Ending::of(hello::greet(&params)?),
            Self::Fail(flags) => Ok(flags.run()?),
            Self::Hang(flags) => Ending::of(flags.run()?),
        }
    }
}

/// How a function ended that did not fail.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    /// It gave this object.
    Gave(Value),
    /// It gave nothing and wants this exit status.
    Exited(u8),
}

impl Ending {
    /// It gave `result`, which serialises to an object.
    pub(crate) fn of(result: impl Serialize) -> Result<Self, FunctionError> {
        let result = json!(result);
        assert!(result.is_object(), "a result is an object: {result}");
        Ok(Self::Gave(result))
    }
}

/// Why a function failed; it becomes the `error` of its result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionError {
    /// Its parameters are of no use; nothing was done.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// No key was made.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
    /// The text was not split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// No words were counted.
    #[error(transparent)]
    Count(#[from] CountError),
    /// The counts were not added up.
    #[error(transparent)]
    Reduce(#[from] ReduceError),
    /// The photograph was not decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// There is no thumbnail.
    #[error(transparent)]
    Resize(#[from] ResizeError),
    /// There is no contact sheet.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// It was asked to fail, or has nothing to draw from.
    #[error(transparent)]
    Synthetic(#[from] SyntheticError),
    /// It failed to fail.
    #[error(transparent)]
    Fail(#[from] FailError),
    /// It does not hang.
    #[error(transparent)]
    Hang(#[from] HangError),
}
