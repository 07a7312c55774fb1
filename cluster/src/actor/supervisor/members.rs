//! Members of flights whose followers come by themselves: their associations, and what comes over
//! them.

use std::net::SocketAddr;

use actix::prelude::*;
use raptor_core::membership::Parting;
use raptor_core::supervision::{Event, Fellow, Route, Tie};
use raptor_core::{FlightId, MemberIndex, NodeId, NodeRecord};
use tracing::warn;

use super::Supervisor;
use crate::actor::postmaster::{Destination, KeepMember, PeerId};
use crate::envelope::{Envelope, News};
use crate::wire;

impl Supervisor {
    /// Where an envelope of a flight under way is posted for its member on a node.
    pub(super) fn destination(&self, flight: FlightId, node: &NodeId) -> Destination {
        let tie = self.supervision.tie(flight).unwrap_or(Tie::Cluster);
        destination(flight, tie, node)
    }

    pub(super) fn dismiss_member(&self, flight: FlightId, node: &NodeId, tie: Tie) {
        let gone = wire::encode(&Envelope::Gone { flight });
        self.post_to(destination(flight, tie, node), flight, gone);
    }

    pub(super) fn tell_roster(&self, flight: FlightId, to: &NodeId, fellows: Vec<Fellow>) {
        let roster = wire::encode(&Envelope::Roster { flight, fellows });
        self.post_to(destination(flight, Tie::Flight, to), flight, roster);
    }

    pub(super) fn meet_member(&self, flight: FlightId, address: SocketAddr) {
        let keep = KeepMember { flight, address };
        self.services.postmaster.do_send(keep);
    }

    pub(super) fn on_member_up(
        &mut self,
        peer: PeerId,
        flight: FlightId,
        (record, address): (NodeRecord, SocketAddr),
        ctx: &mut Context<Self>,
    ) {
        self.rendezvous.addresses.insert(peer, address);
        self.drive(Event::MemberUp { flight, record }, ctx);
    }

    pub(super) fn on_member_down(
        &mut self,
        peer: PeerId,
        flight: FlightId,
        (record, how): (NodeRecord, Parting),
        ctx: &mut Context<Self>,
    ) {
        self.rendezvous.addresses.remove(&peer);
        let has_closed = how == Parting::Closed;
        let down = Event::MemberDown {
            flight,
            record,
            has_closed,
        };
        self.drive(down, ctx);
    }

    /// Members that have only the key of their flight take part in that, and in nothing else.
    pub(super) fn on_member_envelope(
        &mut self,
        peer: PeerId,
        (own, record): (FlightId, NodeRecord),
        envelope: Envelope,
        ctx: &mut Context<Self>,
    ) {
        match envelope {
            Envelope::Flight { flight, from, news } if flight == own => {
                self.on_member_news(peer, (own, record), (from, news), ctx);
            }
            Envelope::Gone { flight } if flight == own => {
                self.drive(Event::MemberDismissed { flight, record }, ctx);
            }
            Envelope::Roster { flight, fellows } if flight == own => {
                let heard = Event::RosterHeard {
                    flight,
                    from: record,
                    fellows,
                };
                self.drive(heard, ctx);
            }
            _ => warn!(node = %record.node, "a member of one flight asked for something else"),
        }
    }

    fn on_member_news(
        &mut self,
        peer: PeerId,
        (flight, record): (FlightId, NodeRecord),
        (from, news): (MemberIndex, News),
        ctx: &mut Context<Self>,
    ) {
        if let News::Join(_) = news {
            let Some(&address) = self.rendezvous.addresses.get(&peer) else {
                return;
            };
            let fellow = Fellow {
                member: from,
                record,
                address,
            };
            return self.drive(Event::MemberJoined { flight, fellow }, ctx);
        }
        if let Route::Member(from) = self.supervision.route_member(flight, &record) {
            self.hand_on(flight, from, news);
        }
    }
}

fn destination(flight: FlightId, tie: Tie, node: &NodeId) -> Destination {
    match tie {
        Tie::Cluster => Destination::Node(node.clone()),
        Tie::Flight => Destination::Member(flight, node.clone()),
    }
}
