//! The account that a leader gives of a flight.

use std::collections::BTreeMap;
use std::time::Duration;

use raptor_core::flight::{AttemptRecord, Flight, Standing, rotation};
use raptor_core::{MemberIndex, Moment, NodeId, NodeRecord};

use super::{Lead, Part};
use crate::envelope::Seat;
use crate::record::{AttemptLine, LogLine, MemberRecord, Record};

/// On which node each member of a flight is, or was last asked to be.
pub(crate) struct Seating {
    seats: BTreeMap<MemberIndex, NodeRecord>,
}

impl Seating {
    /// The leader alone.
    pub(crate) fn of_leader(leader: NodeRecord) -> Self {
        Self {
            seats: BTreeMap::from([(MemberIndex::LEADER, leader)]),
        }
    }

    pub(crate) fn seat(&mut self, seat: Seat) {
        self.seats.insert(seat.member, seat.record);
    }

    pub(super) fn node_of(&self, member: MemberIndex) -> Option<NodeId> {
        self.seats.get(&member).map(|record| record.node.clone())
    }
}

/// What the members did.
pub(super) fn record(
    part: &Part,
    lead: &Lead,
    flight: &Flight,
    settled: Option<Duration>,
    node_slots: u16,
    log: &[AttemptRecord],
) -> Record {
    let charter = &part.charter;
    let members = lead
        .seating
        .seats
        .iter()
        .map(|(index, record)| MemberRecord {
            index: *index,
            node: record.node.clone(),
            zone: record.zone.clone(),
            rotation: rotation(*index, charter.size, charter.manifest.len()) as u16,
            present: flight.standing(*index) == Standing::Up,
        });
    let start = part.clock.start();
    let lines = log.iter().map(|attempt| AttemptLine {
        attempt: attempt.attempt,
        function: charter.manifest.function(attempt.function).name.clone(),
        pid: attempt.pid,
        start_us: offset(attempt.launched, start),
        started_us: attempt.started.map(|at| offset(at, start)),
        end: attempt
            .end
            .map(|(at, outcome)| (offset(at, start), outcome)),
        log: attempt
            .log
            .iter()
            .map(|line| log_line(line, start))
            .collect(),
    });
    Record {
        activation: charter.flight,
        policy: charter.policy,
        size_wanted: lead.size_wanted,
        flight_slots: charter.slots,
        node_slots,
        duration: settled.unwrap_or_default(),
        members: members.collect(),
        attempts: lines.collect(),
    }
}

fn log_line(line: &raptor_core::LogLine, start: Moment) -> LogLine {
    LogLine {
        at_us: offset(line.at, start),
        stream: line.stream,
        text: line.text.clone(),
    }
}

/// How many microseconds `at` is after `start`; before it, less than none.
fn offset(at: Moment, start: Moment) -> i64 {
    let micros = |moment: Moment| i64::try_from(moment.as_micros()).unwrap_or(i64::MAX);
    micros(at).saturating_sub(micros(start))
}
