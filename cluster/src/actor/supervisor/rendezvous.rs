//! Flights whose followers come by themselves: their keys, their associations, and who is told how a
//! part that was followed has ended.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::flight::Settlement;
use raptor_core::membership::Parting;
use raptor_core::supervision::{Event, Fellow, News, Route, Tie};
use raptor_core::{FlightId, MemberIndex, NodeId, NodeRecord};
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::Supervisor;
use super::requests::Request;
use crate::actor::postmaster::{CloseFlight, Destination, KeepMember, OpenFlight, PeerId};
use crate::envelope::{self, Envelope, Invoke};
use crate::invocation::Invocation;
use crate::rendezvous::{Followed, FollowedEnd, Invitation, Ticket};
use crate::security::ClusterKey;
use crate::wire;

/// How long the key of a flight that was led here stays valid after its end, so that a follower that
/// comes late hears that it is over: longer than containers take to start.
const KEY_LINGER: Duration = Duration::from_secs(60);

/// Of so many flights at most. A leader of more than four a second lets the oldest go earlier; who comes
/// then finds nobody, and gives up after its `flight.join_timeout`.
const KEYS_LINGERING_MAX: usize = 256;

/// What a node holds for the flights whose followers come by themselves.
#[derive(Default)]
pub(super) struct Rendezvous {
    /// Where those are reached with whom an association of a flight is up, as they say.
    addresses: BTreeMap<PeerId, SocketAddr>,
    /// The flights that were led here, are over, and have a valid key, the oldest first.
    lingering: VecDeque<FlightId>,
    /// Whoever has sent this node to follow a flight.
    senders: BTreeMap<FlightId, Sender>,
}

/// Whoever has sent this node to follow a flight, and what it is to be told.
struct Sender {
    ended: oneshot::Sender<Followed>,
    /// How the leader was lost, if it was.
    leader: Option<FollowedEnd>,
    /// What came of this member's part, once that is decided.
    settled: Option<MemberSettled>,
}

/// Which side of such a flight this node is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Leader,
    Follower,
}

/// A flight of another node is to be followed.
pub(super) struct Follow {
    pub(super) invitation: Invitation,
    pub(super) member: MemberIndex,
    /// This node's own copy of the activation.
    pub(super) invoke: Invoke,
    pub(super) ticket: Ticket,
}

/// The node's own process wants to follow a flight.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct LocalFollow {
    pub(crate) invitation: Invitation,
    pub(crate) member: MemberIndex,
    pub(crate) invocation: Invocation,
    pub(crate) ticket: Ticket,
}

/// Nobody will come for a seat of a flight that is led here.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct DeclineSeat {
    pub(crate) flight: FlightId,
    pub(crate) member: MemberIndex,
    pub(crate) why: String,
}

/// The part of a member that came by itself is decided, and its attempts have ended.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct MemberSettled {
    pub(crate) flight: FlightId,
    pub(crate) how: Settlement,
    pub(crate) won: Vec<String>,
    pub(crate) preempted: Vec<String>,
}

impl Rendezvous {
    /// Lets the key of a flight that is over linger; names the flight whose key must go for it.
    fn linger(&mut self, flight: FlightId) -> Option<FlightId> {
        self.lingering.push_back(flight);
        if self.lingering.len() > KEYS_LINGERING_MAX {
            self.lingering.pop_front()
        } else {
            None
        }
    }

    /// Whether the key of a flight still lingers, and now no longer does.
    fn end_lingering(&mut self, flight: FlightId) -> bool {
        let at = self.lingering.iter().position(|other| *other == flight);
        at.and_then(|at| self.lingering.remove(at)).is_some()
    }

    pub(super) fn expect(&mut self, flight: FlightId, ended: oneshot::Sender<Followed>) {
        let sender = Sender {
            ended,
            leader: None,
            settled: None,
        };
        self.senders.insert(flight, sender);
    }

    /// Remembers how a follower's leader was lost.
    pub(super) fn on_news(&mut self, flight: FlightId, member: MemberIndex, news: News) {
        if let Some(sender) = self.senders.get_mut(&flight)
            && member.leads()
        {
            sender.leader = match news {
                News::Missing => Some(FollowedEnd::LeaderMissing),
                News::Over => Some(FollowedEnd::Over),
                News::Lost => Some(FollowedEnd::LeaderLost),
                News::Joined | News::Refused | News::Reachable => None,
            };
        }
    }
}

impl Sender {
    fn tell(self) {
        // One that is dropped says as much as can be said of a flight that broke.
        let Some(MemberSettled {
            how,
            won,
            preempted,
            ..
        }) = self.settled
        else {
            return;
        };
        let how = match how {
            Settlement::Landed => FollowedEnd::Landed,
            Settlement::Abandoned => self.leader.unwrap_or(FollowedEnd::LeaderLost),
            Settlement::Failed | Settlement::TimedOut | Settlement::Cancelled => FollowedEnd::Ended,
        };
        // Whoever has sent us may have gone.
        let _ = self.ended.send(Followed {
            how,
            won,
            preempted,
        });
    }
}

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

    /// Lets members of a flight in, and lets this node be one.
    pub(super) fn open_flight(&self, flight: FlightId, key: ClusterKey) {
        let open = OpenFlight { flight, key };
        self.services.postmaster.do_send(open);
    }

    pub(super) fn meet_member(&self, flight: FlightId, address: SocketAddr) {
        let keep = KeepMember { flight, address };
        self.services.postmaster.do_send(keep);
    }

    /// A flight is over here. Its leader's door stays open for a while, so that those who come late hear
    /// it.
    pub(super) fn on_open_flight_ended(
        &mut self,
        flight: FlightId,
        side: Side,
        ctx: &mut Context<Self>,
    ) {
        match side {
            Side::Follower => {
                self.close_flight(flight);
                if let Some(sender) = self.rendezvous.senders.get(&flight)
                    && sender.settled.is_none()
                {
                    self.rendezvous.senders.remove(&flight);
                }
            }
            Side::Leader => {
                if let Some(oldest) = self.rendezvous.linger(flight) {
                    self.close_flight(oldest);
                }
                ctx.run_later(KEY_LINGER, move |supervisor, _| {
                    if supervisor.rendezvous.end_lingering(flight) {
                        supervisor.close_flight(flight);
                    }
                });
            }
        }
    }

    pub(super) fn close_flight(&self, flight: FlightId) {
        self.services.postmaster.do_send(CloseFlight { flight });
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
        (from, news): (MemberIndex, envelope::News),
        ctx: &mut Context<Self>,
    ) {
        if let envelope::News::Join(_) = news {
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

    /// Tells whoever sent this node to follow a flight, as soon as nothing of it runs here any more.
    pub(super) fn conclude_following(&mut self, flight: FlightId) {
        let mut holders = self.executors.keys();
        if holders.any(|holder| holder.flight == flight) {
            return;
        }
        let senders = &mut self.rendezvous.senders;
        let is_settled = |sender: &Sender| sender.settled.is_some();
        if senders.get(&flight).is_some_and(is_settled)
            && let Some(sender) = senders.remove(&flight)
        {
            sender.tell();
        }
    }
}

fn destination(flight: FlightId, tie: Tie, node: &NodeId) -> Destination {
    match tie {
        Tie::Cluster => Destination::Node(node.clone()),
        Tie::Flight => Destination::Member(flight, node.clone()),
    }
}

impl Handler<LocalFollow> for Supervisor {
    type Result = ();

    fn handle(&mut self, asked: LocalFollow, ctx: &mut Self::Context) {
        let LocalFollow {
            invitation,
            member,
            invocation,
            ticket,
        } = asked;
        self.have(&invocation.bundle);
        let invoke = invocation.request(invitation.flight, true);
        let follow = Follow {
            invitation,
            member,
            invoke,
            ticket,
        };
        self.on_request(Request::Follow(Box::new(follow)), ctx);
    }
}

impl Handler<DeclineSeat> for Supervisor {
    type Result = ();

    fn handle(&mut self, declined: DeclineSeat, ctx: &mut Self::Context) {
        let DeclineSeat {
            flight,
            member,
            why,
        } = declined;
        info!(%flight, member = member.0, %why, "a follower will not come");
        self.drive(Event::SeatDeclined { flight, member }, ctx);
    }
}

impl Handler<MemberSettled> for Supervisor {
    type Result = ();

    fn handle(&mut self, settled: MemberSettled, _: &mut Self::Context) {
        let flight = settled.flight;
        if let Some(sender) = self.rendezvous.senders.get_mut(&flight) {
            sender.settled = Some(settled);
            self.conclude_following(flight);
        }
    }
}

#[cfg(test)]
#[path = "rendezvous_tests.rs"]
mod tests;
