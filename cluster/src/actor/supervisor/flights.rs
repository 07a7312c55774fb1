//! The flights of a node: what they compute, who asked for them, and their coordinators.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::flight::{Charter, Policy};
use raptor_core::supervision::{Event, Refusal};
use raptor_core::{FlightId, MemberIndex, NodeRecord};

use super::Supervisor;
use super::rendezvous::Side;
use super::requests::Request;
use crate::actor::coordinator::{FlightCoordinator, Happened, Lead, Part, Seating};
use crate::actor::postmaster::PeerId;
use crate::bundle::Action;
use crate::clock::Clock;
use crate::config::FlightConfig;
use crate::patron::{Patron, Way};
use crate::rendezvous::{FollowedEnd, Ticket};
use crate::security::ClusterKey;
use crate::surroundings::Surroundings;

mod leading;
mod recruited;

pub(crate) use leading::{Cancel, LocalInvoke};

/// The flights of a node.
#[derive(Default)]
pub(super) struct Flights {
    pub(super) flights: BTreeMap<FlightId, Flying>,
}

/// A flight that is asked for, or under way.
pub(super) struct Flying {
    pub(super) payload: Payload,
    /// Since it was admitted.
    pub(super) coordinator: Option<Addr<FlightCoordinator>>,
}

/// What the machines do not deal with.
pub(super) struct Payload {
    pub(super) action: Arc<Action>,
    pub(super) params: Bytes,
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) policy: Policy,
    pub(super) clock: Clock,
    /// How long it may take, from the clock's start.
    pub(super) timeout: Duration,
    pub(super) role: Role,
}

/// Whether this node leads it.
pub(super) enum Role {
    Leader {
        patron: Patron,
        size_wanted: u16,
        /// If its followers come by themselves.
        key: Option<ClusterKey>,
    },
    Follower,
    /// It came by itself.
    Invited {
        key: ClusterKey,
        /// Until the flight is admitted.
        ticket: Option<Ticket>,
    },
}

/// A coordinator is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct FlightEnded(pub(crate) FlightId);

impl Flights {
    pub(super) fn coordinator(&self, flight: FlightId) -> Option<&Addr<FlightCoordinator>> {
        self.flights.get(&flight)?.coordinator.as_ref()
    }

    pub(super) fn forget(&mut self, flight: FlightId) {
        self.flights.remove(&flight);
    }

    /// Forgets a flight that was not granted. One under way stays, whoever else asked for it.
    pub(super) fn forget_refused(&mut self, flight: FlightId) {
        if self.coordinator(flight).is_none() {
            self.forget(flight);
        }
    }

    /// On which side of a flight this node is, if its followers come by themselves.
    fn side(&self, flight: FlightId) -> Option<Side> {
        match &self.flights.get(&flight)?.payload.role {
            Role::Leader { key, .. } => key.as_ref().map(|_| Side::Leader),
            Role::Invited { .. } => Some(Side::Follower),
            Role::Follower => None,
        }
    }

    /// The coordinators of the flights that `peer` has asked for.
    pub(super) fn of_patron(&self, peer: PeerId) -> impl Iterator<Item = &Addr<FlightCoordinator>> {
        let asked = self
            .flights
            .values()
            .filter(move |flying| flying.is_of_patron(peer));
        asked.filter_map(|flying| flying.coordinator.as_ref())
    }

    /// Whether `peer` has asked for the flight.
    pub(super) fn is_of_patron(&self, flight: FlightId, peer: PeerId) -> bool {
        self.flights
            .get(&flight)
            .is_some_and(|flying| flying.is_of_patron(peer))
    }
}

impl Flying {
    fn is_of_patron(&self, peer: PeerId) -> bool {
        match &self.payload.role {
            Role::Leader {
                patron:
                    Patron {
                        way: Way::Peer(asker),
                        ..
                    },
                ..
            } => *asker == peer,
            Role::Leader {
                patron: Patron {
                    way: Way::Here(_), ..
                },
                ..
            }
            | Role::Follower
            | Role::Invited { .. } => false,
        }
    }
}

impl Payload {
    fn charter(
        &self,
        flight: FlightId,
        me: MemberIndex,
        size: u16,
        config: &FlightConfig,
    ) -> Charter {
        Charter {
            flight,
            me,
            size,
            manifest: Arc::clone(&self.action.manifest),
            policy: self.policy,
            slots: config.slots.max(1),
            deadline: self.clock.start() + self.timeout,
            join_timeout: config.join_timeout,
            debrief_timeout: config.debrief_timeout,
        }
    }

    /// What the coordinator has to do beside flying, if this node, `me`, leads.
    fn lead(&self, me: &NodeRecord) -> Option<Lead> {
        match &self.role {
            Role::Leader {
                patron,
                size_wanted,
                key: _,
            } => Some(Lead {
                patron: patron.clone(),
                size_wanted: *size_wanted,
                seating: Seating::of_leader(me.clone()),
            }),
            Role::Follower | Role::Invited { .. } => None,
        }
    }
}

impl Supervisor {
    pub(super) fn on_action(
        &mut self,
        request: Request,
        action: Arc<Action>,
        ctx: &mut Context<Self>,
    ) {
        match request {
            Request::Invoke(invoke, patron) => self.on_invoke(*invoke, patron, None, action, ctx),
            Request::Lead(invoke, patron, key) => {
                self.on_invoke(*invoke, patron, Some(*key), action, ctx);
            }
            Request::Follow(follow) => self.on_follow(*follow, action, ctx),
            Request::Recruit(recruit, leader) => self.on_recruit(*recruit, leader, action, ctx),
        }
    }

    /// Keeps the payload at hand while the machine decides.
    pub(super) fn begin(
        &mut self,
        flight: FlightId,
        payload: Payload,
        event: Event,
        ctx: &mut Context<Self>,
    ) {
        match self.flights.flights.entry(flight) {
            Entry::Vacant(place) => {
                let coordinator = None;
                place.insert(Flying {
                    payload,
                    coordinator,
                });
            }
            // The payload of a flight under way stays. Whether a leader only repeats itself, the
            // machine knows; a client's activation must have a name of its own.
            Entry::Occupied(_) => match payload.role {
                Role::Leader { patron, .. } => {
                    let why = Refusal::Known.to_string();
                    return self.tell_refused(flight, &patron, why);
                }
                Role::Invited { ticket, .. } => {
                    let why = FollowedEnd::Refused(Refusal::Known.to_string());
                    return ticket
                        .into_iter()
                        .for_each(|ticket| ticket.refuse(why.clone()));
                }
                Role::Follower => {}
            },
        }
        self.drive(event, ctx);
    }

    pub(super) fn lead(&mut self, flight: FlightId, size: u16) {
        self.start(flight, MemberIndex::LEADER, size);
    }

    pub(super) fn follow(&mut self, flight: FlightId, member: MemberIndex, size: u16) {
        self.start(flight, member, size);
    }

    fn start(&mut self, flight: FlightId, me: MemberIndex, size: u16) {
        let flying = self.flights.flights.get_mut(&flight);
        let flying = flying.expect("the payload was put there before the machine was asked");
        let payload = &flying.payload;
        let part = Part {
            charter: payload.charter(flight, me, size, &self.services.config.flight),
            action: Arc::clone(&payload.action),
            params: payload.params.clone(),
            surroundings: Arc::clone(&payload.surroundings),
            clock: payload.clock,
            lead: payload.lead(&self.services.record),
        };
        let is_invited = matches!(payload.role, Role::Invited { .. });
        let coordinator = FlightCoordinator::new(part, Rc::clone(&self.services));
        let coordinator = coordinator.on_errand(is_invited).start();
        flying.coordinator = Some(coordinator.clone());
        let key = match &mut flying.payload.role {
            Role::Leader { key, .. } => key.clone(),
            Role::Invited { key, ticket } => {
                let Ticket { ended, left } = ticket.take().expect("a flight is admitted once");
                self.rendezvous.expect(flight, ended);
                actix::spawn(async move {
                    // Nothing is ever sent.
                    let _ = left.await;
                    coordinator.do_send(Happened(raptor_core::flight::Event::Cancelled));
                });
                Some(key.clone())
            }
            Role::Follower => None,
        };
        if let Some(key) = key {
            self.open_flight(flight, key);
        }
    }
}

impl Handler<FlightEnded> for Supervisor {
    type Result = ();

    fn handle(&mut self, FlightEnded(flight): FlightEnded, ctx: &mut Self::Context) {
        if let Some(side) = self.flights.side(flight) {
            self.on_open_flight_ended(flight, side, ctx);
        }
        self.flights.forget(flight);
        self.drive(Event::FlightEnded { flight }, ctx);
    }
}
