//! One flight's scenario: all that is decided before it begins.

use std::sync::Arc;
use std::time::Duration;

use raptor_core::flight::{Charter, Policy};
use raptor_core::manifest::Manifest;
use raptor_core::{FlightId, MemberIndex, Moment};

use crate::network::Delay;
use crate::prng::Prng;

/// Later than any flight of ours settles: one that waits for it hangs.
const FAR_MICROS: u64 = 1_000_000_000_000;

/// A flight's scenario. Lengths are in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) policy: Policy,
    pub(crate) slots: u16,
    /// What comes of asking each member, the leader first, who needs no asking.
    pub(crate) recruits: Vec<Recruit>,
    pub(crate) work: Work,
    /// By link, in the order of [`pairs`](crate::network::pairs).
    pub(crate) delays: Vec<Delay>,
    /// How long a node takes to notice that a link is down, at most.
    pub(crate) detection_max: u64,
    /// How late a timer fires, at most.
    pub(crate) timer_slack_max: u64,
    pub(crate) mishaps: Vec<(u64, Mishap)>,
    pub(crate) deadline: u64,
    pub(crate) join_timeout: u64,
    pub(crate) debrief_timeout: u64,
}

/// How attempts go.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// By function: how long an attempt takes.
    pub(crate) services: Vec<Service>,
    /// By function: what it gives.
    pub(crate) values: Vec<Values>,
    pub(crate) fault_per_mille: u64,
    /// How long a process takes to start, at most.
    pub(crate) launch_max: u64,
    /// How long a preempted process takes to end, at most.
    pub(crate) stop_max: u64,
}

/// How long attempts of a function take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Service {
    Constant(u64),
    Uniform {
        least: u64,
        most: u64,
    },
    Exponential {
        mean: u64,
    },
    /// Mostly short, seldom very long.
    Heavy {
        short: u64,
        long: u64,
    },
}

/// What attempts of a function give.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values {
    /// Each its own, as with a key that is drawn.
    Fresh,
    /// What the inputs determine.
    Determined,
    /// Always the same.
    Constant,
}

/// What comes of asking a node to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recruit {
    Joins {
        after: u64,
    },
    Refuses {
        after: u64,
    },
    /// It never answers.
    Silent,
}

/// What goes wrong at some time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mishap {
    LinkLost {
        one: MemberIndex,
        other: MemberIndex,
        heals_after: Option<u64>,
    },
    /// Every link between these members (a bit each) and the others is lost.
    Partition { side: u32, heals_after: Option<u64> },
    /// A node is killed.
    Crash(MemberIndex),
    /// The client, or a follower's node, wants no more of it.
    Cancel(MemberIndex),
}

impl Service {
    /// Longer than this many means an attempt never takes: it happens once in 10^8 and would make
    /// the bound on liveness meaningless.
    const MEANS_MAX: u64 = 20;

    pub(crate) fn draw(self, prng: &mut Prng) -> u64 {
        match self {
            Self::Constant(length) => length,
            Self::Uniform { least, most } => prng.between(least, most),
            Self::Exponential { mean } => prng.exponential(mean).min(self.most()),
            Self::Heavy { short, long } => {
                let length = if prng.chance(100) { long } else { short };
                prng.between(length / 2 + 1, length)
            }
        }
    }

    fn most(self) -> u64 {
        match self {
            Self::Constant(length) => length,
            Self::Uniform { most, .. } => most,
            Self::Exponential { mean } => mean * Self::MEANS_MAX,
            Self::Heavy { long, .. } => long,
        }
    }
}

impl Plan {
    /// A flight in fair weather with instant links and starts: N members, attempts of one
    /// exponential length, far deadline. What the law is measured with.
    pub(crate) fn ideal(seed: u64, manifest: Manifest, policy: Policy, service: Service) -> Self {
        let (size, functions) = (manifest.flight_size(), manifest.len());
        let instant = Delay { least: 1, most: 1 };
        let links = usize::from(size) * usize::from(size - 1) / 2;
        Self {
            seed,
            manifest: Arc::new(manifest),
            policy,
            slots: 1,
            recruits: vec![Recruit::Joins { after: 0 }; usize::from(size)],
            work: Work {
                services: vec![service; functions],
                values: vec![Values::Fresh; functions],
                fault_per_mille: 0,
                launch_max: 0,
                stop_max: 0,
            },
            delays: vec![instant; links],
            detection_max: 0,
            timer_slack_max: 0,
            mishaps: Vec::new(),
            deadline: FAR_MICROS,
            join_timeout: 2_000_000,
            debrief_timeout: 1_000_000,
        }
    }

    pub(crate) fn size(&self) -> u16 {
        self.manifest.flight_size()
    }

    pub(crate) fn charter(&self, me: MemberIndex) -> Charter {
        Charter {
            flight: FlightId(u128::from(self.seed)),
            me,
            size: self.size(),
            manifest: Arc::clone(&self.manifest),
            policy: self.policy,
            slots: self.slots,
            deadline: Moment::from_micros(self.deadline),
            join_timeout: Duration::from_micros(self.join_timeout),
            debrief_timeout: Duration::from_micros(self.debrief_timeout),
        }
    }

    /// Whether the deadline may end the flight.
    pub(crate) fn is_hurried(&self) -> bool {
        self.deadline < FAR_MICROS
    }

    /// Whether a settled leader waits long enough for everything that is still to be told.
    pub(crate) fn is_patient(&self) -> bool {
        self.debrief_timeout >= self.patience()
    }

    /// How long news may be under way: a link that dies meanwhile is noticed, the leader asked,
    /// and its answer awaited, while the last process ends.
    pub(crate) fn patience(&self) -> u64 {
        let delay = self.delays.iter().map(|delay| delay.most).max();
        2 * (self.detection_max + 4 * (delay.unwrap_or(0) + 100)) + self.work.stop_max + 1
    }

    /// Whether nobody is ever counted out: everyone joins in time and stays.
    pub(crate) fn is_undisturbed(&self) -> bool {
        let (delay, in_time) = (self.patience(), self.join_timeout);
        let joins = |recruit: &Recruit| match recruit {
            Recruit::Joins { after } => after + delay < in_time,
            Recruit::Refuses { .. } | Recruit::Silent => false,
        };
        self.mishaps.is_empty() && self.recruits.iter().all(joins)
    }

    /// When a flight whose leader lives has settled for sure: after the last mishap, every function
    /// may have to be tried as often as it may fail by one member after the other, and again for
    /// every input that loses, with all the news that this takes.
    pub(crate) fn settles_by(&self) -> u64 {
        let mishap = |(at, mishap): &(u64, Mishap)| match mishap {
            Mishap::LinkLost { heals_after, .. } | Mishap::Partition { heals_after, .. } => {
                at + heals_after.unwrap_or(0)
            }
            Mishap::Crash(_) | Mishap::Cancel(_) => *at,
        };
        let joined = |recruit: &Recruit| match recruit {
            Recruit::Joins { after } | Recruit::Refuses { after } => *after,
            Recruit::Silent => 0,
        };
        let last_mishap = self.mishaps.iter().map(mishap).max().unwrap_or(0);
        let last_recruit = self.recruits.iter().map(joined).max().unwrap_or(0);
        let quiet_from = last_mishap.max(last_recruit) + self.join_timeout;
        let service = self
            .work
            .services
            .iter()
            .map(|service| service.most())
            .max();
        let round = service.unwrap_or(0) + self.work.launch_max + self.patience();
        let functions = self.manifest.functions();
        let tries: u64 = functions.iter().map(|f| u64::from(f.retries) + 1).sum();
        let restarts = functions.len() as u64 + 1;
        quiet_from + self.timer_slack_max + tries * restarts * round * u64::from(self.size())
    }
}
