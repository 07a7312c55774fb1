//! The search for nodes that are not known, or that were cut off.

use std::time::Duration;

use super::roster::{Link, Standing};
use super::{Codec, Identity, Membership};
use crate::{Moment, NodeId};

/// A cluster that was cut in two is one again some such intervals after it could be.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many linked nodes that the cluster holds for down are spoken to at a time. They are few: it
/// ends with the first answer.
const SPOKEN_TO_MAX: usize = 8;

/// For so long after its start a node asks everyone with whom it gets an association whom they know:
/// each tells some, so that even in a large cluster it soon knows all. Later, news and the question
/// to one now and then will do.
const YOUTH: Duration = Duration::from_secs(10);

/// When to look again, and whom after.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    begun: Moment,
    at: Option<Moment>,
    after: Option<NodeId>,
}

impl Lookout {
    pub(super) fn begin(&mut self, now: Moment) {
        self.begun = now;
        self.at = Some(now + INTERVAL);
    }

    pub(super) fn is_young(&self, now: Moment) -> bool {
        now.since(self.begun) < YOUTH
    }

    pub(super) const fn due(&self) -> Option<Moment> {
        self.at
    }
}

impl<C: Codec> Membership<C> {
    pub(super) fn look_out(&mut self, now: Moment) {
        if self.lookout.at.is_none_or(|at| at > now) {
            return;
        }
        self.lookout.at = Some(now + INTERVAL);
        self.forget_old(now);
        if self.swim.active() == 0 {
            self.look_up_names();
        }
        for identity in self.lost() {
            self.swim.announce(now, identity);
        }
        self.take_tidings(now);
    }

    /// Asks what the names among the seeds stand for: that of a service changes with its nodes.
    pub(super) fn look_up_names(&mut self) {
        let resolve = self.seeds.resolve();
        self.commands.extend(resolve);
    }

    pub(super) fn settle_seeds(&mut self) {
        let roster = &self.roster;
        let commands = self.seeds.settle(|address| roster.is_at(address));
        self.commands.extend(commands);
    }

    /// Nodes that the cluster holds for down and that may not be: those with an association, and one
    /// of the others, in turn.
    fn lost(&mut self) -> Vec<Identity> {
        let down = || self.roster.all().filter(|known| !known.is_active);
        let is_linked = |known: &&Standing| known.link == Link::Up;
        let linked = down().filter(is_linked).take(SPOKEN_TO_MAX);
        let mut lost: Vec<Identity> = linked.map(|known| known.identity.clone()).collect();
        let after = self.lookout.after.take();
        let is_next = |known: &&Standing| after.as_ref() < Some(&known.record().node);
        let mut others = down().filter(|known| !is_linked(known));
        let next = others.find(is_next).map(|known| known.identity.clone());
        self.lookout.after = next.as_ref().map(|next| next.record.node.clone());
        lost.extend(next);
        lost
    }

    fn forget_old(&mut self, now: Moment) {
        let is_old = |known: &&Standing| {
            let since = known.down_since.filter(|_| known.link != Link::Up);
            since.is_some_and(|since| now.since(since) >= self.terms.memory)
        };
        let old = self.roster.all().filter(is_old);
        let old: Vec<NodeId> = old.map(|known| known.record().node.clone()).collect();
        for node in old {
            self.let_go(&node);
            self.swim.forget(&node);
        }
        self.settle_seeds();
    }
}
