//! Whoever waits until nothing of a flight runs here any more.

use std::collections::BTreeMap;

use actix::prelude::*;
use raptor_core::FlightId;
use tokio::sync::oneshot;

use super::Supervisor;

/// Answered when no process of this flight runs on the node.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Silence(pub(crate) FlightId);

/// Who waits for the end of which flight's processes.
#[derive(Default)]
pub(super) struct Listeners {
    listeners: BTreeMap<FlightId, Vec<oneshot::Sender<()>>>,
}

impl Supervisor {
    fn runs(&self, flight: FlightId) -> bool {
        self.executors.keys().any(|holder| holder.flight == flight)
    }

    /// An executor of the flight is gone.
    pub(super) fn conclude_silence(&mut self, flight: FlightId) {
        if !self.runs(flight)
            && let Some(listeners) = self.silence.listeners.remove(&flight)
        {
            for listener in listeners {
                // It may have gone.
                let _ = listener.send(());
            }
        }
    }
}

impl Handler<Silence> for Supervisor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Silence(flight): Silence, _: &mut Self::Context) -> Self::Result {
        if !self.runs(flight) {
            return Box::pin(std::future::ready(()));
        }
        let (listener, heard) = oneshot::channel();
        let listeners = self.silence.listeners.entry(flight).or_default();
        listeners.push(listener);
        Box::pin(async {
            // A supervisor that is gone runs nothing.
            let _ = heard.await;
        })
    }
}
