//! The groups that the server guards, and what strays from them.
//!
//! A process leaves its group with `setsid`, but not its ancestors: when its parent dies, the
//! server, a subreaper, becomes its parent. So whatever an attempt leaves behind is, sooner or
//! later, a direct child of the server that leads no group: a *stray*. Killing strays until none
//! is left reaches every descendant, however it forks: it always ends up here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpgrp};

use super::kin::{self, Kin, Marker};
use crate::signal::Exit;
use crate::wait::{self, Ended};

/// How long a stray may be without an environment, as it is while it executes a program or ends,
/// before it counts as nobody's. That takes microseconds, but may wait for processor or disk.
const UNDECIDED_MAX: Duration = Duration::from_secs(1);

/// How soon a stray is looked at again that is without an environment; no signal comes when it has
/// one.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// How often strays are looked for as long as there are attempts: the kernel says nothing when it
/// gives the server the child of a grandchild that died.
const ROUND: Duration = Duration::from_secs(1);

/// The groups of all attempts, by their leaders, who are children of this process.
pub(super) struct Wards {
    wards: BTreeMap<Pid, Ward>,
    kin: Kin,
    /// Strays that were sent SIGKILL.
    doomed: BTreeSet<Pid>,
    /// Strays without an environment at the last sweep, and since when.
    undecided: BTreeMap<Pid, Instant>,
    next_look: Option<Duration>,
    own_group: Pid,
}

struct Ward {
    marker: Vec<u8>,
    exit: Option<Exit>,
    /// To be killed and reaped.
    condemned: bool,
}

/// What became of one stray at one look.
enum Look {
    /// It was dead, and is reaped. Its children came to us before it died.
    Buried,
    /// It is being killed, for this ward or, if none is known, for any.
    Doomed(Option<Pid>),
    /// It belongs to an attempt that goes on.
    Spared,
    /// It cannot be told yet, for it is just executing a program, or ending.
    Undecided,
}

/// Where a stray belongs.
enum Owner {
    /// To the group of this leader.
    Ward(Pid),
    /// To none.
    Nobody,
    /// That cannot be told yet.
    Undecided,
}

impl Wards {
    /// No groups yet.
    pub(super) fn new() -> Self {
        Self {
            wards: BTreeMap::new(),
            kin: Kin::new(),
            doomed: BTreeSet::new(),
            undecided: BTreeMap::new(),
            next_look: None,
            own_group: getpgrp(),
        }
    }

    /// Whether nothing is guarded.
    pub(super) fn is_empty(&self) -> bool {
        self.wards.is_empty()
    }

    /// Whether a group goes by this marker.
    pub(super) fn know(&self, marker: &[u8]) -> bool {
        self.by_marker(marker).is_some()
    }

    fn by_marker(&self, marker: &[u8]) -> Option<Pid> {
        let mut wards = self.wards.iter();
        wards.find_map(|(leader, ward)| (ward.marker == marker).then_some(*leader))
    }

    /// After which time the next sweep is due although no child changed; `None` if it is not.
    pub(super) fn next_look(&self) -> Option<Duration> {
        let rounds = (!self.wards.is_empty()).then_some(ROUND);
        self.next_look.or(rounds)
    }

    /// Guards the group of `leader` from now on.
    pub(super) fn take_in(&mut self, leader: Pid, marker: Vec<u8>) {
        let ward = Ward {
            marker,
            exit: None,
            condemned: false,
        };
        let known = self.wards.insert(leader, ward);
        assert!(
            known.is_none(),
            "a PID that is not reaped is not given anew"
        );
    }

    /// Kills the group of `leader`; [`Wards::sweep`] does the rest.
    ///
    /// # Panics
    ///
    /// If it is not guarded.
    pub(super) fn condemn(&mut self, leader: Pid) {
        let ward = self.wards.get_mut(&leader);
        ward.expect("only a group that is not reaped is condemned")
            .condemned = true;
        // No fork escapes this: the kernel refuses to fork to whoever has a signal waiting.
        let _ = killpg(leader, Signal::SIGKILL);
        // The leader can have moved to another group. Its PID is its own until we reap it.
        let _ = kill(leader, Signal::SIGKILL);
    }

    /// Kills all groups.
    pub(super) fn condemn_all(&mut self) {
        let leaders: Vec<Pid> = self.wards.keys().copied().collect();
        leaders.into_iter().for_each(|leader| self.condemn(leader));
    }

    /// The leaders that have exited since this was last called, except condemned ones.
    pub(super) fn exits(&mut self) -> Vec<(Pid, Exit)> {
        let unseen = self.wards.iter_mut();
        let unseen = unseen.filter(|(_, ward)| !ward.condemned && ward.exit.is_none());
        let seen = unseen.filter_map(|(leader, ward)| {
            ward.exit = peek(*leader);
            ward.exit.map(|exit| (*leader, exit))
        });
        seen.collect()
    }

    /// Kills and reaps strays, and reaps the leaders of condemned groups of which nothing else is
    /// left: these are returned.
    ///
    /// To be called again after each SIGCHLD, and as [`Wards::next_look`] says. It looks at each
    /// stray once, so that what forks all the time does not keep the server from all else.
    pub(super) fn sweep(&mut self) -> Vec<(Pid, Ended)> {
        // First: the children of a leader that is dead here are in the list.
        let mut finished = self.dead_and_condemned();
        let mut undecided = BTreeMap::new();
        self.next_look = None;
        for stray in self.kin.children() {
            if self.wards.contains_key(&stray) {
                continue;
            }
            match self.look_at(stray) {
                Look::Buried => {
                    // Who died since the list was made may have left us children not on it.
                    finished.clear();
                    self.next_look = Some(Duration::ZERO);
                }
                Look::Doomed(Some(ward)) => {
                    finished.remove(&ward);
                }
                Look::Doomed(None) => finished.clear(),
                Look::Undecided => {
                    finished.clear();
                    self.next_look = self.next_look.or(Some(LOOK_AGAIN));
                    let since = self.undecided.get(&stray).copied();
                    undecided.insert(stray, since.unwrap_or_else(Instant::now));
                }
                Look::Spared => {}
            }
        }
        self.undecided = undecided;
        let finished = finished.into_iter();
        finished.map(|leader| self.let_go(leader)).collect()
    }

    fn dead_and_condemned(&mut self) -> BTreeSet<Pid> {
        let condemned = self.wards.iter_mut().filter(|(_, ward)| ward.condemned);
        let dead = condemned.filter_map(|(leader, ward)| {
            ward.exit = ward.exit.or_else(|| peek(*leader));
            ward.exit.map(|_| *leader)
        });
        dead.collect()
    }

    fn let_go(&mut self, leader: Pid) -> (Pid, Ended) {
        self.wards.remove(&leader);
        (leader, wait::reap(leader))
    }

    fn look_at(&mut self, stray: Pid) -> Look {
        if peek(stray).is_some() {
            self.bury(stray);
            return Look::Buried;
        }
        let owner = match self.owner(stray) {
            Owner::Ward(leader) => Some(leader),
            Owner::Nobody => None,
            Owner::Undecided => return Look::Undecided,
        };
        let goes_on = owner.is_some_and(|leader| !self.wards[&leader].condemned);
        // Who belongs to nobody is killed. Who may not be killed is not waited for.
        if goes_on || kill(stray, Signal::SIGKILL).is_err() {
            return Look::Spared;
        }
        self.doomed.insert(stray);
        Look::Doomed(owner)
    }

    /// Where `stray` belongs: by its marker wherever it is, or else by its group.
    fn owner(&self, stray: Pid) -> Owner {
        let marker = kin::marker(stray);
        if let Marker::Is(marker) = &marker
            && let Some(leader) = self.by_marker(marker)
        {
            return Owner::Ward(leader);
        }
        if let Some(stat) = kin::stat(stray)
            && self.wards.contains_key(&stat.group)
        {
            return Owner::Ward(stat.group);
        }
        match marker {
            Marker::NotNow if self.is_patience_left(stray) => Owner::Undecided,
            Marker::Is(_) | Marker::Missing | Marker::NotNow => Owner::Nobody,
        }
    }

    fn is_patience_left(&self, stray: Pid) -> bool {
        let since = self.undecided.get(&stray);
        since.is_none_or(|since| since.elapsed() < UNDECIDED_MAX)
    }

    /// Reaps a dead stray; if it was to die, the rest of its group dies first.
    ///
    /// So one that forks and exits again and again, faster than we look, is caught in its group,
    /// whose number cannot be recycled as long as the dead one is in it.
    fn bury(&mut self, stray: Pid) {
        if self.doomed.remove(&stray)
            && let Some(stat) = kin::stat(stray)
            && stat.group != self.own_group
            && self
                .wards
                .get(&stat.group)
                .is_none_or(|ward| ward.condemned)
        {
            let _ = killpg(stat.group, Signal::SIGKILL);
        }
        wait::reap(stray);
    }
}

/// How a child of ours ended, if it has.
fn peek(child: Pid) -> Option<Exit> {
    wait::peek(child).expect("only this process reaps its children")
}
