//! Whoever asked for an activation.

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::FlightId;
use tokio::sync::mpsc;

use crate::actor::postmaster::PeerId;
use crate::actor::{Deliver, Post, Postmaster};
use crate::answer::{ActivationEvent, Answer};
use crate::envelope::Envelope;
use crate::link::{ENVELOPE_BYTES_MAX, Lane};
use crate::record::Record;
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
                let post_to = |envelope| Post::new(*peer, Lane::Flight(flight.0), envelope);
                match event {
                    // Whoever watches and does not keep up misses some of it.
                    ActivationEvent::Progress(_) => {
                        post.do_send(post_to(wire::encode(&envelope(flight, event))));
                    }
                    ActivationEvent::Settled(_)
                    | ActivationEvent::Recorded(_)
                    | ActivationEvent::Lost(_) => {
                        post.do_send(Deliver(post_to(fitting(flight, event))));
                    }
                }
            }
        }
    }
}

/// The bytes of an event; of one that no envelope holds, what can be said of it.
fn fitting(flight: FlightId, event: ActivationEvent) -> Bytes {
    let bytes = wire::encode(&envelope(flight, event.clone()));
    if bytes.len() <= ENVELOPE_BYTES_MAX {
        return bytes;
    }
    let fits = match event {
        ActivationEvent::Settled(_) => {
            let why = format!(
                "its answer has {} bytes; {ENVELOPE_BYTES_MAX} are the most that are sent",
                bytes.len()
            );
            ActivationEvent::Settled(Answer::Refused(why))
        }
        ActivationEvent::Recorded(mut record) => {
            let has_logs = record.attempts.iter().any(|line| !line.log.is_empty());
            if has_logs {
                record.attempts.iter_mut().for_each(|line| line.log.clear());
                return fitting(flight, ActivationEvent::Recorded(record));
            }
            ActivationEvent::Recorded(Record {
                attempts: Vec::new(),
                ..record
            })
        }
        ActivationEvent::Progress(_) | ActivationEvent::Lost(_) => event,
    };
    wire::encode(&envelope(flight, fits))
}

fn envelope(flight: FlightId, event: ActivationEvent) -> Envelope {
    match event {
        ActivationEvent::Progress(progress) => Envelope::Progress { flight, progress },
        ActivationEvent::Settled(answer) => Envelope::Settled { flight, answer },
        ActivationEvent::Recorded(record) => Envelope::Recorded(Box::new(record)),
        ActivationEvent::Lost(_) => unreachable!("only clients see that their node is lost"),
    }
}

#[cfg(test)]
#[path = "patron_tests.rs"]
mod tests;
