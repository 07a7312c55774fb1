//! What is counted and traced: every notice of the machines ends here.
//!
//! Metrics go through the facade of crate `metrics`: whoever embeds a node installs a recorder, or
//! none. [`metrics()`] lists them.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use raptor_core::FlightId;
use raptor_core::flight::{self, AttemptOutcome, Charter, PreemptCause, Settlement};
use raptor_core::membership::{self, Census};
use raptor_core::supervision::{self, FlightLimit, Miss};
use tracing::{debug, info, warn};

use crate::actor::TRANSPORT_METRICS;
use crate::remote::REMOTE_METRICS;

/// A metric: its name, its unit, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, with the base unit at its end, as Prometheus wants it.
    pub name: &'static str,
    /// What kind it is.
    pub kind: MetricKind,
    /// Its unit; none for a plain count.
    pub unit: Option<metrics::Unit>,
    /// What it says.
    pub help: &'static str,
}

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// A distribution.
    Histogram,
}

const FLIGHTS: &str = "raptor_flights_total";
const FLIGHT_SECONDS: &str = "raptor_flight_seconds";
const ATTEMPTS: &str = "raptor_attempts_total";
const ATTEMPT_SECONDS: &str = "raptor_attempt_seconds";
const PREEMPTIONS: &str = "raptor_preemptions_total";
const PREEMPTION_SECONDS: &str = "raptor_preemption_seconds";
const WASTED_SECONDS: &str = "raptor_wasted_seconds";
const ADMISSIONS: &str = "raptor_flights_admitted_total";
const REFUSALS: &str = "raptor_flights_refused_total";
const RECRUITS_MISSED: &str = "raptor_recruits_missed_total";
const MEMBERS: &str = "raptor_members";
const PROBES: &str = "raptor_member_probes_total";
const SUSPICIONS: &str = "raptor_member_suspicions_total";
const STARVED_SECONDS: &str = "raptor_starved_seconds";
const GOSSIP_BYTES: &str = "raptor_gossip_bytes_total";

/// Every metric of a node but those of its transport.
const OWN_METRICS: &[Metric] = &[
    metric(
        FLIGHTS,
        MetricKind::Counter,
        None,
        "Flights that were decided here, by role and verdict",
    ),
    metric(
        FLIGHT_SECONDS,
        MetricKind::Histogram,
        Some(metrics::Unit::Seconds),
        "From the beginning of a flight on its leader to the verdict",
    ),
    metric(
        ATTEMPTS,
        MetricKind::Counter,
        None,
        "Attempts that ended here, by outcome",
    ),
    metric(
        ATTEMPT_SECONDS,
        MetricKind::Histogram,
        Some(metrics::Unit::Seconds),
        "From the launch of an attempt to its end, by outcome",
    ),
    metric(
        PREEMPTIONS,
        MetricKind::Counter,
        None,
        "Attempts that were told to stop, by cause",
    ),
    metric(
        PREEMPTION_SECONDS,
        MetricKind::Histogram,
        Some(metrics::Unit::Seconds),
        "From the order to stop an attempt to its end",
    ),
    metric(
        WASTED_SECONDS,
        MetricKind::Histogram,
        Some(metrics::Unit::Seconds),
        "How long attempts ran that were stopped: the price of speculation",
    ),
    metric(
        ADMISSIONS,
        MetricKind::Counter,
        None,
        "Flights that were admitted, by role",
    ),
    metric(
        REFUSALS,
        MetricKind::Counter,
        None,
        "Flights that were refused",
    ),
    metric(
        RECRUITS_MISSED,
        MetricKind::Counter,
        None,
        "Members that did not join, by cause",
    ),
    metric(
        MEMBERS,
        MetricKind::Gauge,
        None,
        "Other nodes, by state: up (the suspected ones among them), suspected, down",
    ),
    metric(
        PROBES,
        MetricKind::Counter,
        None,
        "Nodes that were asked whether they live",
    ),
    metric(
        SUSPICIONS,
        MetricKind::Counter,
        None,
        "Nodes that did not answer, by what came of it: suspected, and of those acquitted",
    ),
    metric(
        STARVED_SECONDS,
        MetricKind::Histogram,
        Some(metrics::Unit::Seconds),
        "For how long the node was kept from its processor",
    ),
    metric(
        GOSSIP_BYTES,
        MetricKind::Counter,
        Some(metrics::Unit::Bytes),
        "Bytes of gossip, by direction",
    ),
];

/// One metric.
pub(crate) const fn metric(
    name: &'static str,
    kind: MetricKind,
    unit: Option<metrics::Unit>,
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        unit,
        help,
    }
}

/// Every metric of a node.
pub fn metrics() -> impl Iterator<Item = Metric> {
    let others = TRANSPORT_METRICS.iter().chain(REMOTE_METRICS);
    OWN_METRICS.iter().chain(others).copied()
}

/// Tells the installed recorder what each metric means.
pub(crate) fn describe() {
    for Metric {
        name,
        kind,
        unit,
        help,
    } in metrics()
    {
        let unit = unit.unwrap_or(metrics::Unit::Count);
        match kind {
            MetricKind::Counter => metrics::describe_counter!(name, unit, help),
            MetricKind::Gauge => metrics::describe_gauge!(name, unit, help),
            MetricKind::Histogram => metrics::describe_histogram!(name, unit, help),
        }
    }
}

/// Counts and traces what happened in a flight.
pub(crate) fn flight(flight: FlightId, charter: &Charter, notice: &flight::Notice) {
    use flight::Notice;
    let me = charter.me.0;
    let name = |function: raptor_core::FunctionIndex| &*charter.manifest.function(function).name;
    match notice {
        Notice::Started { attempt, function } => {
            debug!(%flight, me, %attempt, function = name(*function), "an attempt runs");
        }
        Notice::Preempted {
            attempt,
            function,
            cause,
        } => {
            counter!(PREEMPTIONS, "cause" => preempt_cause(*cause)).increment(1);
            debug!(%flight, me, %attempt, function = name(*function), ?cause, "preempting");
        }
        Notice::Ended {
            attempt,
            function,
            outcome,
            took,
            stopping,
        } => {
            ended(*outcome, *took, *stopping);
            debug!(%flight, me, %attempt, function = name(*function), ?outcome, ?took, "an attempt ended");
        }
        Notice::Heard {
            attempt,
            function,
            value,
        } => {
            debug!(%flight, me, %attempt, function = name(*function), value, "a peer finished");
        }
        Notice::Sealed { function, attempt } => {
            debug!(%flight, me, %attempt, function = name(*function), "sealed");
        }
        Notice::Joined { member } => debug!(%flight, me, member = member.0, "a member joined"),
        Notice::Missing { member } => info!(%flight, me, member = member.0, "a member is missing"),
        Notice::Settled { how, took } => settled(flight, charter, *how, *took),
    }
}

fn ended(outcome: AttemptOutcome, took: Duration, stopping: Option<Duration>) {
    let word = match outcome {
        AttemptOutcome::Value => "value",
        AttemptOutcome::Fault => "fault",
        AttemptOutcome::Preempted { .. } => "preempted",
        AttemptOutcome::Cancelled { .. } => "cancelled",
    };
    counter!(ATTEMPTS, "outcome" => word).increment(1);
    histogram!(ATTEMPT_SECONDS, "outcome" => word).record(took);
    if let Some(stopping) = stopping {
        histogram!(PREEMPTION_SECONDS).record(stopping);
        histogram!(WASTED_SECONDS).record(took);
    }
}

fn settled(flight: FlightId, charter: &Charter, how: Settlement, took: Duration) {
    let leads = charter.me.leads();
    let verdict = match how {
        Settlement::Landed => "landed",
        Settlement::Failed => "failed",
        Settlement::TimedOut => "timed_out",
        Settlement::Cancelled => "cancelled",
        Settlement::Abandoned => "abandoned",
    };
    let role = if leads { "leader" } else { "follower" };
    counter!(FLIGHTS, "role" => role, "verdict" => verdict).increment(1);
    if leads {
        histogram!(FLIGHT_SECONDS).record(took);
    }
    debug!(%flight, role, verdict, ?took, "a flight settled");
}

fn preempt_cause(cause: PreemptCause) -> &'static str {
    match cause {
        PreemptCause::Straggler => "straggler",
        PreemptCause::LostInput => "lost_input",
        PreemptCause::Settled => "settled",
    }
}

/// Counts and traces what happened on a node.
pub(crate) fn supervision(notice: &supervision::Notice) {
    use supervision::Notice;
    match notice {
        Notice::Admitted { flight, limit } => {
            let role = match limit {
                FlightLimit::Led => "leader",
                FlightLimit::Followed => "follower",
            };
            counter!(ADMISSIONS, "role" => role).increment(1);
            debug!(%flight, role, "a flight was admitted");
        }
        Notice::Refused { flight, refusal } => {
            counter!(REFUSALS).increment(1);
            warn!(%flight, %refusal, "a flight was refused");
        }
        Notice::ShortHanded {
            flight,
            wanted,
            size,
        } => {
            info!(%flight, wanted, size, "there are fewer nodes than the flight wants members");
        }
        Notice::RecruitMissed {
            flight,
            member,
            node,
            cause,
        } => {
            let why = miss(*cause);
            counter!(RECRUITS_MISSED, "cause" => why).increment(1);
            warn!(%flight, member = member.0, %node, why, "a recruit was missed");
        }
        Notice::SeatVacant {
            flight,
            member,
            cause,
        } => {
            let why = miss(*cause);
            counter!(RECRUITS_MISSED, "cause" => why).increment(1);
            info!(%flight, member = member.0, why, "nobody came for a seat");
        }
    }
}

fn miss(cause: Miss) -> &'static str {
    match cause {
        Miss::Declined => "declined",
        Miss::Lost => "lost",
        Miss::Late => "late",
    }
}

/// Counts and traces what happened in the membership.
pub(crate) fn membership(notice: &membership::Notice) {
    use membership::Notice;
    match notice {
        Notice::Probed => counter!(PROBES).increment(1),
        Notice::Suspected { node } => {
            counter!(SUSPICIONS, "outcome" => "suspected").increment(1);
            info!(%node, "a node does not answer");
        }
        Notice::Acquitted { node } => {
            counter!(SUSPICIONS, "outcome" => "acquitted").increment(1);
            info!(%node, "a node that did not answer does");
        }
        Notice::Starved { by } => {
            histogram!(STARVED_SECONDS).record(*by);
            debug!(?by, "this node was kept from its processor");
        }
        Notice::Isolated => warn!("nothing is heard of any node: this one is cut off"),
        Notice::Renewed => warn!("this node was believed to be down, and has said that it is not"),
        Notice::Sent { bytes } => {
            counter!(GOSSIP_BYTES, "direction" => "sent").increment(*bytes as u64);
        }
        Notice::Heard { bytes } => {
            counter!(GOSSIP_BYTES, "direction" => "received").increment(*bytes as u64);
        }
        Notice::Malformed { node, why } => warn!(%node, why, "gossip cannot be read"),
    }
}

/// Says how many other nodes are what.
pub(crate) fn census(census: Census) {
    let Census {
        up,
        suspected,
        down,
    } = census;
    gauge!(MEMBERS, "state" => "up").set(up as f64);
    gauge!(MEMBERS, "state" => "suspected").set(suspected as f64);
    gauge!(MEMBERS, "state" => "down").set(down as f64);
}
