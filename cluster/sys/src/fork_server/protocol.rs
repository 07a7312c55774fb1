//! What a node and its fork server say to each other.
//!
//! Both ends are the same program, so it needs no version; what does not decode is a bug.

use std::ffi::CString;
use std::time::Duration;

use nix::errno::Errno;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::hardening::Credentials;
use crate::signal::Exit;

/// The longest message: an order of [`super::LAUNCH_BYTES_MAX`], and its frame.
pub(super) const REQUEST_BYTES_MAX: usize = super::LAUNCH_BYTES_MAX + 64;

/// The longest answer: a few numbers.
pub(super) const ANSWER_BYTES_MAX: usize = 128;

/// What the node asks for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Request {
    /// Start this; answered under its ticket with `Launched` or `Refused`. Four descriptors come
    /// with it.
    Launch {
        /// Chosen by the node.
        ticket: u64,
        /// What to start.
        order: Order,
    },
    /// Kill this leader's group and what left it, reap it; answered with `Reaped`.
    Reap {
        /// Its PID.
        leader: i32,
    },
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// It is up: said once, at first.
    Ready,
    /// It runs.
    Launched {
        /// Which launch.
        ticket: u64,
        /// The PID of its leader.
        leader: i32,
    },
    /// It was not started, and nothing is left of the try.
    Refused {
        /// Which launch.
        ticket: u64,
        /// Why.
        refusal: Refusal,
    },
    /// The leader ended, and is unreaped.
    Exited {
        /// Its PID.
        leader: i32,
        /// How it ended.
        exit: Exit,
    },
    /// Nothing of the group is left.
    Reaped {
        /// The PID that its leader had.
        leader: i32,
        /// How it ended.
        exit: Exit,
        /// Processor time of the leader and of what it had reaped.
        cpu: Duration,
    },
}

/// Why the server starts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Refusal {
    /// The marker belongs to a group that is not reaped yet.
    MarkerTaken,
    /// A step on the way to the program failed.
    Failed {
        /// Which one.
        step: Step,
        /// With which error number.
        errno: i32,
    },
}

impl Refusal {
    /// `step` failed with `errno`.
    pub(super) fn failed(step: Step, errno: Errno) -> Self {
        let errno = errno as i32;
        Self::Failed { step, errno }
    }
}

/// A launch in the form in which the kernel takes it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    /// What to execute.
    pub(super) target: Target,
    /// From `argv[0]`.
    pub(super) argv: Vec<CString>,
    /// `NAME=value`, the marker included.
    pub(super) env: Vec<CString>,
    /// Absolute.
    pub(super) dir: CString,
    /// The value of the marker.
    pub(super) marker: Vec<u8>,
    /// Added to the server's own.
    pub(super) nice: i32,
    /// `RLIMIT_DATA`.
    pub(super) memory_bytes_max: Option<u64>,
    /// Whom it runs as, if not as the server.
    pub(super) credentials: Option<Credentials>,
}

/// The program of an order.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Target {
    /// The server's own.
    Own,
    /// The first of these that can be executed; never empty.
    Paths(Vec<CString>),
}

/// `message` as bytes.
pub(super) fn encode(message: &impl Serialize) -> Vec<u8> {
    bincode::serde::encode_to_vec(message, bincode::config::standard())
        .expect("plain data encodes into memory")
}

/// The message that `bytes` hold.
///
/// # Panics
///
/// If they hold none: both ends are the same program.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
    let config = bincode::config::standard().with_limit::<{ 4 * REQUEST_BYTES_MAX }>();
    match bincode::serde::decode_from_slice(bytes, config) {
        Ok((message, length)) if length == bytes.len() => message,
        Ok((_, length)) => panic!("{} bytes hold a message of {length}", bytes.len()),
        Err(error) => panic!("no message of the fork server's protocol: {error}"),
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
