//! An activation as one JSON object.

use raptor_cluster::{AttemptOutcome, Record, Signal};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct Activation<'a> {
    activation_id: String,
    duration_us: u128,
    policy: &'static str,
    size_wanted: u16,
    flight_slots: u16,
    node_slots: u16,
    members: Vec<Member<'a>>,
    attempts: Vec<Attempt<'a>>,
    result: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Member<'a> {
    index: u16,
    node: &'a str,
    zone: &'a str,
    rotation: u16,
    present: bool,
}

#[derive(Serialize)]
struct Attempt<'a> {
    function: &'a str,
    member: u16,
    pid: Option<u32>,
    start_us: i64,
    started_us: Option<i64>,
    end_us: Option<i64>,
    outcome: Option<&'static str>,
    signal: Option<&'static str>,
}

/// The record and the result, or the error, as one line of JSON.
pub(crate) fn json(record: &Record, result: Result<&[u8], String>) -> String {
    let (result, error) = match result {
        Ok(body) => (serde_json::from_slice(body).ok(), None),
        Err(error) => (None, Some(error)),
    };
    let members = record.members.iter().map(|member| Member {
        index: member.index.0,
        node: member.node.as_str(),
        zone: member.zone.as_str(),
        rotation: member.rotation,
        present: member.present,
    });
    let attempts = record.attempts.iter().map(|line| Attempt {
        function: &line.function,
        member: line.attempt.member.0,
        pid: line.pid,
        start_us: line.start_us,
        started_us: line.started_us,
        end_us: line.end.map(|(at, _)| at),
        outcome: line.end.map(|(_, outcome)| word(outcome)),
        signal: line.end.and_then(|(_, outcome)| signal(outcome)),
    });
    let activation = Activation {
        activation_id: record.activation.to_string(),
        duration_us: record.duration.as_micros(),
        policy: policy(record),
        size_wanted: record.size_wanted,
        flight_slots: record.flight_slots,
        node_slots: record.node_slots,
        members: members.collect(),
        attempts: attempts.collect(),
        result,
        error,
    };
    serde_json::to_string(&activation).expect("it has string keys only")
}

/// The name of the policy, as the command line spells it.
pub(super) fn policy(record: &Record) -> &'static str {
    match record.policy {
        raptor_cluster::Policy::Flight => "flight",
        raptor_cluster::Policy::ForkJoin => "fork-join",
    }
}

/// How an attempt ended, in a word.
pub(super) fn word(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Value => "value",
        AttemptOutcome::Fault => "fault",
        AttemptOutcome::Preempted { .. } => "preempted",
        AttemptOutcome::Cancelled { .. } => "cancelled",
    }
}

/// The signal that ended an attempt that was stopped.
pub(super) fn signal(outcome: AttemptOutcome) -> Option<&'static str> {
    match outcome {
        AttemptOutcome::Value | AttemptOutcome::Fault => None,
        AttemptOutcome::Preempted { signal } | AttemptOutcome::Cancelled { signal } => {
            signal.map(|signal| match signal {
                Signal::Terminate => "SIGTERM",
                Signal::Continue => "SIGCONT",
                Signal::Kill => "SIGKILL",
            })
        }
    }
}
