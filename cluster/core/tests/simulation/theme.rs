//! Kinds of scenarios, so that a failure names its theme.

use std::time::Duration;

use raptor_core::MemberIndex;
use raptor_core::flight::Policy;
use raptor_core::manifest::Manifest;

use crate::network::{Delay, pairs};
use crate::plan::{Mishap, Plan, Recruit, Service, Values, Work};
use crate::prng::Prng;

/// What may go wrong in a scenario; the rest goes well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    /// Attempts fail.
    pub(crate) faults: bool,
    /// Links are lost and heal, or not; the network parts.
    pub(crate) links: bool,
    /// Followers' nodes are killed.
    pub(crate) crashes: bool,
    /// The leader's node is killed.
    pub(crate) decapitation: bool,
    /// Nodes refuse, answer late, or never.
    pub(crate) recruits: bool,
    /// Deadlines and debriefs are short.
    pub(crate) hurry: bool,
    /// The client cancels.
    pub(crate) cancels: bool,
    /// A follower's node wants no more of it.
    pub(crate) leavers: bool,
}

impl Theme {
    /// Nothing goes wrong, but that nodes are late and links slow.
    pub(crate) const FAIR: Self = Self {
        faults: false,
        links: false,
        crashes: false,
        decapitation: false,
        recruits: false,
        hurry: false,
        cancels: false,
        leavers: false,
    };
    pub(crate) const FAULTS: Self = Self {
        faults: true,
        ..Self::FAIR
    };
    pub(crate) const LINKS: Self = Self {
        links: true,
        ..Self::FAIR
    };
    pub(crate) const CRASHES: Self = Self {
        crashes: true,
        ..Self::FAULTS
    };
    pub(crate) const RECRUITS: Self = Self {
        recruits: true,
        ..Self::FAULTS
    };
    pub(crate) const DECAPITATION: Self = Self {
        decapitation: true,
        ..Self::LINKS
    };
    pub(crate) const HURRY: Self = Self {
        hurry: true,
        cancels: true,
        leavers: true,
        ..Self::FAIR
    };
    pub(crate) const LEAVERS: Self = Self {
        leavers: true,
        ..Self::RECRUITS
    };
    /// All that the leader survives: the flight must settle.
    pub(crate) const STORM: Self = Self {
        faults: true,
        links: true,
        crashes: true,
        recruits: true,
        leavers: true,
        ..Self::FAIR
    };
    /// All of it at once.
    pub(crate) const EVERYTHING: Self = Self {
        decapitation: true,
        hurry: true,
        cancels: true,
        ..Self::STORM
    };

    /// The scenario that belongs to `seed`.
    pub(crate) fn plan(self, seed: u64) -> Plan {
        let mut prng = Prng::new(seed);
        let manifest = manifest(&mut prng, self.faults);
        let mean = prng.pick(&[1_000, 20_000, 200_000]);
        let work = self.work(&mut prng, manifest.len(), mean);
        let delays = delays(&mut prng, manifest.flight_size(), mean);
        let mut plan = Plan {
            policy: prng.pick(&[
                Policy::Flight,
                Policy::Flight,
                Policy::Flight,
                Policy::ForkJoin,
            ]),
            slots: prng.pick(&[1, 1, 2, 3]),
            recruits: self.recruits(&mut prng, manifest.flight_size(), mean),
            work,
            delays,
            detection_max: prng.pick(&[10, mean / 2, 2 * mean]),
            timer_slack_max: prng.pick(&[0, 0, 500]),
            join_timeout: if self.recruits {
                prng.between(0, 4 * mean)
            } else {
                40 * mean
            },
            ..Plan::ideal(seed, manifest, Policy::Flight, Service::Constant(1))
        };
        plan.debrief_timeout = plan.patience();
        self.add_mishaps(&mut prng, &mut plan, mean);
        if self.hurry && prng.chance(500) {
            plan.deadline = prng.between(0, mean * (plan.manifest.len() as u64 + 2));
        }
        if self.hurry && prng.chance(300) {
            plan.debrief_timeout = prng.pick(&[0, 1, mean / 10, mean]);
        }
        plan
    }

    fn work(self, prng: &mut Prng, functions: usize, mean: u64) -> Work {
        let same = prng.chance(500).then(|| service(prng, mean));
        let mut services = || same.unwrap_or_else(|| service(prng, mean));
        Work {
            services: (0..functions).map(|_| services()).collect(),
            values: (0..functions)
                .map(|_| {
                    prng.pick(&[
                        Values::Fresh,
                        Values::Fresh,
                        Values::Determined,
                        Values::Constant,
                    ])
                })
                .collect(),
            fault_per_mille: if self.faults {
                prng.pick(&[20, 200, 500, 900])
            } else {
                0
            },
            launch_max: prng.pick(&[0, 1, mean / 4]),
            stop_max: prng.pick(&[0, 20, mean / 2]),
        }
    }

    fn recruits(self, prng: &mut Prng, size: u16, mean: u64) -> Vec<Recruit> {
        let mut recruit = |member| match prng.below(8) {
            0 if member > 0 && self.recruits => Recruit::Silent,
            1 if member > 0 && self.recruits => Recruit::Refuses {
                after: prng.below(2 * mean),
            },
            2 | 3 if self.recruits => Recruit::Joins {
                after: prng.below(8 * mean),
            },
            _ => Recruit::Joins {
                after: prng.below(mean),
            },
        };
        (0..size).map(&mut recruit).collect()
    }

    fn add_mishaps(self, prng: &mut Prng, plan: &mut Plan, mean: u64) {
        let horizon = mean * (plan.manifest.len() as u64 + 1);
        let follower = |prng: &mut Prng| {
            (plan.size() > 1)
                .then(|| MemberIndex(prng.between(1, u64::from(plan.size()) - 1) as u16))
        };
        let mut mishaps = Vec::new();
        if self.links {
            for _ in 0..prng.between(1, 6) {
                mishaps.extend(link_mishap(prng, plan, horizon));
            }
        }
        if self.crashes {
            for _ in 0..prng.between(1, 2) {
                mishaps.extend(follower(prng).map(Mishap::Crash));
            }
        }
        if self.decapitation && prng.chance(300) {
            mishaps.push(Mishap::Crash(MemberIndex::LEADER));
        }
        if self.cancels && prng.chance(300) {
            mishaps.push(Mishap::Cancel(MemberIndex::LEADER));
        }
        if self.leavers {
            mishaps.extend(follower(prng).map(Mishap::Cancel));
        }
        plan.mishaps = mishaps
            .into_iter()
            .map(|mishap| (prng.below(horizon), mishap))
            .collect();
    }
}

/// One to eight functions in a random order of the file, one to five members.
fn manifest(prng: &mut Prng, faults: bool) -> Manifest {
    let count = prng.between(1, 8) as usize;
    let density = prng.pick(&[0, 150, 350, 350, 1_000]);
    let mut places: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        places.swap(at, prng.below(at as u64 + 1) as usize);
    }
    let mut depends = vec![Vec::new(); count];
    for at in 1..count {
        for need in 0..at {
            // A density of 1,000 is a chain, not the complete graph.
            if prng.chance(density) && (density < 1_000 || need + 1 == at) {
                depends[places[at]].push(places[need]);
            }
        }
    }
    let depends: Vec<&[usize]> = depends.iter().map(Vec::as_slice).collect();
    let mut manifest = Manifest::from_depends(&depends).with_flight_size(prng.between(1, 5) as u16);
    let fragile = prng.pick(&[0, 0, 100, 500]);
    for function in manifest.indices() {
        let retries = if faults { prng.pick(&[0, 0, 1, 2]) } else { 0 };
        let idempotent = !prng.chance(fragile);
        manifest = manifest.with_function(function, |function| {
            function.retries = retries;
            function.idempotent = idempotent;
            function.timeout = Some(Duration::from_secs(1)).filter(|_| faults);
        });
    }
    manifest
}

fn service(prng: &mut Prng, mean: u64) -> Service {
    match prng.below(4) {
        0 => Service::Constant(mean),
        1 => Service::Uniform {
            least: 1,
            most: 2 * mean,
        },
        2 => Service::Heavy {
            short: mean / 2,
            long: 8 * mean,
        },
        _ => Service::Exponential { mean },
    }
}

/// Fast and slow links, some as slow as functions take.
fn delays(prng: &mut Prng, size: u16, mean: u64) -> Vec<Delay> {
    let all = prng.pick(&[None, None, Some(mean / 100), Some(mean)]);
    let mut delay = || {
        let most = all.unwrap_or_else(|| prng.pick(&[1, mean / 100, mean / 10, mean]));
        let least = prng.pick(&[1, most.max(2) / 2]);
        Delay {
            least,
            most: most.max(least),
        }
    };
    pairs(size).map(|_| delay()).collect()
}

fn link_mishap(prng: &mut Prng, plan: &Plan, horizon: u64) -> Option<Mishap> {
    let heals_after = prng
        .chance(800)
        .then(|| plan.detection_max + 1 + prng.below(horizon));
    if prng.chance(200) {
        let side = prng.below(1 << plan.size()) as u32;
        return Some(Mishap::Partition { side, heals_after });
    }
    let all: Vec<_> = pairs(plan.size()).collect();
    if all.is_empty() {
        return None;
    }
    // Links to the leader less often: their loss ends the follower's part.
    let among: Vec<_> = all
        .iter()
        .copied()
        .filter(|(low, _)| !low.leads())
        .collect();
    let among = if among.is_empty() || prng.chance(250) {
        all
    } else {
        among
    };
    let (one, other) = prng.pick(&among);
    Some(Mishap::LinkLost {
        one,
        other,
        heals_after,
    })
}
