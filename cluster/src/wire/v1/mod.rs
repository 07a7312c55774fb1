//! Version 1 of the protocol: `bincode` 2, standard configuration, of the types in this folder.
//!
//! No type of any other module goes on the wire. Long contents are borrowed from the message that
//! brought them, so that decoding copies none of them.

mod administration;
mod bundle;
mod envelope;
mod flight;
mod gossip;
mod mail;
mod record;
mod request;
mod shaping;

#[cfg(test)]
mod tests;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bytes::Bytes;

use super::DecodeError;
use crate::envelope::Envelope;
use crate::link::ENVELOPE_BYTES_MAX;

pub(super) use bundle::{decode_bundle, encode_bundle};
pub(crate) use gossip::GossipCodec;
pub(super) use mail::{
    begin_ask, begin_reply, begin_tell, decode_mail, encode_address, encode_mail, is_mail,
};

/// Integers of variable length; nothing longer than an envelope is ever allocated for.
const CONFIG: Configuration<LittleEndian, Varint, Limit<{ ENVELOPE_BYTES_MAX }>> =
    bincode::config::standard().with_limit::<{ ENVELOPE_BYTES_MAX }>();

pub(super) fn encode(envelope: &Envelope) -> Bytes {
    write(&envelope::Envelope::from(envelope))
}

pub(super) fn decode(bytes: &Bytes) -> Result<Envelope, DecodeError> {
    read::<envelope::Envelope<'_>>(bytes)?.into_domain(bytes)
}

fn write(message: &impl bincode::Encode) -> Bytes {
    let config = bincode::config::standard();
    let bytes = bincode::encode_to_vec(message, config);
    bytes
        .expect("what is encoded here has no length that is unknown")
        .into()
}

fn read<'a, M: bincode::BorrowDecode<'a, ()>>(bytes: &'a Bytes) -> Result<M, DecodeError> {
    let (message, taken) = bincode::borrow_decode_from_slice(bytes, CONFIG)?;
    match bytes.len() - taken {
        0 => Ok(message),
        trailing => Err(DecodeError::Trailing(trailing)),
    }
}

/// A part of the message as bytes that keep the whole message alive.
fn share(message: &Bytes, part: &[u8]) -> Bytes {
    message.slice_ref(part)
}
