//! What the micro-benchmarks of this crate measure and nobody else can reach: feature `bench` opens it.

use bytes::Bytes;

use crate::remote::mail::{Address, Letter, Mail};
use crate::wire;

/// A question of one actor to another.
#[derive(Debug)]
pub struct Question(Bytes);

const ADDRESS: Address<'static> = Address {
    actor: "responder",
    kind: "echo",
    version: 1,
};

/// One that takes as many bytes as most do.
const NUMBER: u64 = 1 << 20;

impl Question {
    /// A question of these bytes.
    pub const fn new(body: Bytes) -> Self {
        Self(body)
    }

    /// The bytes of an envelope with it.
    pub fn encode(&self) -> Bytes {
        let letter = Letter {
            address: ADDRESS,
            body: &self.0,
        };
        let number = NUMBER;
        wire::encode_mail(&Mail::Ask { number, letter }).into()
    }

    /// The question in the envelope of these bytes.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn decode(bytes: &Bytes) -> Self {
        match wire::decode_mail(bytes) {
            Ok(Mail::Ask { letter, .. }) => Self(bytes.slice_ref(letter.body)),
            other => panic!("that is no question: {other:?}"),
        }
    }
}
