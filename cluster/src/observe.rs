//! What is counted and traced: every notice of the machines ends here.
//!
//! Metrics go through the facade of crate `metrics`: whoever embeds a node installs a recorder, or
//! none. [`metrics()`] lists them.

mod meter;
mod metric;

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use raptor_core::flight::{self, AttemptOutcome, Charter, Policy, PreemptCause, Settlement};
use raptor_core::membership::{self, Census};
use raptor_core::supervision::{self, FlightLimit, Miss, Supervision};
use raptor_core::{FlightId, Incarnation, Zone};
use tracing::{debug, info, warn};

use crate::actor::TRANSPORT_METRICS;
use crate::remote::REMOTE_METRICS;
use meter::{
    ADMISSIONS, ATTEMPT_METRICS, ATTEMPT_SECONDS, ATTEMPTS, BUILD, DRAINING, FLIGHT_METRICS,
    FLIGHT_SECONDS, FLIGHTS, GOSSIP_BYTES, MEMBER_METRICS, MEMBERS, MEMBERS_UP, NODE_METRICS,
    PREEMPTION_SECONDS, PREEMPTIONS, PROBES, QUEUED, RECRUITS_MISSED, REFUSALS, SHORT_HANDED,
    SLOTS, SLOTS_USED, START_SECONDS, STARVED_SECONDS, SUSPICIONS, UNDERWAY, WARM, WASTED_SECONDS,
};
pub use metric::{DURATIONS_S, Label, MOMENTS_S, Metric, MetricKind};

/// Every metric of a node.
pub fn metrics() -> impl Iterator<Item = Metric> {
    [
        NODE_METRICS,
        FLIGHT_METRICS,
        ATTEMPT_METRICS,
        MEMBER_METRICS,
        TRANSPORT_METRICS,
        REMOTE_METRICS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Tells the installed recorder what each metric means.
pub(crate) fn describe() {
    metrics().for_each(|metric| metric.describe());
}

/// Says what runs here, and since when.
pub(crate) fn begun(incarnation: Incarnation) {
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(START_SECONDS).set(Duration::from_micros(incarnation.0).as_secs_f64());
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
    let policy = policy(charter.policy);
    counter!(FLIGHTS, "policy" => policy, "role" => role, "verdict" => verdict).increment(1);
    if leads {
        histogram!(FLIGHT_SECONDS, "policy" => policy, "verdict" => verdict).record(took);
    }
    debug!(%flight, role, verdict, ?took, "a flight settled");
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Flight => "flight",
        Policy::ForkJoin => "fork_join",
    }
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
            counter!(SHORT_HANDED).increment(1);
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

/// Says how many other nodes are what, and how many are up in each zone.
pub(crate) fn census(census: Census, up_by_zone: &BTreeMap<Zone, usize>) {
    let Census {
        up,
        suspected,
        down,
    } = census;
    gauge!(MEMBERS, "state" => "up").set(up as f64);
    gauge!(MEMBERS, "state" => "suspected").set(suspected as f64);
    gauge!(MEMBERS, "state" => "down").set(down as f64);
    for (zone, up) in up_by_zone {
        gauge!(MEMBERS_UP, "member_zone" => zone.to_string()).set(*up as f64);
    }
}

/// Says how much goes on on this node.
pub(crate) fn business(supervision: &Supervision) {
    let slots = supervision.slots();
    gauge!(SLOTS).set(slots.total());
    gauge!(SLOTS_USED).set(slots.running());
    gauge!(QUEUED).set(slots.queued() as f64);
    gauge!(DRAINING).set(f64::from(u8::from(supervision.load().is_draining)));
    for (role, limit) in [
        ("leader", FlightLimit::Led),
        ("follower", FlightLimit::Followed),
    ] {
        gauge!(UNDERWAY, "role" => role).set(supervision.underway(limit));
    }
}

/// Says how many processes wait for their attempts.
pub(crate) fn warm(processes: usize) {
    gauge!(WARM).set(processes as f64);
}
