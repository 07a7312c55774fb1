//! What administrators ask of the node.

use actix::prelude::*;
use raptor_core::Role;
use tracing::info;

use super::Supervisor;
use crate::actor::postmaster::{Inspect, PeerId, Shape};
use crate::administration::{MemberStatus, Order, PeerStatus, Status, Told};
use crate::client::ADMIN_ZONE;
use crate::envelope::Envelope;
use crate::transport::shaping::{Shaping, Share};

/// More rules than any testbed needs; each is looked at for each new link.
const RULES_MAX: usize = 1024;

impl Supervisor {
    /// Does what an administrator wants. Nobody else may want anything, and is told so.
    pub(super) fn on_order(
        &mut self,
        peer: PeerId,
        role: Role,
        number: u64,
        order: Order,
        ctx: &mut Context<Self>,
    ) {
        if role != Role::Admin {
            let told = Told::Refused("only an administrator may ask that".to_owned());
            return self.tell_administrator(peer, number, told);
        }
        match order {
            Order::TellStatus => self.tell_status(peer, number, ctx),
            Order::TellShaping => {
                let told = Told::Shaping(self.shaping.clone());
                self.tell_administrator(peer, number, told);
            }
            Order::Shape(shaping) => self.shape(peer, number, shaping, ctx),
        }
    }

    fn tell_administrator(&self, peer: PeerId, number: u64, told: Told) {
        self.post_peer(peer, &Envelope::Administered { number, told });
    }

    fn tell_status(&self, peer: PeerId, number: u64, ctx: &mut Context<Self>) {
        let inspected = self.services.postmaster.send(Inspect).into_actor(self);
        ctx.spawn(inspected.map(move |inspected, supervisor, _| {
            // Without its postmaster the node is about to end.
            let associations = inspected.map_or(0, |inspection| inspection.associations);
            let status = supervisor.status(associations);
            supervisor.tell_administrator(peer, number, Told::Status(Box::new(status)));
        }));
    }

    fn status(&self, associations: usize) -> Status {
        let members = self
            .membership
            .known()
            .map(|(identity, is_up)| MemberStatus {
                record: identity.record.clone(),
                address: identity.address,
                is_up,
            });
        let peers = self.peers.all().map(|(record, role)| PeerStatus {
            record: record.clone(),
            role: *role,
        });
        Status {
            record: self.services.record.clone(),
            address: *self.services.address.borrow(),
            load: self.supervision.load(),
            members: members.collect(),
            peers: peers.collect(),
            associations: u32::try_from(associations).unwrap_or(u32::MAX),
            shaping: self.shaping.clone(),
        }
    }

    fn shape(&mut self, peer: PeerId, number: u64, shaping: Shaping, ctx: &mut Context<Self>) {
        let count = shaping.rules.len();
        if let Err(why) = self.check(&shaping) {
            return self.tell_administrator(peer, number, Told::Refused(why));
        }
        let shaped = self.services.postmaster.send(Shape(shaping.clone()));
        ctx.spawn(shaped.into_actor(self).map(move |shaped, supervisor, _| {
            let told = match shaped {
                Ok(Ok(())) => {
                    info!(
                        rules = count,
                        seed = shaping.seed,
                        "packets are shaped anew"
                    );
                    supervisor.shaping = shaping.clone();
                    Told::Shaping(shaping)
                }
                Ok(Err(refused)) => Told::Refused(format!("it failed to {refused}")),
                Err(_) => Told::Refused("the node is about to end".to_owned()),
            };
            supervisor.tell_administrator(peer, number, told);
        }));
    }

    /// Whether such rules can be taken, and taken back; if not, why.
    fn check(&self, shaping: &Shaping) -> Result<(), String> {
        let count = shaping.rules.len();
        if count > RULES_MAX {
            return Err(format!(
                "{count} rules are too many: at most {RULES_MAX} are taken"
            ));
        }
        let admin = ADMIN_ZONE.parse().expect("it is a name");
        let zone = &self.services.record.zone;
        // Who knocks has not said yet that it is an administrator.
        let ways = [None, Some(&admin)].map(|to| shaping.between(zone, to));
        if ways.into_iter().flatten().any(|way| way.loss == Share::ALL) {
            return Err(format!(
                "they would cut {zone} off from administrators too, so that nobody could take them \
                 back: name the zones that {zone} is to be cut off from"
            ));
        }
        Ok(())
    }
}
