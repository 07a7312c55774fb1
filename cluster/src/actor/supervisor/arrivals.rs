//! What arrives from peers.

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::membership::Parting;
use raptor_core::supervision::{Event, Route};
use raptor_core::{FlightId, MemberIndex, NodeRecord, Role, membership};
use tracing::warn;

use super::Supervisor;
use super::requests::Request;
use crate::actor::coordinator::Happened;
use crate::actor::postmaster::{PeerDownReason, PeerId, PostmasterEvent};
use crate::envelope::{Envelope, News};
use crate::patron::{Patron, Way};
use crate::transport::CloseReason;
use crate::wire;

impl Supervisor {
    fn on_envelope(&mut self, peer: PeerId, bytes: &Bytes, ctx: &mut Context<Self>) {
        let Some((record, role)) = self.peers.find(peer) else {
            return;
        };
        let (record, role) = (record.clone(), *role);
        match wire::decode(bytes) {
            Ok(Envelope::Administer { number, order }) => {
                self.on_order(peer, role, number, order, ctx);
            }
            Ok(envelope) => match role {
                Role::Client | Role::Admin => self.on_client_envelope(peer, envelope, ctx),
                Role::Member(own) => self.on_member_envelope(peer, (own, record), envelope, ctx),
                Role::Node => self.on_node_envelope(peer, record, envelope, ctx),
            },
            Err(error) => warn!(peer = %record.node, %error, "an envelope cannot be read"),
        }
    }

    /// Clients invoke, and nothing else.
    fn on_client_envelope(&mut self, peer: PeerId, envelope: Envelope, ctx: &mut Context<Self>) {
        match envelope {
            Envelope::Invoke(invoke) => {
                let patron = Patron {
                    way: Way::Peer(peer),
                    watch: invoke.watch,
                };
                self.on_request(Request::Invoke(invoke, patron), ctx);
            }
            Envelope::Cancel { flight } => self.on_cancel(peer, flight),
            Envelope::Bundle { body } => self.on_bundle(body, ctx),
            Envelope::BundlePart {
                digest,
                total,
                offset,
                body,
            } => self.on_bundle_part(peer, digest, (total, offset, body), ctx),
            Envelope::BundleWanted { .. }
            | Envelope::BundlePartWanted { .. }
            | Envelope::Progress { .. }
            | Envelope::Settled { .. }
            | Envelope::Recorded(_)
            | Envelope::Recruit(_)
            | Envelope::Decline { .. }
            | Envelope::Flight { .. }
            | Envelope::Gone { .. }
            | Envelope::Roster { .. }
            | Envelope::Gossip { .. }
            | Envelope::Administered { .. } => {
                warn!(%peer, "a client sent what only nodes may send");
            }
            Envelope::Administer { .. } => unreachable!("it was taken before"),
        }
    }

    fn on_node_envelope(
        &mut self,
        peer: PeerId,
        record: NodeRecord,
        envelope: Envelope,
        ctx: &mut Context<Self>,
    ) {
        let node = record.node.clone();
        match envelope {
            Envelope::Recruit(recruit) => self.on_request(Request::Recruit(recruit, record), ctx),
            Envelope::Decline {
                flight,
                member,
                why,
            } => {
                warn!(%flight, %node, %why, "a recruit declined");
                self.drive(
                    Event::Declined {
                        flight,
                        member,
                        node,
                    },
                    ctx,
                );
            }
            Envelope::Flight { flight, from, news } => {
                self.on_news(flight, from, &record, news, ctx);
            }
            Envelope::Gone { flight } => self.drive(Event::Dismissed { flight, node }, ctx),
            Envelope::BundleWanted { digest } => self.send_code(peer, digest, 0),
            Envelope::BundlePartWanted { digest, offset } => self.send_code(peer, digest, offset),
            Envelope::Bundle { body } => self.on_bundle(body, ctx),
            Envelope::BundlePart {
                digest,
                total,
                offset,
                body,
            } => self.on_bundle_part(peer, digest, (total, offset, body), ctx),
            Envelope::Gossip { report, packet } => {
                let from = record;
                let heard = membership::Event::GossipHeard {
                    from,
                    report,
                    packet,
                };
                self.membership_drive(heard, ctx);
            }
            Envelope::Invoke(_)
            | Envelope::Cancel { .. }
            | Envelope::Progress { .. }
            | Envelope::Settled { .. }
            | Envelope::Recorded(_)
            | Envelope::Roster { .. }
            | Envelope::Administered { .. } => {
                warn!(%node, "a node sent what only others exchange");
            }
            Envelope::Administer { .. } => unreachable!("it was taken before"),
        }
    }

    /// News go to the flight's coordinator, in the name of the member that the sender's node is.
    fn on_news(
        &mut self,
        flight: FlightId,
        from: MemberIndex,
        record: &NodeRecord,
        news: News,
        ctx: &mut Context<Self>,
    ) {
        if let News::Join(_) = news {
            let node = record.node.clone();
            return self.drive(
                Event::Joined {
                    flight,
                    member: from,
                    node,
                },
                ctx,
            );
        }
        let Route::Member(from) = self.supervision.route(flight, &record.node) else {
            // It is over, or not begun here: whoever misses something here says so when it joins.
            return;
        };
        self.hand_on(flight, from, news);
    }

    /// Hands news on to their flight's coordinator.
    pub(super) fn hand_on(&self, flight: FlightId, from: MemberIndex, news: News) {
        let Some(coordinator) = self.flights.coordinator(flight) else {
            return;
        };
        let event = match news {
            News::Join(_) => unreachable!("it was taken before"),
            News::Welcome(reports) => raptor_core::flight::Event::Welcomed { from, reports },
            News::Report(report) => raptor_core::flight::Event::PeerReported { from, report },
        };
        coordinator.do_send(Happened(event));
    }

    fn on_cancel(&mut self, peer: PeerId, flight: FlightId) {
        // A client ends its own activations, nobody else's.
        self.cancel_waiting(peer, flight);
        if self.flights.is_of_patron(flight, peer)
            && let Some(coordinator) = self.flights.coordinator(flight)
        {
            coordinator.do_send(Happened(raptor_core::flight::Event::Cancelled));
        }
    }
}

impl Handler<PostmasterEvent> for Supervisor {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, ctx: &mut Self::Context) {
        match event {
            PostmasterEvent::PeerUp {
                peer,
                record,
                role,
                address,
                moved,
                ..
            } => {
                self.peers.enter(peer, record.clone(), role);
                match role {
                    Role::Node => {
                        self.correspondence.on_node_up(record.node.clone(), peer);
                        let linked = membership::Event::Linked {
                            record,
                            address,
                            moved,
                        };
                        self.membership_drive(linked, ctx);
                    }
                    Role::Member(flight) => {
                        self.on_member_up(peer, flight, (record, address), ctx);
                    }
                    Role::Client | Role::Admin => {}
                }
            }
            PostmasterEvent::PeerDown { peer, reason, .. } => {
                self.on_peer_down(peer, parting(&reason), ctx);
            }
            // The postmaster has told the log, and goes on dialing: who is there may change.
            PostmasterEvent::Refused { .. } => {}
            PostmasterEvent::Unreached { node, reason } => {
                self.correspondence.on_unreached(&node);
                let is_refused = reason == PeerDownReason::Over(CloseReason::Refused);
                self.membership_drive(membership::Event::Unreached { node, is_refused }, ctx);
            }
            PostmasterEvent::Arrived {
                peer,
                envelope,
                receipt,
                ..
            } => {
                if wire::is_mail(&envelope) {
                    self.correspondence.on_mail(peer, &envelope, receipt.into());
                } else {
                    self.on_envelope(peer, &envelope, ctx);
                    // What it stands for has been handled.
                    drop(receipt);
                }
            }
        }
    }
}

impl Supervisor {
    fn on_peer_down(&mut self, peer: PeerId, how: Parting, ctx: &mut Context<Self>) {
        let Some((record, role)) = self.peers.leave(peer) else {
            return;
        };
        match role {
            // Nobody is left to tell: what it asked for is not wanted any more.
            Role::Client | Role::Admin => {
                self.requests.forget_client(peer);
                for coordinator in self.flights.of_patron(peer) {
                    coordinator.do_send(Happened(raptor_core::flight::Event::Cancelled));
                }
            }
            Role::Member(flight) => self.on_member_down(peer, flight, (record, how), ctx),
            Role::Node => {
                self.correspondence.on_node_down(peer);
                self.requests.forget_leader(&record);
                let node = record.node.clone();
                self.membership_drive(membership::Event::Unlinked { record, how }, ctx);
                // It may be dialed again.
                if self.membership.up().any(|(up, _)| up.node == node) {
                    self.correspondence.on_node_known(&node);
                }
            }
        }
    }
}

/// What the end of an association says of its peer.
const fn parting(reason: &PeerDownReason) -> Parting {
    match reason {
        PeerDownReason::Over(CloseReason::Closed) | PeerDownReason::Dismissed => Parting::Closed,
        PeerDownReason::Over(CloseReason::Refused) => Parting::Refused,
        PeerDownReason::Over(_)
        | PeerDownReason::Replaced { .. }
        | PeerDownReason::Moved
        | PeerDownReason::Elsewhere
        | PeerDownReason::RefusedByPeer(_)
        | PeerDownReason::Misbehaved(_)
        | PeerDownReason::CutOff
        | PeerDownReason::Backlogged => Parting::Broken,
    }
}
