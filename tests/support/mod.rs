//! What the node tests share.

mod action;
mod by_hand;
pub(crate) mod lan;
mod process;
mod program;
mod stage;
mod trio;
mod wait;

use std::process::ExitCode;

pub(crate) use action::{NOOP, action, directory, exec, gather, shell};
pub(crate) use by_hand::{ByHand, conf, free_address, zone};
pub(crate) use lan::Lan;
pub(crate) use process::{Process, attempts_of, descendants, descriptors, lines_of, mentioning};
pub(crate) use program::{Ended, Program, Running};
pub(crate) use stage::Stage;
pub(crate) use trio::{Flown, Trio, progress};
pub(crate) use wait::{PATIENCE, in_time, until};

/// Runs a function of the examples if this process is an attempt, `raptor fn ...`, or the child of
/// one.
pub(crate) fn be_a_function_if_asked() {
    let mut words = std::env::args_os().skip(1);
    let is_attempt = std::env::var_os("RAPTOR_ATTEMPT").is_some();
    if is_attempt && words.next().is_some_and(|word| word == "fn") {
        let code = raptor_functions::main(words);
        let is_it = |status: &u8| ExitCode::from(*status) == code;
        let status = (0..=u8::MAX).find(is_it);
        std::process::exit(status.expect("an exit code is one of 256").into());
    }
}
