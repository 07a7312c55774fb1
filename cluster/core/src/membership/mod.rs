//! Which nodes are up, as the nodes of a cluster tell each other.
//!
//! Failure detection and membership are SWIM's, by the crate `foca` (`swim`), carried as packets
//! of gossip over the associations between nodes. What the associations themselves say is a hint:
//!
//! - who has one is up, unless the cluster knows better;
//! - one that breaks makes no node down. But it is begun again, and if its host says that nobody
//!   listens any more where this very life did, the node is down: one that was killed is missed at
//!   once;
//! - one that cannot be begun makes a node down for this one only: what cannot be written to cannot
//!   be counted on, whatever others say;
//! - a node whose association broke and came back is [`Command::Relinked`].
//!
//! A node's address may change while it lives: then it has *moved*, and says so. Whoever hears it, from
//! the node or by way of others, dials it there from then on; a packet in the name of where it was
//! counts for nothing any more.
//!
//! Associations begin when something is sent, and end without a word when nothing is.
//!
//! Loads travel with everything: each packet carries its sender's, and changes are passed on as
//! news are, the latest first. So those that talk know each other's at once, all others within some
//! rounds of gossip, and no node sends more in a larger cluster.

mod agenda;
mod codec;
mod command;
mod event;
mod identity;
mod linking;
mod load;
mod loads;
mod looking;
mod moving;
mod notice;
mod pulse;
mod roster;
mod seeds;
mod swim;
mod terms;
mod tidings;

use std::collections::VecDeque;
use std::fmt;

pub use codec::{Codec, Header, LoadNews, Member, MemberCodec, Message, State};
pub use command::{Command, Refusal};
pub use event::{Event, Parting};
pub use identity::Identity;
pub use load::{Load, LoadReport, Pressure};
pub use notice::{Census, Notice};
pub use swim::PACKET_BYTES_MAX;
pub use terms::Terms;

use crate::{Incarnation, Moment, NodeId, NodeRecord, Zone};
use looking::Lookout;
use roster::Roster;
use seeds::Seeds;
use swim::Swim;

/// A node's view of its cluster.
pub struct Membership<C: Codec> {
    me: NodeRecord,
    terms: Terms,
    swim: Swim<C>,
    roster: Roster,
    seeds: Seeds,
    lookout: Lookout,
    /// How busy this node is.
    report: LoadReport,
    has_left: bool,
    commands: VecDeque<Command>,
}

impl<C: Codec> Membership<C> {
    /// The view of node `me`, which will look for others at the addresses `seeds`. Its own may be
    /// among them: so all nodes of a cluster can have the same list. What it draws is drawn from
    /// `seed`, which should be another one on each node.
    pub fn new(me: Identity, seeds: Vec<String>, terms: Terms, seed: u64, codec: C) -> Self {
        Self {
            me: me.record.clone(),
            seeds: Seeds::new(me.address, seeds),
            swim: Swim::new(me, terms.clone(), seed, codec),
            terms,
            roster: Roster::default(),
            lookout: Lookout::default(),
            report: LoadReport::default(),
            has_left: false,
            commands: VecDeque::new(),
        }
    }

    /// Takes one event. Drain the commands before the next.
    ///
    /// # Panics
    ///
    /// If the commands of the last event were not drained: a bug of the caller.
    pub fn handle(&mut self, now: Moment, event: Event) {
        assert!(
            self.commands.is_empty(),
            "drain the commands before the next event"
        );
        if self.has_left {
            return;
        }
        self.swim.beat(now);
        match event {
            Event::Begun => self.on_begun(now),
            Event::SeedsGiven { addresses } => {
                self.seeds.add(addresses);
                self.settle_seeds();
            }
            Event::Resolved { seed, addresses } => {
                self.seeds.on_resolved(&seed, addresses);
                self.settle_seeds();
            }
            Event::Linked {
                record,
                address,
                moved,
            } => {
                let identity = Identity {
                    moved,
                    ..Identity::new(record, address)
                };
                self.on_linked(now, identity);
            }
            Event::Unlinked { record, how } => self.on_unlinked(now, &record, how),
            Event::Unreached { node, is_refused } => self.on_unreached(now, &node, is_refused),
            Event::GossipHeard {
                from,
                report,
                packet,
            } => self.on_gossip_heard(now, &from, report, &packet),
            Event::LoadChanged { load } => self.on_load_changed(now, load),
            Event::Moved { address } => self.on_moved(now, address),
            Event::LeaveAsked => self.on_leave_asked(now),
            Event::Tick => self.on_tick(now),
        }
        self.take_tidings(now);
    }

    /// What to do next, until `None`.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When to call [`Membership::handle`] with [`Event::Tick`], if ever. Whoever does it much
    /// later was starved, and is taken to have been.
    pub fn poll_timeout(&self) -> Option<Moment> {
        if self.has_left {
            return None;
        }
        [self.swim.due(), self.lookout.due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// This node.
    pub const fn me(&self) -> &NodeRecord {
        &self.me
    }

    /// The nodes that are up and how busy each is, in the order of their names, without this one.
    pub fn up(&self) -> impl Iterator<Item = (&NodeRecord, Load)> {
        let up = self.roster.all().filter(|known| known.is_up());
        up.map(|known| (known.record(), known.load.load))
    }

    /// The nodes that are up in `zone`, without this one.
    pub fn up_in(&self, zone: &Zone) -> impl Iterator<Item = &NodeRecord> {
        let records = self.up().map(|(record, _)| record);
        records.filter(move |record| record.zone == *zone)
    }

    /// The nodes that are known and have not been forgotten, in the order of their names, without this
    /// one; and whether each is up.
    pub fn known(&self) -> impl Iterator<Item = (&Identity, bool)> {
        let known = self.roster.all();
        known.map(|known| (&known.identity, known.is_up()))
    }

    /// The latest life of a node that is known, whether it is up or not.
    pub fn incarnation(&self, node: &NodeId) -> Option<Incarnation> {
        Some(self.roster.get(node)?.record().incarnation)
    }

    /// How many other nodes are what.
    pub fn census(&self) -> Census {
        let down = self.roster.all().filter(|known| !known.is_active);
        Census {
            up: self.up().count(),
            suspected: self.swim.suspected(),
            down: down.count(),
        }
    }

    fn on_begun(&mut self, now: Moment) {
        self.lookout.begin(now);
        self.look_up_names();
        self.settle_seeds();
    }

    fn on_load_changed(&mut self, now: Moment, load: Load) {
        self.report = LoadReport {
            number: now.as_micros().max(self.report.number + 1),
            load,
        };
        self.swim.tell_load(&LoadNews {
            node: self.me.node.clone(),
            incarnation: self.me.incarnation,
            report: self.report,
        });
    }

    fn on_leave_asked(&mut self, now: Moment) {
        self.swim.leave(now);
        self.take_tidings(now);
        self.has_left = true;
    }

    fn on_tick(&mut self, now: Moment) {
        self.swim.tick(now);
        self.take_tidings(now);
        self.look_out(now);
    }

    fn push(&mut self, command: Command) {
        self.commands.push_back(command);
    }
}

impl<C: Codec> fmt::Debug for Membership<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            me,
            roster,
            seeds,
            has_left,
            ..
        } = self;
        f.debug_struct("Membership")
            .field("me", me)
            .field("roster", roster)
            .field("seeds", seeds)
            .field("has_left", has_left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
