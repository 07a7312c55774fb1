//! What this node does for a flight that it was sent to follow, and for whoever has sent it.

use std::sync::Arc;

use actix::prelude::*;
use raptor_core::flight::Settlement;
use raptor_core::supervision::{Event, News, Refusal};
use raptor_core::{FlightId, MemberIndex};
use tokio::sync::oneshot;

use super::Supervisor;
use super::flights::{Flying, Payload, Role};
use super::rendezvous::Rendezvous;
use super::requests::Request;
use crate::bundle::Action;
use crate::clock::Clock;
use crate::envelope::Invoke;
use crate::invocation::Invocation;
use crate::rendezvous::{Followed, FollowedEnd, Invitation, Ticket};

/// Whoever has sent this node to follow a flight, and what it is to be told.
pub(super) struct Sender {
    ended: oneshot::Sender<Followed>,
    /// How the leader was lost, if it was.
    leader: Option<FollowedEnd>,
    /// What came of this member's part, once that is decided.
    settled: Option<MemberSettled>,
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

    /// Forgets whoever has sent this node to follow a flight that has ended without having been
    /// decided: that it is forgotten tells it as much.
    pub(super) fn forget_broken(&mut self, flight: FlightId) {
        let is_settled = |sender: &Sender| sender.settled.is_some();
        if !self.senders.get(&flight).is_some_and(is_settled) {
            self.senders.remove(&flight);
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
    pub(super) fn on_follow(
        &mut self,
        follow: Follow,
        action: Arc<Action>,
        ctx: &mut Context<Self>,
    ) {
        let Follow {
            invitation,
            member,
            invoke,
            ticket,
        } = follow;
        let (flight, size) = (invitation.flight, invitation.size);
        let size_max = self.services.config.flight.size_max;
        if size > size_max {
            let why = format!(
                "the flight has {size} members; flight.size_max of this node is {size_max}"
            );
            return ticket.refuse(FollowedEnd::Refused(why));
        }
        let payload = Payload {
            action,
            params: invoke.params,
            surroundings: Arc::new(invoke.surroundings),
            policy: invoke.policy,
            clock: Clock::new(),
            timeout: invoke.timeout,
            role: Role::Invited {
                key: invitation.key,
                ticket: Some(ticket),
            },
        };
        let event = Event::FollowAsked {
            flight,
            member,
            size,
            leader: invitation.leader,
            address: invitation.address,
        };
        self.begin(flight, payload, event, ctx);
    }

    pub(super) fn refuse_invited(&mut self, flight: FlightId, refusal: Refusal) {
        let Some(Flying {
            payload,
            coordinator: None,
        }) = self.flights.flights.get_mut(&flight)
        else {
            return;
        };
        if let Role::Invited { ticket, .. } = &mut payload.role
            && let Some(ticket) = ticket.take()
        {
            let how = match refusal {
                Refusal::Over => FollowedEnd::Over,
                Refusal::Draining | Refusal::Full { .. } | Refusal::Known | Refusal::NoFollower => {
                    FollowedEnd::Refused(refusal.to_string())
                }
            };
            ticket.refuse(how);
            self.flights.forget(flight);
        }
    }

    /// Tells whoever sent this node to follow a flight, as soon as nothing of it runs here any
    /// more.
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
#[path = "following_tests.rs"]
mod tests;
