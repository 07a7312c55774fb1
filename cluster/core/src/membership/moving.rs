//! Nodes that listen elsewhere than before: this one, and others.

use std::net::SocketAddr;

use super::{Codec, Command, Identity, Membership};
use crate::Moment;

impl<C: Codec> Membership<C> {
    pub(super) fn on_moved(&mut self, now: Moment, address: SocketAddr) {
        if address == self.swim.address() {
            return;
        }
        let Identity { moved, .. } = self.swim.move_to(now, address);
        // Before anything is sent: who hears of it must not be told of the former address.
        self.push(Command::Move { address, moved });
        self.seeds.move_to(address);
        self.settle_seeds();
        // What it could not reach from where it was it may reach now.
        self.look_up_names();
    }

    /// A node is somewhere else now: whoever did not reach it where it was may reach it there.
    pub(super) fn follow(&mut self, identity: &Identity) {
        let Identity {
            record,
            moved,
            address,
            ..
        } = identity;
        let Some(known) = self.roster.life(record) else {
            return;
        };
        known.identity.moved = *moved;
        known.identity.address = *address;
        known.misses = 0;
        // Before it is introduced: an address may be both.
        self.settle_seeds();
        self.push(Command::Introduce {
            record: record.clone(),
            address: *address,
        });
    }
}
