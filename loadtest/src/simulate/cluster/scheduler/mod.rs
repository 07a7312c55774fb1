//! Schedulers: which attempts of a workflow run where, and when.

mod flight;
mod home;
mod sparrow;
mod spread;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use raptor_core::manifest::FLIGHT_SIZE_MAX;

use super::Cluster;
use super::copies::{CopyKey, Ended};

pub(crate) use flight::Flights;
pub(crate) use home::Homes;
pub(crate) use sparrow::Sparrow;
pub(crate) use spread::{Choice, Spread};

/// What decides in a simulated cluster.
pub(crate) trait Dispatcher: Sized {
    /// What a copy is of.
    type Job: Copy + fmt::Debug;
    /// What it waits for, other than copies.
    type Due: fmt::Debug;

    /// A workflow arrives.
    fn on_arrival(&mut self, cluster: &mut Cluster<Self>, number: u32);

    /// A copy has ended on its server; comes once for each. Whoever is elsewhere has not heard.
    fn on_ended(&mut self, cluster: &mut Cluster<Self>, ended: Ended<Self::Job>);

    /// The turn of a ticket has come on its server.
    fn on_turn(&mut self, cluster: &mut Cluster<Self>, ticket: CopyKey);

    /// What it waited for.
    fn on_due(&mut self, cluster: &mut Cluster<Self>, due: Self::Due);
}

/// A policy of a simulated cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scheduler {
    /// Every function once, as soon as its dependencies have values, on servers by chance.
    ForkJoin,
    /// The same, on the servers in turn.
    RoundRobin,
    /// Batch sampling with late binding: for each ready function so many probes queue at servers by
    /// chance, and the servers that reach theirs first get the functions. "Sparrow: distributed,
    /// low latency scheduling", K. Ousterhout, P. Wendell, M. Zaharia, I. Stoica, SOSP 2013.
    Sparrow {
        /// Probes per function.
        probes: u32,
    },
    /// Raptor's: so many members on servers by chance, spread over the zones.
    Flight {
        /// How many members.
        size: u16,
    },
    /// Fork-join, and one copy elsewhere of what has not ended after a while; the first counts.
    /// "The tail at scale", J. Dean and L. A. Barroso, Communications of the ACM 56(2), 2013.
    Hedge {
        /// How long after it was sent.
        after: Duration,
    },
    /// So many copies of every function at once, on servers by chance; the first counts.
    /// "Redundancy-d: the power of d choices for redundancy", K. Gardner, M. Harchol-Balter,
    /// A. Scheller-Wolf, M. Velednitsky, S. Zbarsky, Operations Research 65(4), 2017.
    Redundancy {
        /// How many.
        copies: u32,
    },
    /// Fork-join with all slots behind one queue: the ideal that no cluster is.
    Central,
}

/// A text names no scheduler. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "use the policy {text:?}: write fork-join, round-robin, central, sparrow:D or redundancy:D \
     with D from 1 to {COPIES_MAX}, flight:N with N from 1 to {FLIGHT_SIZE_MAX}, or hedge:DELAY \
     as hedge:300ms"
)]
pub(crate) struct SchedulerError {
    text: String,
}

/// More probes or copies than this flood any cluster.
pub(crate) const COPIES_MAX: u32 = 128;

impl FromStr for Scheduler {
    type Err = SchedulerError;

    fn from_str(text: &str) -> Result<Self, SchedulerError> {
        read(text).ok_or_else(|| SchedulerError {
            text: text.to_owned(),
        })
    }
}

fn read(text: &str) -> Option<Scheduler> {
    let (name, term) = match text.split_once(':') {
        Some((name, term)) => (name, Some(term)),
        None => (text, None),
    };
    let copies = || {
        let copies = term?.parse().ok();
        copies.filter(|copies| (1..=COPIES_MAX).contains(copies))
    };
    match (name, term) {
        ("fork-join", None) => Some(Scheduler::ForkJoin),
        ("round-robin", None) => Some(Scheduler::RoundRobin),
        ("central", None) => Some(Scheduler::Central),
        ("sparrow", Some(_)) => Some(Scheduler::Sparrow { probes: copies()? }),
        ("redundancy", Some(_)) => Some(Scheduler::Redundancy { copies: copies()? }),
        ("flight", Some(size)) => {
            let size = size.parse().ok();
            let size = size.filter(|size| (1..=FLIGHT_SIZE_MAX).contains(size))?;
            Some(Scheduler::Flight { size })
        }
        ("hedge", Some(after)) => {
            let after = humantime::parse_duration(after).ok()?;
            Some(Scheduler::Hedge { after })
        }
        _ => None,
    }
}

impl fmt::Display for Scheduler {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForkJoin => write!(f, "fork-join"),
            Self::RoundRobin => write!(f, "round-robin"),
            Self::Sparrow { probes } => write!(f, "sparrow:{probes}"),
            Self::Flight { size } => write!(f, "flight:{size}"),
            Self::Hedge { after } => write!(f, "hedge:{}", humantime::format_duration(*after)),
            Self::Redundancy { copies } => write!(f, "redundancy:{copies}"),
            Self::Central => write!(f, "central"),
        }
    }
}

impl Scheduler {
    /// How many different servers it needs: for the members of a flight, the copies of a function.
    pub(crate) fn servers_min(self) -> u32 {
        match self {
            Self::Flight { size } => u32::from(size),
            Self::Redundancy { copies } => copies,
            Self::Hedge { .. } => 2,
            Self::ForkJoin | Self::RoundRobin | Self::Sparrow { .. } | Self::Central => 1,
        }
    }

    /// Whether it may run a function more than once.
    pub(crate) fn is_redundant(self) -> bool {
        match self {
            Self::ForkJoin | Self::RoundRobin | Self::Sparrow { .. } | Self::Central => false,
            Self::Flight { size } => size > 1,
            Self::Redundancy { copies } => copies > 1,
            Self::Hedge { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_are_read_as_they_are_written() {
        for text in [
            "fork-join",
            "round-robin",
            "sparrow:2",
            "flight:3",
            "hedge:300ms",
            "redundancy:2",
            "central",
        ] {
            assert_eq!(text.parse::<Scheduler>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_scheduler_is_refused_with_what_would_be() {
        for text in [
            "",
            "fork-join:3",
            "sparrow",
            "sparrow:0",
            "flight:129",
            "hedge:soon",
        ] {
            let refused = text.parse::<Scheduler>().unwrap_err().to_string();
            assert!(refused.contains(&format!("{text:?}")), "{refused}");
            assert!(refused.contains("hedge:300ms"), "{refused}");
        }
    }
}
