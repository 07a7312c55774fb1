//! What is held as long as something is not dealt with yet.

use bytes::Bytes;

use crate::link::Receipt;

/// Stands for something that takes up room as long as nobody has dealt with it: a letter that its actor
/// has not handled, an answer that has not left. Dropping it says that it is dealt with.
#[derive(Default)]
pub(crate) enum Token {
    /// It takes up no room.
    #[default]
    Nothing,
    /// It came from a peer, which may send as much more.
    Arrived(#[expect(dead_code, reason = "it is held for the sake of its drop")] Receipt),
    /// It takes up room as long as its envelope lives.
    Envelope(#[expect(dead_code, reason = "it is held for the sake of its drop")] Bytes),
}

impl From<Receipt> for Token {
    fn from(receipt: Receipt) -> Self {
        Self::Arrived(receipt)
    }
}

impl From<Bytes> for Token {
    fn from(envelope: Bytes) -> Self {
        Self::Envelope(envelope)
    }
}
