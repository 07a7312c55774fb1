//! Whoever asked for an activation.

use actix::prelude::*;
use raptor_core::FlightId;
use tokio::sync::mpsc;

use crate::actor::postmaster::PeerId;
use crate::actor::{Post, Postmaster};
use crate::answer::ActivationEvent;
use crate::envelope::Envelope;
use crate::link::Lane;
use crate::wire;

/// Whoever asked for an activation, and is told of it.
#[derive(Clone, Debug)]
pub(crate) struct Patron {
    pub(crate) way: Way,
    /// Whether it wants to hear of what happens on the way.
    pub(crate) watch: bool,
}

/// How a patron is reached.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// In this process.
    Here(mpsc::UnboundedSender<ActivationEvent>),
    /// Over its association.
    Peer(PeerId),
}

impl Patron {
    /// Tells it something. One that is gone does not hear it: its flights are cancelled as soon as
    /// its going is seen.
    pub(crate) fn tell(&self, flight: FlightId, event: ActivationEvent, post: &Addr<Postmaster>) {
        if matches!(event, ActivationEvent::Progress(_)) && !self.watch {
            return;
        }
        match &self.way {
            Way::Here(sender) => {
                let _ = sender.send(event);
            }
            Way::Peer(peer) => {
                let envelope = wire::encode(1, &envelope(flight, event));
                post.do_send(Post {
                    to: (*peer).into(),
                    lane: Lane::Flight(flight.0),
                    envelope,
                });
            }
        }
    }
}

fn envelope(flight: FlightId, event: ActivationEvent) -> Envelope {
    match event {
        ActivationEvent::Progress(progress) => Envelope::Progress { flight, progress },
        ActivationEvent::Settled(answer) => Envelope::Settled { flight, answer },
        ActivationEvent::Recorded(record) => Envelope::Recorded(Box::new(record)),
        ActivationEvent::Lost(_) => unreachable!("only clients see that their node is lost"),
    }
}
