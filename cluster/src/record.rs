//! What the members of a flight did.

use std::time::Duration;

use raptor_core::flight::{AttemptOutcome, Policy};
use raptor_core::{AttemptId, FlightId, MemberIndex, NodeId, Stream, Zone};

/// What the members of a flight did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The activation.
    pub activation: FlightId,
    /// Who ran what.
    pub policy: Policy,
    /// How many members were wanted.
    pub size_wanted: u16,
    /// How many attempts the leader ran at once (`flight.slots`); in fork-join, nothing bounds them
    /// but the slots of the nodes.
    pub flight_slots: u16,
    /// How much weight of attempts, of all flights, the leader's node ran at once (`node.slots`).
    pub node_slots: u16,
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
    /// When its process ran, if it got that far: before, it waited for a slot of its node, and to
    /// be started.
    pub started_us: Option<i64>,
    /// When it ended, and how; none where nobody was left to say.
    pub end: Option<(i64, AttemptOutcome)>,
    /// What its function wrote, in the order in which it came; nothing of one that was preempted.
    /// Each node's `limits.log_bytes_max` and bounds of the flight cut it; then a last line says
    /// so.
    pub log: Vec<LogLine>,
}

/// One line that a function wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it had come, on the same clock as the attempt's times.
    pub at_us: i64,
    /// Where it was written to.
    pub stream: Stream,
    /// What it says, without the line break.
    pub text: String,
}
