//! The bytes that peers exchange.
//!
//! Each version of the protocol is one folder that never changes once it was released. The hello
//! of an association negotiates which one both ends speak ([`crate::link`]).

mod v1;

use bytes::Bytes;

use crate::bundle::contents::Contents;
use crate::envelope::Envelope;

/// The bytes of gossip, in the one version that this build speaks.
pub(crate) use v1::GossipCodec;

/// Why bytes are no message. Whoever sent them is at fault; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("it is malformed: {0}")]
    Malformed(#[from] bincode::error::DecodeError),
    #[error("it is followed by {0} bytes that are not of it")]
    Trailing(usize),
    #[error("it holds {0}")]
    Invalid(&'static str),
    #[error("version {0} of the protocol is not spoken here")]
    Version(u16),
}

/// The bytes of an envelope, in the one version that this build speaks, so that any hello agrees on
/// it. With a second version, this takes the one that was agreed on with the peer.
pub(crate) fn encode(envelope: &Envelope) -> Bytes {
    v1::encode(envelope)
}

/// The envelope in these bytes, which came in the one version that this build speaks.
pub(crate) fn decode(bytes: &Bytes) -> Result<Envelope, DecodeError> {
    v1::decode(bytes)
}

/// The bytes of a bundle. They carry their version, since a bundle outlives its association.
pub(crate) fn encode_bundle(contents: &Contents) -> Bytes {
    v1::encode_bundle(contents)
}

/// What a bundle's bytes hold.
pub(crate) fn decode_bundle(bytes: &Bytes) -> Result<Contents, DecodeError> {
    v1::decode_bundle(bytes)
}
