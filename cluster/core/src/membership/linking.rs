//! What associations say of members.

use super::roster::Link;
use super::{Codec, Command, Identity, Membership, Parting, Refusal};
use crate::{Moment, NodeId, NodeRecord};

impl<C: Codec> Membership<C> {
    pub(super) fn on_linked(&mut self, now: Moment, identity: Identity) {
        let record = identity.record.clone();
        if record == self.me {
            return;
        }
        if let Err(refusal) = self.check(&record) {
            return self.push(Command::Refuse { record, refusal });
        }
        self.adopt(now, identity);
        let Some(known) = self.roster.life(&record) else {
            return;
        };
        let was_missed = known.is_up() && known.link == Link::Over(Parting::Broken);
        known.link = Link::Up;
        known.misses = 0;
        let told = known.settle();
        let identity = known.identity.clone();
        self.commands.extend(told);
        let is_news = !self.swim.is_active(&identity);
        self.swim.meet(now, identity.clone());
        if is_news || self.lookout.is_young(now) {
            // It may know others, and hold this node for down.
            self.swim.announce(now, identity);
        }
        self.take_tidings(now);
        if was_missed && let Some(known) = self.roster.life(&record) {
            let load = known.load.load;
            self.push(Command::Relinked { record, load });
        }
    }

    pub(super) fn on_unlinked(&mut self, now: Moment, record: &NodeRecord, how: Parting) {
        // What ends may be a former life, whose successor is up.
        let Some(known) = self.roster.life(record) else {
            return;
        };
        if known.link != Link::Up {
            return;
        }
        known.link = Link::Over(how);
        let identity = known.identity.clone();
        if !known.is_active {
            return;
        }
        match how {
            Parting::Closed => {}
            // This begins another one, and so finds out.
            Parting::Broken => self.swim.announce(now, identity),
            Parting::Refused => self.swim.bury(now, identity),
        }
    }

    /// Nobody listens where a member did: it is down, for all. A life with which there never was an
    /// association may be told of under a wrong address; one that is silent may be cut off from
    /// this node alone. Neither can be reached from here.
    pub(super) fn on_unreached(&mut self, now: Moment, node: &NodeId, is_refused: bool) {
        let Some(known) = self.roster.get_mut(node) else {
            return;
        };
        let was_there = matches!(known.link, Link::Over(_));
        if is_refused && was_there && known.is_active {
            let identity = known.identity.clone();
            return self.swim.bury(now, identity);
        }
        known.misses = known.misses.saturating_add(1);
        let told = known.settle();
        self.commands.extend(told);
    }

    pub(super) fn check(&self, record: &NodeRecord) -> Result<(), Refusal> {
        if record.node == self.me.node {
            return Err(Refusal::Namesake);
        }
        match self.incarnation(&record.node) {
            Some(known) if record.incarnation < known => Err(Refusal::Outdated { known }),
            Some(_) | None => Ok(()),
        }
    }
}
