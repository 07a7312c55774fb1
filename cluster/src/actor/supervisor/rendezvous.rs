//! Flights whose followers come by themselves, of which this node holds the keys.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::supervision::Event;
use raptor_core::{FlightId, MemberIndex};
use tracing::info;

use super::Supervisor;
use super::following::Sender;
use crate::actor::postmaster::{CloseFlight, OpenFlight, PeerId};
use crate::security::ClusterKey;

/// How long the key of a flight that was led here stays valid after its end, so that a follower
/// that comes late hears that it is over: longer than containers take to start.
const KEY_LINGER: Duration = Duration::from_secs(60);

/// Of so many flights at most. A leader of more than four a second lets the oldest go earlier; who
/// comes then finds nobody, and gives up after its `flight.join_timeout`.
const KEYS_LINGERING_MAX: usize = 256;

/// What a node holds for the flights whose followers come by themselves.
#[derive(Default)]
pub(super) struct Rendezvous {
    /// Where those are reached with whom an association of a flight is up, as they say.
    pub(super) addresses: BTreeMap<PeerId, SocketAddr>,
    /// The flights that were led here, are over, and have a valid key, the oldest first.
    lingering: VecDeque<FlightId>,
    /// Whoever has sent this node to follow a flight.
    pub(super) senders: BTreeMap<FlightId, Sender>,
}

/// Which side of such a flight this node is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Leader,
    Follower,
}

/// Nobody will come for a seat of a flight that is led here.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct DeclineSeat {
    pub(crate) flight: FlightId,
    pub(crate) member: MemberIndex,
    pub(crate) why: String,
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
}

impl Supervisor {
    /// Lets members of a flight in, and lets this node be one.
    pub(super) fn open_flight(&self, flight: FlightId, key: ClusterKey) {
        let open = OpenFlight { flight, key };
        self.services.postmaster.do_send(open);
    }

    /// A flight is over here. Its leader's door stays open for a while, so that those who come late
    /// hear it.
    pub(super) fn on_open_flight_ended(
        &mut self,
        flight: FlightId,
        side: Side,
        ctx: &mut Context<Self>,
    ) {
        match side {
            Side::Follower => {
                self.close_flight(flight);
                self.rendezvous.forget_broken(flight);
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

#[cfg(test)]
#[path = "rendezvous_tests.rs"]
mod tests;
