//! The flights of a node: what they compute, who asked for them, and their coordinators.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::flight::{Charter, Policy};
use raptor_core::supervision::{Event, Recruit, Refusal};
use raptor_core::{FlightId, MemberIndex, NodeId, NodeRecord};
use tokio::sync::mpsc;
use tracing::debug;

use super::Supervisor;
use super::rendezvous::Side;
use super::requests::Request;
use crate::actor::coordinator::{FlightCoordinator, Happened, Lead, Part, Seated, Seating};
use crate::actor::postmaster::PeerId;
use crate::answer::{ActivationEvent, Answer};
use crate::bundle::{Action, NOT_SENT};
use crate::clock::Clock;
use crate::envelope::{self, BundleRef, Envelope, Invoke, Seat};
use crate::invocation::Invocation;
use crate::patron::{Patron, Way};
use crate::rendezvous::{FollowedEnd, Ticket};
use crate::security::ClusterKey;
use crate::surroundings::{SURROUNDINGS_BYTES_MAX, Surroundings};

/// Every recruit is sent them in one envelope, with the code if that is small.
const PARAMS_BYTES_MAX: usize = 15 << 20;

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

/// An activation asked for by this node's own process.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct LocalInvoke {
    pub(crate) id: FlightId,
    pub(crate) invocation: Invocation,
    pub(crate) events: mpsc::UnboundedSender<ActivationEvent>,
    /// The flight's own key, if its followers come by themselves.
    pub(crate) key: Option<ClusterKey>,
}

/// End a flight that this node leads.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Cancel {
    pub(crate) flight: FlightId,
}

/// A node was not asked to be this member, since it could not be.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Unasked {
    flight: FlightId,
    member: MemberIndex,
    node: NodeId,
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

    fn on_invoke(
        &mut self,
        invoke: Invoke,
        patron: Patron,
        key: Option<ClusterKey>,
        action: Arc<Action>,
        ctx: &mut Context<Self>,
    ) {
        let flight = invoke.flight;
        let size = invoke.size.unwrap_or(action.manifest.flight_size());
        let size_max = self.services.config.flight.size_max;
        if !(1..=size_max).contains(&size) {
            let why = format!(
                "its flight would have {size} members; flight.size_max of this node is {size_max}"
            );
            return self.tell_refused(flight, &patron, why);
        }
        let bytes = invoke.params.len();
        if bytes > PARAMS_BYTES_MAX {
            let why = format!("its parameters have {bytes} bytes; {PARAMS_BYTES_MAX} are the most");
            return self.tell_refused(flight, &patron, why);
        }
        let bytes = invoke.surroundings.bytes();
        if bytes > SURROUNDINGS_BYTES_MAX {
            let why = format!(
                "its context and variables have {bytes} bytes; {SURROUNDINGS_BYTES_MAX} are the most"
            );
            return self.tell_refused(flight, &patron, why);
        }
        let event = match &key {
            Some(_) => Event::LeadAsked { flight, size },
            None => Event::InvokeAsked { flight, size },
        };
        let payload = Payload {
            action,
            params: invoke.params,
            surroundings: Arc::new(invoke.surroundings),
            policy: invoke.policy,
            clock: Clock::new(),
            timeout: invoke.timeout,
            role: Role::Leader {
                patron,
                size_wanted: size,
                key,
            },
        };
        self.begin(flight, payload, event, ctx);
    }

    fn on_recruit(
        &mut self,
        recruit: envelope::Recruit,
        leader: NodeRecord,
        action: Arc<Action>,
        ctx: &mut Context<Self>,
    ) {
        let envelope::Recruit {
            flight,
            member,
            size,
            seats,
            bundle: _,
            params,
            surroundings,
            policy,
            remaining,
        } = recruit;
        let payload = Payload {
            action,
            params,
            surroundings: Arc::new(surroundings),
            policy,
            clock: Clock::new(),
            timeout: remaining,
            role: Role::Follower,
        };
        let members = seats
            .into_iter()
            .map(|seat| (seat.member, seat.record))
            .collect();
        let recruit = Recruit {
            flight,
            member,
            size,
            members,
        };
        self.begin(
            flight,
            payload,
            Event::RecruitAsked { leader, recruit },
            ctx,
        );
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
        let config = &self.services.config.flight;
        let payload = &flying.payload;
        let charter = Charter {
            flight,
            me,
            size,
            manifest: Arc::clone(&payload.action.manifest),
            policy: payload.policy,
            slots: config.slots.max(1),
            deadline: payload.clock.start() + payload.timeout,
            join_timeout: config.join_timeout,
            debrief_timeout: config.debrief_timeout,
        };
        let lead = match &payload.role {
            Role::Leader {
                patron,
                size_wanted,
                key: _,
            } => Some(Lead {
                patron: patron.clone(),
                size_wanted: *size_wanted,
                seating: Seating::of_leader(self.services.record.clone()),
            }),
            Role::Follower | Role::Invited { .. } => None,
        };
        let part = Part {
            charter,
            action: Arc::clone(&payload.action),
            params: payload.params.clone(),
            surroundings: Arc::clone(&payload.surroundings),
            clock: payload.clock,
            lead,
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

    pub(super) fn recruit(&self, to: NodeRecord, recruit: Recruit) {
        let Recruit {
            flight,
            member,
            size,
            members,
        } = recruit;
        let Some(Flying {
            payload,
            coordinator,
        }) = self.flights.flights.get(&flight)
        else {
            return;
        };
        let bundle = &payload.action.bundle;
        if bundle.bytes().is_none() {
            let (node, why) = (to.node, NOT_SENT);
            debug!(%flight, %node, why, "a node is not recruited");
            return self.services.supervisor.do_send(Unasked {
                flight,
                member,
                node,
            });
        }
        let seats = members
            .into_iter()
            .map(|(member, record)| Seat { member, record });
        let recruit = envelope::Recruit {
            flight,
            member,
            size,
            seats: seats.collect(),
            bundle: BundleRef {
                digest: bundle.digest(),
                inline: bundle.inline(),
            },
            params: payload.params.clone(),
            surroundings: (*payload.surroundings).clone(),
            policy: payload.policy,
            remaining: payload.clock.until(payload.clock.start() + payload.timeout),
        };
        self.post(&to.node, flight, &Envelope::Recruit(Box::new(recruit)));
        if let Some(coordinator) = coordinator {
            coordinator.do_send(Seated(Seat { member, record: to }));
        }
    }

    pub(super) fn refuse_client(&mut self, flight: FlightId, why: String) {
        if let Some(Flying {
            payload,
            coordinator: None,
        }) = self.flights.flights.get(&flight)
            && let Role::Leader { patron, .. } = &payload.role
        {
            self.tell_refused(flight, &patron.clone(), why);
            self.flights.forget(flight);
        }
    }

    pub(super) fn tell_refused(&self, flight: FlightId, patron: &Patron, why: String) {
        let event = ActivationEvent::Settled(Answer::Refused(why));
        patron.tell(flight, event, &self.services.postmaster);
    }
}

impl Handler<LocalInvoke> for Supervisor {
    type Result = ();

    fn handle(&mut self, asked: LocalInvoke, ctx: &mut Self::Context) {
        let LocalInvoke {
            id,
            invocation,
            events,
            key,
        } = asked;
        let patron = Patron {
            way: Way::Here(events),
            watch: invocation.watch,
        };
        self.have(&invocation.bundle);
        let invoke = Box::new(invocation.request(id, true));
        let request = match key {
            Some(key) => Request::Lead(invoke, patron, Box::new(key)),
            None => Request::Invoke(invoke, patron),
        };
        self.on_request(request, ctx);
    }
}

impl Handler<Cancel> for Supervisor {
    type Result = ();

    fn handle(&mut self, Cancel { flight }: Cancel, _: &mut Self::Context) {
        if let Some(coordinator) = self.flights.coordinator(flight) {
            coordinator.do_send(Happened(raptor_core::flight::Event::Cancelled));
        }
    }
}

impl Handler<Unasked> for Supervisor {
    type Result = ();

    fn handle(&mut self, unasked: Unasked, ctx: &mut Self::Context) {
        let Unasked {
            flight,
            member,
            node,
        } = unasked;
        let declined = Event::Declined {
            flight,
            member,
            node,
        };
        self.drive(declined, ctx);
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
