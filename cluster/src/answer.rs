//! What clients hear of their activations.

use std::fmt;

use bytes::Bytes;
use raptor_core::{AttemptId, Fault, MemberIndex, NodeId};

use crate::record::Record;

/// What a client hears of its activation, in this order: any number of `Progress`, one `Settled`,
/// and, unless the activation was refused, one `Recorded`.
#[derive(Clone, Debug, PartialEq)]
pub enum ActivationEvent {
    /// Something happened on the way. Only told to those who watch.
    Progress(Progress),
    /// The activation is decided.
    Settled(Answer),
    /// Every attempt has ended, and this is what they did.
    Recorded(Record),
    /// The leading node is lost; the text says what is known of it. Nothing comes after it.
    Lost(String),
}

/// How an activation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The result: the text of a JSON object.
    Landed(Bytes),
    /// A function failed on every member.
    Failed {
        /// The function.
        function: String,
        /// Each attempt's fault.
        faults: Vec<MemberFault>,
    },
    /// The timeout passed first.
    TimedOut,
    /// The client, or the leading node, ended it.
    Cancelled,
    /// It was not begun; the text says why.
    Refused(String),
}

/// One attempt's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFault {
    /// The attempt.
    pub attempt: AttemptId,
    /// The node that made it.
    pub node: NodeId,
    /// What went wrong.
    pub fault: Fault,
}

/// Something that happened in a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A member takes part.
    Joined(MemberIndex),
    /// A member does not take part, or no longer.
    Missing(MemberIndex),
    /// A member runs a function, by its place in the manifest.
    Started(MemberIndex, u16),
    /// A member gave a function's final value.
    Won(MemberIndex, u16),
    /// A member failed at a function.
    Failed(MemberIndex, u16),
}

impl fmt::Display for Answer {
    /// A line for each fault, worded for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Landed(result) => write!(f, "landed: {}", String::from_utf8_lossy(result)),
            Self::Failed { function, faults } => {
                write!(
                    f,
                    "the flight failed: every member has failed at \"{function}\""
                )?;
                faults.iter().try_for_each(
                    |MemberFault {
                         attempt,
                         node,
                         fault,
                     }| {
                        write!(f, "\n  member {} on {node}: it {fault}", attempt.member.0)
                    },
                )
            }
            Self::TimedOut => f.write_str("the activation timed out"),
            Self::Cancelled => f.write_str("the activation was cancelled"),
            Self::Refused(why) => write!(f, "the activation was refused: {why}"),
        }
    }
}
