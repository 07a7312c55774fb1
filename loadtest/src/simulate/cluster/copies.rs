//! Attempts on their way to a server, in its queue, and running.

use std::time::Duration;

use raptor_core::{FunctionIndex, Moment};

use super::layout::ServerId;
use crate::flying::End;

slotmap::new_key_type! {
    /// One attempt, or one place in a queue that is kept for one. Never used twice.
    pub(crate) struct CopyKey;
}

/// What a scheduler sends to a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errand<J> {
    /// Whose it is, for the scheduler to know it again.
    pub(crate) job: J,
    /// The number of its workflow.
    pub(crate) number: u32,
    /// What is to be run.
    pub(crate) function: FunctionIndex,
}

/// An errand at its server.
#[derive(Debug)]
pub(crate) struct Placed<J> {
    pub(crate) errand: Errand<J>,
    pub(crate) server: ServerId,
    /// How many slots it takes.
    pub(crate) weight: u32,
    /// Whether its turn only lets the scheduler choose what is run.
    pub(crate) is_ticket: bool,
    pub(crate) stage: Stage,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// On its way.
    Sent,
    /// In its server's queue.
    Queued {
        /// Since when.
        since: Moment,
    },
    /// A ticket whose turn has come: it has a slot, and what runs there is being asked for.
    Held {
        /// How long it stood in the queue.
        waited: Duration,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Moment,
        /// Until when, as things stand.
        until: Moment,
        /// How it ends then.
        end: End,
    },
    /// It was stopped before it ran: it is nowhere, and its end is being told.
    Withdrawn,
}

/// A copy that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended<J> {
    /// Which.
    pub(crate) key: CopyKey,
    /// Whose it was.
    pub(crate) job: J,
    /// Where.
    pub(crate) server: ServerId,
    /// What it ran.
    pub(crate) function: FunctionIndex,
    /// How it ended.
    pub(crate) end: End,
}
