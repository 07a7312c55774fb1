//! The bytes that peers exchange.
//!
//! Each version of the protocol is one folder that never changes once it was released. The hello
//! of an association negotiates which one both ends speak ([`crate::link`]).

mod v1;

use bytes::Bytes;

use crate::bundle::contents::Contents;
use crate::envelope::Envelope;
use crate::remote::mail::{Address, Mail};

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

/// Whether these bytes, which came from a peer, are [mail](decode_mail).
pub(crate) fn is_mail(bytes: &[u8]) -> bool {
    v1::is_mail(bytes)
}

/// The bytes of a piece of mail.
pub(crate) fn encode_mail(mail: &Mail<'_>) -> Vec<u8> {
    v1::encode_mail(mail)
}

/// The piece of mail in these bytes.
pub(crate) fn decode_mail(bytes: &[u8]) -> Result<Mail<'_>, DecodeError> {
    v1::decode_mail(bytes)
}

/// An address as [`begin_tell`] and [`begin_ask`] want it: letters to one are written by copying it.
pub(crate) fn encode_address(address: Address<'_>) -> Vec<u8> {
    v1::encode_address(address)
}

/// The bytes of a told letter without its body, which is to be appended and has about so many bytes.
pub(crate) fn begin_tell(address: &[u8], body_bytes: usize) -> Vec<u8> {
    v1::begin_tell(address, body_bytes)
}

/// The bytes of a question without its body, which is to be appended and has about so many bytes.
pub(crate) fn begin_ask(address: &[u8], number: u64, body_bytes: usize) -> Vec<u8> {
    v1::begin_ask(address, number, body_bytes)
}

/// The bytes of an answer without its body, which is to be appended.
pub(crate) fn begin_reply(number: u64) -> Vec<u8> {
    v1::begin_reply(number)
}

/// The bytes of a bundle. They carry their version, since a bundle outlives its association.
pub(crate) fn encode_bundle(contents: &Contents) -> Bytes {
    v1::encode_bundle(contents)
}

/// What a bundle's bytes hold.
pub(crate) fn decode_bundle(bytes: &Bytes) -> Result<Contents, DecodeError> {
    v1::decode_bundle(bytes)
}
