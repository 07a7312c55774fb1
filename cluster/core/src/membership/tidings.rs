//! What becomes of what SWIM has to say.

use bytes::Bytes;

use super::swim::Tiding;
use super::{Codec, Command, Identity, LoadNews, LoadReport, Membership, Notice};
use crate::{Moment, NodeRecord};

impl<C: Codec> Membership<C> {
    pub(super) fn on_gossip_heard(
        &mut self,
        now: Moment,
        from: &NodeRecord,
        report: LoadReport,
        packet: &Bytes,
    ) {
        if self.check(from).is_err() {
            return;
        }
        let bytes = packet.len();
        self.push(Command::Notice(Notice::Heard { bytes }));
        self.swim.hear(now, from, packet);
        self.take_tidings(now);
        self.learn(from, report);
    }

    pub(super) fn take_tidings(&mut self, now: Moment) {
        while let Some(tiding) = self.swim.next_tiding() {
            match tiding {
                Tiding::Send(to, packet) => self.send(to.record, packet),
                Tiding::Up(identity) => self.on_active(now, identity),
                Tiding::Down(identity) => self.on_inactive(now, &identity),
                Tiding::Replaced(new) => self.on_replaced(now, new),
                Tiding::Load(LoadNews {
                    node,
                    incarnation,
                    report,
                }) => {
                    if self.incarnation(&node) == Some(incarnation)
                        && let Some(known) = self.roster.get_mut(&node)
                    {
                        let changed = known.learn(report);
                        self.commands.extend(changed);
                    }
                }
                Tiding::Notice(notice) => self.push(Command::Notice(notice)),
            }
        }
    }

    fn send(&mut self, to: NodeRecord, packet: Bytes) {
        let bytes = packet.len();
        self.push(Command::Notice(Notice::Sent { bytes }));
        let report = self.report;
        self.push(Command::Send { to, report, packet });
    }

    /// What is heard of a node itself: it can be reached, and is as busy as it says.
    fn learn(&mut self, from: &NodeRecord, report: LoadReport) {
        if let Some(known) = self.roster.life(from) {
            let changed = known.learn(report);
            known.misses = 0;
            let told = known.settle();
            self.commands.extend(changed.into_iter().chain(told));
        }
    }

    fn on_active(&mut self, now: Moment, identity: Identity) {
        let record = identity.record.clone();
        self.adopt(now, identity);
        if let Some(known) = self.roster.life(&record) {
            known.is_active = true;
            known.down_since = None;
            let told = known.settle();
            self.commands.extend(told);
        }
    }

    fn on_inactive(&mut self, now: Moment, identity: &Identity) {
        if let Some(known) = self.roster.life(&identity.record) {
            known.is_active = false;
            known.down_since = Some(now);
            let told = known.settle();
            self.commands.extend(told);
        }
    }

    /// A later life of a name, or the same one told of anew. Whether it is active may not have
    /// changed, and is not told then.
    fn on_replaced(&mut self, now: Moment, identity: Identity) {
        if self.swim.is_active(&identity) {
            self.on_active(now, identity);
        } else {
            self.adopt(now, identity.clone());
            self.on_inactive(now, &identity);
        }
    }

    /// Has this be the identity of its name, unless a later life is known.
    pub(super) fn adopt(&mut self, now: Moment, identity: Identity) {
        let record = &identity.record;
        if let Some(known) = self.roster.life(record) {
            known.identity.renewal = known.identity.renewal.max(identity.renewal);
            if known.identity.moved < identity.moved {
                self.follow(&identity);
            }
            return;
        }
        if self.incarnation(&record.node) > Some(record.incarnation) {
            return;
        }
        self.let_go(&record.node.clone());
        let (record, address) = (record.clone(), identity.address);
        self.roster.enter(identity, now);
        // Before it is introduced: an address may be both.
        self.settle_seeds();
        self.push(Command::Introduce { record, address });
    }

    /// Nothing is to be done any more with what is known under a name.
    pub(super) fn let_go(&mut self, node: &crate::NodeId) {
        let Some(mut known) = self.roster.remove(node) else {
            return;
        };
        known.is_active = false;
        let told = known.settle();
        self.commands.extend(told);
        let Identity {
            record, address, ..
        } = known.identity;
        self.push(Command::Dismiss { record, address });
    }
}
