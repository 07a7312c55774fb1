//! What clients are told.

use std::time::Duration;

use bincode::{BorrowDecode, Encode};
use bytes::Bytes;
use raptor_core::{FlightId, MemberIndex, NodeId, Zone, flight};

use super::super::DecodeError;
use super::flight::{AttemptId, AttemptOutcome, Fault, Stream};
use super::share;
use crate::{answer, record};

#[derive(Clone, Copy, Encode, BorrowDecode)]
pub(super) enum Policy {
    Flight,
    ForkJoin,
}

#[derive(Encode, BorrowDecode)]
pub(super) enum Answer<'a> {
    Landed(&'a [u8]),
    Failed {
        function: &'a str,
        faults: Vec<MemberFault<'a>>,
    },
    TimedOut,
    Cancelled,
    Refused(&'a str),
}

#[derive(Encode, BorrowDecode)]
pub(super) struct MemberFault<'a> {
    attempt: AttemptId,
    node: &'a str,
    fault: Fault<'a>,
}

#[derive(Encode, BorrowDecode)]
pub(super) enum Progress {
    Joined(u16),
    Missing(u16),
    Started(u16, u16),
    Won(u16, u16),
    Failed(u16, u16),
}

#[derive(Encode, BorrowDecode)]
pub(super) struct Record<'a> {
    activation: u128,
    policy: Policy,
    size_wanted: u16,
    flight_slots: u16,
    node_slots: u16,
    duration_micros: u64,
    members: Vec<Member<'a>>,
    attempts: Vec<Attempt<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct Member<'a> {
    index: u16,
    node: &'a str,
    zone: &'a str,
    rotation: u16,
    present: bool,
}

#[derive(Encode, BorrowDecode)]
struct Attempt<'a> {
    attempt: AttemptId,
    function: &'a str,
    pid: Option<u32>,
    start_us: i64,
    started_us: Option<i64>,
    end: Option<(i64, AttemptOutcome)>,
    log: Vec<LogLine<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct LogLine<'a> {
    at_us: i64,
    stream: Stream,
    text: &'a str,
}

/// A node's name out of a message.
pub(super) fn node(name: &str) -> Result<NodeId, DecodeError> {
    name.parse()
        .map_err(|_| DecodeError::Invalid("a node's name that is none"))
}

/// A zone's name out of a message.
pub(super) fn zone(name: &str) -> Result<Zone, DecodeError> {
    name.parse()
        .map_err(|_| DecodeError::Invalid("a zone's name that is none"))
}

impl From<flight::Policy> for Policy {
    fn from(policy: flight::Policy) -> Self {
        match policy {
            flight::Policy::Flight => Self::Flight,
            flight::Policy::ForkJoin => Self::ForkJoin,
        }
    }
}

impl From<Policy> for flight::Policy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Flight => Self::Flight,
            Policy::ForkJoin => Self::ForkJoin,
        }
    }
}

impl<'a> From<&'a answer::Answer> for Answer<'a> {
    fn from(answer: &'a answer::Answer) -> Self {
        match answer {
            answer::Answer::Landed(result) => Self::Landed(result),
            answer::Answer::Failed { function, faults } => {
                let fault = |fault: &'a answer::MemberFault| MemberFault {
                    attempt: fault.attempt.into(),
                    node: fault.node.as_str(),
                    fault: (&fault.fault).into(),
                };
                Self::Failed {
                    function,
                    faults: faults.iter().map(fault).collect(),
                }
            }
            answer::Answer::TimedOut => Self::TimedOut,
            answer::Answer::Cancelled => Self::Cancelled,
            answer::Answer::Refused(why) => Self::Refused(why),
        }
    }
}

impl Answer<'_> {
    pub(super) fn into_domain(self, message: &Bytes) -> Result<answer::Answer, DecodeError> {
        Ok(match self {
            Self::Landed(result) => answer::Answer::Landed(share(message, result)),
            Self::Failed { function, faults } => {
                let fault = |fault: MemberFault<'_>| {
                    Ok(answer::MemberFault {
                        attempt: fault.attempt.into(),
                        node: node(fault.node)?,
                        fault: fault.fault.into_domain(message),
                    })
                };
                let faults = faults
                    .into_iter()
                    .map(fault)
                    .collect::<Result<_, DecodeError>>()?;
                answer::Answer::Failed {
                    function: function.to_owned(),
                    faults,
                }
            }
            Self::TimedOut => answer::Answer::TimedOut,
            Self::Cancelled => answer::Answer::Cancelled,
            Self::Refused(why) => answer::Answer::Refused(why.to_owned()),
        })
    }
}

impl From<answer::Progress> for Progress {
    fn from(progress: answer::Progress) -> Self {
        match progress {
            answer::Progress::Joined(member) => Self::Joined(member.0),
            answer::Progress::Missing(member) => Self::Missing(member.0),
            answer::Progress::Started(member, at) => Self::Started(member.0, at),
            answer::Progress::Won(member, at) => Self::Won(member.0, at),
            answer::Progress::Failed(member, at) => Self::Failed(member.0, at),
        }
    }
}

impl From<Progress> for answer::Progress {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Joined(member) => Self::Joined(MemberIndex(member)),
            Progress::Missing(member) => Self::Missing(MemberIndex(member)),
            Progress::Started(member, at) => Self::Started(MemberIndex(member), at),
            Progress::Won(member, at) => Self::Won(MemberIndex(member), at),
            Progress::Failed(member, at) => Self::Failed(MemberIndex(member), at),
        }
    }
}

impl<'a> From<&'a record::Record> for Record<'a> {
    fn from(record: &'a record::Record) -> Self {
        let member = |member: &'a record::MemberRecord| Member {
            index: member.index.0,
            node: member.node.as_str(),
            zone: member.zone.as_str(),
            rotation: member.rotation,
            present: member.present,
        };
        let log = |line: &'a record::LogLine| LogLine {
            at_us: line.at_us,
            stream: line.stream.into(),
            text: &line.text,
        };
        let attempt = |line: &'a record::AttemptLine| Attempt {
            attempt: line.attempt.into(),
            function: &line.function,
            pid: line.pid,
            start_us: line.start_us,
            started_us: line.started_us,
            end: line.end.map(|(at, outcome)| (at, outcome.into())),
            log: line.log.iter().map(log).collect(),
        };
        Self {
            activation: record.activation.0,
            policy: record.policy.into(),
            size_wanted: record.size_wanted,
            flight_slots: record.flight_slots,
            node_slots: record.node_slots,
            duration_micros: u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX),
            members: record.members.iter().map(member).collect(),
            attempts: record.attempts.iter().map(attempt).collect(),
        }
    }
}

impl Record<'_> {
    pub(super) fn into_domain(self) -> Result<record::Record, DecodeError> {
        let member = |member: Member<'_>| {
            Ok(record::MemberRecord {
                index: MemberIndex(member.index),
                node: node(member.node)?,
                zone: zone(member.zone)?,
                rotation: member.rotation,
                present: member.present,
            })
        };
        let log = |line: LogLine<'_>| record::LogLine {
            at_us: line.at_us,
            stream: line.stream.into(),
            text: line.text.to_owned(),
        };
        let attempt = |line: Attempt<'_>| record::AttemptLine {
            attempt: line.attempt.into(),
            function: line.function.to_owned(),
            pid: line.pid,
            start_us: line.start_us,
            started_us: line.started_us,
            end: line.end.map(|(at, outcome)| (at, outcome.into())),
            log: line.log.into_iter().map(log).collect(),
        };
        Ok(record::Record {
            activation: FlightId(self.activation),
            policy: self.policy.into(),
            size_wanted: self.size_wanted,
            flight_slots: self.flight_slots,
            node_slots: self.node_slots,
            duration: Duration::from_micros(self.duration_micros),
            members: self
                .members
                .into_iter()
                .map(member)
                .collect::<Result<_, DecodeError>>()?,
            attempts: self.attempts.into_iter().map(attempt).collect(),
        })
    }
}
