//! What clients ask for, and what they get.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use raptor_core::flight::{AttemptOutcome, Policy};
use raptor_core::{AttemptId, Digest, Fault, FlightId, MemberIndex, NodeId, Zone};

use crate::bundle::Bundle;

/// How long an activation may take whose client does not say: as OpenWhisk has it.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// One request to run an action.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The action's manifest and files.
    pub bundle: Bundle,
    /// The action's parameters: the text of a JSON object.
    pub params: Bytes,
    /// The flight's size, where it shall differ from the manifest's.
    pub size: Option<u16>,
    /// Who runs what.
    pub policy: Policy,
    /// How long the activation may take.
    pub timeout: Duration,
    /// Whether to be told of what happens on the way.
    pub watch: bool,
}

impl Invocation {
    /// The defaults: no parameters, the manifest's size, speculation, a minute, unwatched.
    ///
    /// ```
    /// # use raptor_cluster::{Bundle, Invocation};
    /// # let bundle = Bundle::from_manifest(r#"{ "f": { "depends": [], "exec": ["true"] } }"#)?;
    /// let invocation = Invocation {
    ///     params: r#"{ "name": "Raptor" }"#.into(),
    ///     ..Invocation::new(bundle)
    /// };
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(bundle: Bundle) -> Self {
        Self {
            bundle,
            params: Bytes::from_static(b"{}"),
            size: None,
            policy: Policy::default(),
            timeout: TIMEOUT_DEFAULT,
            watch: false,
        }
    }
}

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

/// What the members of a flight did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The activation.
    pub activation: FlightId,
    /// Who ran what.
    pub policy: Policy,
    /// How many members were wanted.
    pub size_wanted: u16,
    /// From its arrival at the leader to its settling.
    pub duration: Duration,
    /// Those who were asked to take part, in the order of their indices.
    pub members: Vec<MemberRecord>,
    /// Every attempt that is known of, in the order of their launches.
    pub attempts: Vec<AttemptLine>,
}

/// One member of a flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// Its place.
    pub index: MemberIndex,
    /// The node.
    pub node: NodeId,
    /// Where the node stands.
    pub zone: Zone,
    /// Where in the manifest it started.
    pub rotation: u16,
    /// Whether it took part to the end.
    pub present: bool,
}

/// One attempt of a flight. Times are microseconds since the activation reached the leader, by the
/// clock of the member's own node; on a clock that lags they may be negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLine {
    /// The attempt.
    pub attempt: AttemptId,
    /// The function's name.
    pub function: String,
    /// Its process on the member's node, if it got that far.
    pub pid: Option<u32>,
    /// When it was launched.
    pub start_us: i64,
    /// When it ended, and how; none where nobody was left to say.
    pub end: Option<(i64, AttemptOutcome)>,
}

/// A content of the action, by its hash, with the content where it is small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleRef {
    /// The hash of the bundle's bytes.
    pub digest: Digest,
    /// The bundle's bytes, where asking for them would take longer than sending them.
    pub inline: Option<Bytes>,
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
