//! What associations say of members.

use std::net::SocketAddr;

use super::roster::Link;
use super::{Codec, Command, Identity, Membership, Parting, Refusal};
use crate::{Moment, NodeId, NodeRecord};

impl<C: Codec> Membership<C> {
    pub(super) fn on_linked(&mut self, now: Moment, record: NodeRecord, address: SocketAddr) {
        if record == self.me {
            return;
        }
        if let Err(refusal) = self.check(&record) {
            return self.push(Command::Refuse { record, refusal });
        }
        self.adopt(now, Identity::new(record.clone(), address));
        let Some(known) = self.roster.life(&record) else {
            return;
        };
        let was_missed = known.is_up() && known.link == Link::Over(Parting::Broken);
        known.link = Link::Up;
        known.is_out_of_reach = false;
        let told = known.settle(self.terms.reach);
        let identity = known.identity.clone();
        self.commands.extend(told);
        self.swim.meet(now, identity.clone());
        // It may know others, and something else of this node than is true.
        self.swim.announce(now, identity);
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
        if how == Parting::Broken && known.is_active {
            // Where associations begin on demand, this begins one, and so finds out.
            self.swim.announce(now, identity);
        }
    }

    /// Nobody listens where a member did: it is down. A life that was never reached there may be
    /// told of under a wrong address, so that this says nothing of it.
    pub(super) fn on_dial_refused(&mut self, now: Moment, address: SocketAddr) {
        for member in self.roster.missing_at(address) {
            self.swim.bury(now, member);
        }
    }

    /// A node was dialed, and no association came of it: as long as there is none, it is down for this
    /// node, whatever the others say of it. Their gossip goes on to be sent to it, and so finds out when
    /// it can be reached again.
    pub(super) fn on_unreached(&mut self, node: &NodeId) {
        let reach = self.terms.reach;
        if let Some(known) = self.roster.get_mut(node)
            && known.link != Link::Up
        {
            known.is_out_of_reach = true;
            let told = known.settle(reach);
            self.commands.extend(told);
        }
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
