//! Flights that this node leads: who asks for them, and which nodes it asks to take part.

use std::sync::Arc;

use actix::prelude::*;
use raptor_core::supervision::{Event, Recruit};
use raptor_core::{FlightId, MemberIndex, NodeId, NodeRecord};
use tokio::sync::mpsc;
use tracing::debug;

use super::{Flying, Payload, Role};
use crate::actor::coordinator::{Happened, Seated};
use crate::actor::supervisor::Supervisor;
use crate::actor::supervisor::requests::Request;
use crate::answer::{ActivationEvent, Answer};
use crate::bundle::{Action, NOT_SENT};
use crate::clock::Clock;
use crate::envelope::{self, BundleRef, Envelope, Invoke, Seat};
use crate::invocation::Invocation;
use crate::patron::{Patron, Way};
use crate::security::ClusterKey;

/// Every recruit is sent them in one envelope, with the code if that is small.
const PARAMS_BYTES_MAX: usize = 15 << 20;

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

impl Supervisor {
    pub(super) fn on_invoke(
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
        if let Err(oversized) = invoke.surroundings.check() {
            return self.tell_refused(flight, &patron, oversized.to_string());
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

    pub(in super::super) fn recruit(&self, to: NodeRecord, recruit: Recruit) {
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

    pub(in super::super) fn refuse_client(&mut self, flight: FlightId, why: String) {
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

    pub(in super::super) fn tell_refused(&self, flight: FlightId, patron: &Patron, why: String) {
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
