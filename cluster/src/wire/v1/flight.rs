//! What members of a flight tell each other.

use std::time::Duration;

use bincode::{BorrowDecode, Encode};
use bytes::Bytes;
use raptor_core::flight;
use raptor_core::{Digest, FaultKind, FunctionIndex, MemberIndex, Moment, Value};

use super::share;

#[derive(Encode, BorrowDecode)]
pub(super) enum Report<'a> {
    Started {
        attempt: AttemptId,
        function: u16,
        pid: u32,
    },
    Finished {
        attempt: AttemptId,
        function: u16,
        inputs: Vec<[u8; 32]>,
        outcome: Outcome<'a>,
    },
    Sealed {
        function: u16,
        attempt: AttemptId,
        digest: [u8; 32],
    },
    Out {
        member: u16,
    },
    Ended,
    Logged(Vec<AttemptRecord<'a>>),
    Closed,
}

#[derive(Clone, Copy, Encode, BorrowDecode)]
pub(super) struct AttemptId {
    member: u16,
    number: u32,
}

#[derive(Encode, BorrowDecode)]
pub(super) enum Outcome<'a> {
    Value(&'a [u8]),
    Fault(Fault<'a>),
}

#[derive(Encode, BorrowDecode)]
pub(super) struct Fault<'a> {
    kind: Kind<'a>,
    log: &'a str,
}

#[derive(Encode, BorrowDecode)]
enum Kind<'a> {
    Exited(i32),
    Signalled(i32),
    TimedOut { micros: u64 },
    Invalid(&'a str),
    Application(&'a [u8]),
    NotStarted(&'a str),
    Lost(&'a str),
    Busy,
    Oversized { bytes_max: u64 },
}

#[derive(Encode, BorrowDecode)]
pub(super) struct AttemptRecord<'a> {
    attempt: AttemptId,
    function: u16,
    pid: Option<u32>,
    launched_micros: u64,
    started_micros: Option<u64>,
    end: Option<(u64, AttemptOutcome)>,
    log: Vec<LogLine<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct LogLine<'a> {
    at_micros: u64,
    stream: Stream,
    text: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

#[derive(Encode, BorrowDecode)]
pub(super) enum AttemptOutcome {
    Value,
    Fault,
    Preempted { signal: Option<Signal> },
    Cancelled { signal: Option<Signal> },
}

#[derive(Encode, BorrowDecode)]
pub(super) enum Signal {
    Terminate,
    Continue,
    Kill,
}

impl From<raptor_core::AttemptId> for AttemptId {
    fn from(id: raptor_core::AttemptId) -> Self {
        Self {
            member: id.member.0,
            number: id.number,
        }
    }
}

impl From<AttemptId> for raptor_core::AttemptId {
    fn from(id: AttemptId) -> Self {
        Self {
            member: MemberIndex(id.member),
            number: id.number,
        }
    }
}

impl<'a> From<&'a flight::Report> for Report<'a> {
    fn from(report: &'a flight::Report) -> Self {
        match report {
            flight::Report::Started {
                attempt,
                function,
                pid,
            } => Self::Started {
                attempt: (*attempt).into(),
                function: function.0,
                pid: *pid,
            },
            flight::Report::Finished(finding) => Self::Finished {
                attempt: finding.attempt.into(),
                function: finding.function.0,
                inputs: finding
                    .inputs
                    .iter()
                    .map(|digest| *digest.as_bytes())
                    .collect(),
                outcome: (&finding.outcome).into(),
            },
            flight::Report::Sealed {
                function,
                attempt,
                digest,
            } => Self::Sealed {
                function: function.0,
                attempt: (*attempt).into(),
                digest: *digest.as_bytes(),
            },
            flight::Report::Out { member } => Self::Out { member: member.0 },
            flight::Report::Ended => Self::Ended,
            flight::Report::Logged(log) => {
                Self::Logged(log.iter().map(AttemptRecord::from).collect())
            }
            flight::Report::Closed => Self::Closed,
        }
    }
}

impl Report<'_> {
    pub(super) fn into_domain(self, message: &Bytes) -> flight::Report {
        match self {
            Self::Started {
                attempt,
                function,
                pid,
            } => flight::Report::Started {
                attempt: attempt.into(),
                function: FunctionIndex(function),
                pid,
            },
            Self::Finished {
                attempt,
                function,
                inputs,
                outcome,
            } => flight::Report::Finished(flight::Finding {
                attempt: attempt.into(),
                function: FunctionIndex(function),
                inputs: inputs.into_iter().map(Digest::from_bytes).collect(),
                outcome: outcome.into_domain(message),
            }),
            Self::Sealed {
                function,
                attempt,
                digest,
            } => flight::Report::Sealed {
                function: FunctionIndex(function),
                attempt: attempt.into(),
                digest: Digest::from_bytes(digest),
            },
            Self::Out { member } => flight::Report::Out {
                member: MemberIndex(member),
            },
            Self::Ended => flight::Report::Ended,
            Self::Logged(log) => {
                flight::Report::Logged(log.into_iter().map(AttemptRecord::into_domain).collect())
            }
            Self::Closed => flight::Report::Closed,
        }
    }
}

impl<'a> From<&'a flight::Outcome> for Outcome<'a> {
    fn from(outcome: &'a flight::Outcome) -> Self {
        match outcome {
            flight::Outcome::Value(value) => Self::Value(value.body()),
            flight::Outcome::Fault(fault) => Self::Fault(fault.into()),
        }
    }
}

impl Outcome<'_> {
    fn into_domain(self, message: &Bytes) -> flight::Outcome {
        match self {
            Self::Value(body) => flight::Outcome::Value(Value::new(share(message, body))),
            Self::Fault(fault) => flight::Outcome::Fault(fault.into_domain(message)),
        }
    }
}

impl<'a> From<&'a raptor_core::Fault> for Fault<'a> {
    fn from(fault: &'a raptor_core::Fault) -> Self {
        let kind = match &fault.kind {
            FaultKind::Exited(code) => Kind::Exited(*code),
            FaultKind::Signalled(signal) => Kind::Signalled(*signal),
            FaultKind::TimedOut(limit) => Kind::TimedOut {
                micros: u64::try_from(limit.as_micros()).unwrap_or(u64::MAX),
            },
            FaultKind::Invalid(what) => Kind::Invalid(what),
            FaultKind::Application(value) => Kind::Application(value.body()),
            FaultKind::NotStarted(why) => Kind::NotStarted(why),
            FaultKind::Lost(why) => Kind::Lost(why),
            FaultKind::Busy => Kind::Busy,
            FaultKind::Oversized { bytes_max } => Kind::Oversized {
                bytes_max: *bytes_max as u64,
            },
        };
        Self {
            kind,
            log: &fault.log,
        }
    }
}

impl Fault<'_> {
    pub(super) fn into_domain(self, message: &Bytes) -> raptor_core::Fault {
        let kind = match self.kind {
            Kind::Exited(code) => FaultKind::Exited(code),
            Kind::Signalled(signal) => FaultKind::Signalled(signal),
            Kind::TimedOut { micros } => FaultKind::TimedOut(Duration::from_micros(micros)),
            Kind::Invalid(what) => FaultKind::Invalid(what.to_owned()),
            Kind::Application(body) => FaultKind::Application(Value::new(share(message, body))),
            Kind::NotStarted(why) => FaultKind::NotStarted(why.to_owned()),
            Kind::Lost(why) => FaultKind::Lost(why.to_owned()),
            Kind::Busy => FaultKind::Busy,
            Kind::Oversized { bytes_max } => FaultKind::Oversized {
                bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
            },
        };
        raptor_core::Fault::new(kind, self.log)
    }
}

impl<'a> From<&'a flight::AttemptRecord> for AttemptRecord<'a> {
    fn from(record: &'a flight::AttemptRecord) -> Self {
        let line = |line: &'a raptor_core::LogLine| LogLine {
            at_micros: line.at.as_micros(),
            stream: line.stream.into(),
            text: &line.text,
        };
        Self {
            attempt: record.attempt.into(),
            function: record.function.0,
            pid: record.pid,
            launched_micros: record.launched.as_micros(),
            started_micros: record.started.map(Moment::as_micros),
            end: record
                .end
                .map(|(at, outcome)| (at.as_micros(), outcome.into())),
            log: record.log.iter().map(line).collect(),
        }
    }
}

impl AttemptRecord<'_> {
    fn into_domain(self) -> flight::AttemptRecord {
        let line = |line: LogLine<'_>| raptor_core::LogLine {
            at: Moment::from_micros(line.at_micros),
            stream: line.stream.into(),
            text: line.text.to_owned(),
        };
        flight::AttemptRecord {
            attempt: self.attempt.into(),
            function: FunctionIndex(self.function),
            pid: self.pid,
            launched: Moment::from_micros(self.launched_micros),
            started: self.started_micros.map(Moment::from_micros),
            end: self
                .end
                .map(|(at, outcome)| (Moment::from_micros(at), outcome.into())),
            log: self.log.into_iter().map(line).collect(),
        }
    }
}

impl From<flight::AttemptOutcome> for AttemptOutcome {
    fn from(outcome: flight::AttemptOutcome) -> Self {
        let ours = |signal: Option<raptor_core::Signal>| signal.map(Signal::from);
        match outcome {
            flight::AttemptOutcome::Value => Self::Value,
            flight::AttemptOutcome::Fault => Self::Fault,
            flight::AttemptOutcome::Preempted { signal } => Self::Preempted {
                signal: ours(signal),
            },
            flight::AttemptOutcome::Cancelled { signal } => Self::Cancelled {
                signal: ours(signal),
            },
        }
    }
}

impl From<AttemptOutcome> for flight::AttemptOutcome {
    fn from(outcome: AttemptOutcome) -> Self {
        let theirs = |signal: Option<Signal>| signal.map(raptor_core::Signal::from);
        match outcome {
            AttemptOutcome::Value => Self::Value,
            AttemptOutcome::Fault => Self::Fault,
            AttemptOutcome::Preempted { signal } => Self::Preempted {
                signal: theirs(signal),
            },
            AttemptOutcome::Cancelled { signal } => Self::Cancelled {
                signal: theirs(signal),
            },
        }
    }
}

impl From<raptor_core::Stream> for Stream {
    fn from(stream: raptor_core::Stream) -> Self {
        match stream {
            raptor_core::Stream::Stdout => Self::Stdout,
            raptor_core::Stream::Stderr => Self::Stderr,
        }
    }
}

impl From<Stream> for raptor_core::Stream {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Stdout => Self::Stdout,
            Stream::Stderr => Self::Stderr,
        }
    }
}

impl From<raptor_core::Signal> for Signal {
    fn from(signal: raptor_core::Signal) -> Self {
        match signal {
            raptor_core::Signal::Terminate => Self::Terminate,
            raptor_core::Signal::Continue => Self::Continue,
            raptor_core::Signal::Kill => Self::Kill,
        }
    }
}

impl From<Signal> for raptor_core::Signal {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Terminate => Self::Terminate,
            Signal::Continue => Self::Continue,
            Signal::Kill => Self::Kill,
        }
    }
}
