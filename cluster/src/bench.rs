//! What the micro-benchmarks of this crate measure and nobody else can reach: feature `bench` opens it.

use bytes::Bytes;

use crate::envelope::{Envelope, Letter};
use crate::wire;

/// An envelope with a question of one actor to another.
#[derive(Debug)]
pub struct Question(Envelope);

impl Question {
    /// A question of these bytes.
    pub fn new(body: Bytes) -> Self {
        let letter = Letter {
            actor: "responder".to_owned(),
            kind: "echo".to_owned(),
            body,
        };
        // A number that takes as many bytes as most do.
        let number = 1 << 20;
        Self(Envelope::Ask { number, letter })
    }

    /// Its bytes.
    pub fn encode(&self) -> Bytes {
        wire::encode(&self.0)
    }

    /// The question in these bytes.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn decode(bytes: &Bytes) -> Self {
        Self(wire::decode(bytes).expect("it was encoded here"))
    }
}
