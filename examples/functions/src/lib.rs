//! The functions of the examples: what `raptor fn NAME` runs.
//!
//! A node forks one process per attempt, and an `exec` such as `["raptor", "fn", "noop"]` makes
//! that process this library. So a function here starts at once, does its work on one thread and
//! ends; nothing is prepared that it might not need.
//!
//! | function | gives |
//! | --- | --- |
//! | `rsa-keygen` | an RSA key pair in PEM: honest work of random length |
//! | `wordcount` | the words of a text: a split, counts of its parts, their sum |
//! | `thumbnail` | thumbnails of a photograph: decoding, sizes, a contact sheet |
//! | `synthetic` | a time drawn from a distribution, asleep or at work, with faults if asked for |
//! | `sleep` | the same in its simplest form: random length without work |
//! | `noop`, `echo` | nothing, its parameters: what a process costs |
//! | `hello`, `greet` | a sequence of two |
//! | `fail`, `hang` | faults and stragglers, for tests of those who must bear them |
//!
//! [`contract`] is the other half: how a native function reads its parameters and gives its
//! result. A function of one's own needs no more than that module.

mod action_file;
mod command;
pub mod contract;
mod dice;
pub mod distribution;
mod fail;
mod hang;
mod hello;
mod rsa_keygen;
mod sleep;
mod synthetic;
pub mod terms;
mod thumbnail;
mod wordcount;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use contract::{Outlet, Params};

use command::{Command, Ending};

/// Runs the function that `args` name, `args` being what stands after `raptor fn`.
///
/// Call it before anything else in the process opens a file: the result goes to the descriptor
/// number that the contract fixes, and a file opened earlier could have been given that number.
///
/// The exit status is 0 if a result was given (an `error` object too is a result), 2 if `args`
/// make no sense, and 1 if the result could not be written; `fail` chooses its own.
pub fn main<I>(args: I) -> ExitCode
where
    I: IntoIterator<Item: Into<OsString> + Clone>,
{
    let outlet = Outlet::take();
    match Command::try_parse_from(args) {
        Ok(command) => run(&command, outlet),
        Err(usage) => {
            // Help goes to the standard output and complaints to the standard error; if neither
            // can be written, the exit status is all that is left to say it with.
            let _ = usage.print();
            ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
        }
    }
}

fn run(command: &Command, outlet: Outlet) -> ExitCode {
    let ending = Params::read()
        .map_err(Into::into)
        .and_then(|params| command.run(params));
    let sent = match ending {
        Ok(Ending::Gave(result)) => outlet.send(&result),
        Ok(Ending::Exited(status)) => return ExitCode::from(status),
        Err(error) => outlet.send_error(&format!("failed to {error}")),
    };
    match sent {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}
