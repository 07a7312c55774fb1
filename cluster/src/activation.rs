//! An activation under way.

use std::fmt;

use raptor_core::FlightId;
use tokio::sync::mpsc;

use crate::answer::{ActivationEvent, Answer};
use crate::record::Record;

/// An activation under way, in the hands of whoever asked for it. Dropping it cancels it.
pub struct Activation {
    id: FlightId,
    events: mpsc::UnboundedReceiver<ActivationEvent>,
    cancel: Box<dyn Fn() + Send + Sync>,
    decided: bool,
}

/// The node that led an activation is lost, and its result with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hear how activation {activation} ended: {why}")]
pub struct LeaderLost {
    /// The activation.
    pub activation: FlightId,
    /// What is known of the node's end.
    pub why: String,
}

impl Activation {
    pub(crate) fn new(
        id: FlightId,
        events: mpsc::UnboundedReceiver<ActivationEvent>,
        cancel: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            events,
            cancel: Box::new(cancel),
            decided: false,
        }
    }

    /// Its name.
    pub fn id(&self) -> FlightId {
        self.id
    }

    /// What happens next; `None` after the last event.
    ///
    /// # Errors
    ///
    /// If the leading node is lost.
    pub async fn next(&mut self) -> Result<Option<ActivationEvent>, LeaderLost> {
        match self.events.recv().await {
            Some(ActivationEvent::Lost(why)) => {
                self.decided = true;
                Err(LeaderLost {
                    activation: self.id,
                    why,
                })
            }
            Some(event) => {
                self.decided |= matches!(event, ActivationEvent::Settled(_));
                Ok(Some(event))
            }
            None if self.decided => Ok(None),
            None => {
                self.decided = true;
                Err(LeaderLost {
                    activation: self.id,
                    why: "it has shut down".to_owned(),
                })
            }
        }
    }

    /// Waits until it is decided.
    ///
    /// # Errors
    ///
    /// If the leading node is lost.
    ///
    /// # Panics
    ///
    /// If the decision was heard before.
    pub async fn answer(&mut self) -> Result<Answer, LeaderLost> {
        loop {
            match self
                .next()
                .await?
                .expect("the decision comes before the end")
            {
                ActivationEvent::Settled(answer) => return Ok(answer),
                ActivationEvent::Progress(_)
                | ActivationEvent::Recorded(_)
                | ActivationEvent::Lost(_) => {}
            }
        }
    }

    /// Waits, after the answer, until every attempt has ended, and gives the record of them. There
    /// is none if the activation was refused.
    ///
    /// # Errors
    ///
    /// If the leading node is lost.
    pub async fn record(&mut self) -> Result<Option<Record>, LeaderLost> {
        while let Some(event) = self.next().await? {
            if let ActivationEvent::Recorded(record) = event {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Ends it, unless it is decided already: what runs is preempted on all members.
    pub fn cancel(&self) {
        (self.cancel)();
    }
}

impl Drop for Activation {
    fn drop(&mut self) {
        if !self.decided {
            self.cancel();
        }
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activation")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
