//! Bytes for gossip, for tests of the core: plain, and of about the length of the real ones.

use std::net::SocketAddr;

use bytes::{Buf, BufMut};
use raptor_core::membership::{
    Codec, Header, Identity, Load, LoadNews, LoadReport, Member, MemberCodec, Message, State,
};
use raptor_core::{Incarnation, NodeRecord};

/// The bytes of these tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain;

/// They are none.
#[derive(Debug)]
pub(crate) struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is malformed")
    }
}

impl std::error::Error for Malformed {}

type Read<T> = Result<T, Malformed>;

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(u8::try_from(text.len()).expect("names are short"));
    bytes.extend_from_slice(text.as_bytes());
}

fn put_identity(bytes: &mut Vec<u8>, identity: &Identity) {
    put_text(bytes, identity.record.node.as_str());
    put_text(bytes, identity.record.zone.as_str());
    bytes.put_u64(identity.record.incarnation.0);
    bytes.put_u32(identity.renewal);
    bytes.put_u32(identity.moved);
    put_text(bytes, &identity.address.to_string());
}

fn put_message(bytes: &mut Vec<u8>, message: &Message<Identity>) {
    let (kind, number, other) = match message {
        Message::Ping(number) => (0, *number, None),
        Message::Ack(number) => (1, *number, None),
        Message::PingReq {
            target,
            probe_number,
        } => (2, *probe_number, Some(target)),
        Message::IndirectPing {
            origin,
            probe_number,
        } => (3, *probe_number, Some(origin)),
        Message::IndirectAck {
            target,
            probe_number,
        } => (4, *probe_number, Some(target)),
        Message::ForwardedAck {
            origin,
            probe_number,
        } => (5, *probe_number, Some(origin)),
        Message::Announce => (6, 0, None),
        Message::Feed => (7, 0, None),
        Message::Gossip => (8, 0, None),
        Message::Broadcast => (9, 0, None),
        Message::TurnUndead => (10, 0, None),
    };
    bytes.extend([kind, number]);
    if let Some(other) = other {
        put_identity(bytes, other);
    }
}

/// Writes all of it, or nothing.
fn put(bytes: &[u8], mut buffer: impl BufMut) -> Read<()> {
    if buffer.remaining_mut() < bytes.len() {
        return Err(Malformed);
    }
    buffer.put_slice(bytes);
    Ok(())
}

fn byte(buffer: &mut impl Buf) -> Read<u8> {
    buffer.try_get_u8().map_err(|_| Malformed)
}

fn text<T: std::str::FromStr>(buffer: &mut impl Buf) -> Read<T> {
    let mut text = vec![0; byte(buffer)?.into()];
    let read = buffer.try_copy_to_slice(&mut text);
    read.map_err(|_| Malformed)?;
    let text = String::from_utf8(text).map_err(|_| Malformed)?;
    text.parse().map_err(|_| Malformed)
}

fn number(buffer: &mut impl Buf) -> Read<u64> {
    buffer.try_get_u64().map_err(|_| Malformed)
}

fn identity(buffer: &mut impl Buf) -> Read<Identity> {
    let record = NodeRecord {
        node: text(buffer)?,
        zone: text(buffer)?,
        incarnation: Incarnation(number(buffer)?),
    };
    let renewal = buffer.try_get_u32().map_err(|_| Malformed)?;
    let moved = buffer.try_get_u32().map_err(|_| Malformed)?;
    let address: SocketAddr = text(buffer)?;
    Ok(Identity {
        record,
        renewal,
        moved,
        address,
    })
}

fn message(buffer: &mut impl Buf) -> Read<Message<Identity>> {
    let kind = byte(buffer)?;
    let probe_number = byte(buffer)?;
    Ok(match kind {
        0 => Message::Ping(probe_number),
        1 => Message::Ack(probe_number),
        2 => Message::PingReq {
            target: identity(buffer)?,
            probe_number,
        },
        3 => Message::IndirectPing {
            origin: identity(buffer)?,
            probe_number,
        },
        4 => Message::IndirectAck {
            target: identity(buffer)?,
            probe_number,
        },
        5 => Message::ForwardedAck {
            origin: identity(buffer)?,
            probe_number,
        },
        6 => Message::Announce,
        7 => Message::Feed,
        8 => Message::Gossip,
        9 => Message::Broadcast,
        10 => Message::TurnUndead,
        _ => return Err(Malformed),
    })
}

impl MemberCodec<Identity> for Plain {
    type Error = Malformed;

    fn encode_header(&mut self, header: &Header<Identity>, buffer: impl BufMut) -> Read<()> {
        let mut bytes = Vec::new();
        put_identity(&mut bytes, &header.src);
        bytes.put_u16(header.src_incarnation);
        put_identity(&mut bytes, &header.dst);
        put_message(&mut bytes, &header.message);
        put(&bytes, buffer)
    }

    fn decode_header(&mut self, mut buffer: impl Buf) -> Read<Header<Identity>> {
        Ok(Header {
            src: identity(&mut buffer)?,
            src_incarnation: buffer.try_get_u16().map_err(|_| Malformed)?,
            dst: identity(&mut buffer)?,
            message: message(&mut buffer)?,
        })
    }

    fn encode_member(&mut self, member: &Member<Identity>, buffer: impl BufMut) -> Read<()> {
        let mut bytes = Vec::new();
        put_identity(&mut bytes, member.id());
        bytes.put_u16(member.incarnation());
        bytes.push(match member.state() {
            State::Alive => 0,
            State::Suspect => 1,
            State::Down => 2,
        });
        put(&bytes, buffer)
    }

    fn decode_member(&mut self, mut buffer: impl Buf) -> Read<Member<Identity>> {
        let identity = identity(&mut buffer)?;
        let incarnation = buffer.try_get_u16().map_err(|_| Malformed)?;
        let state = match byte(&mut buffer)? {
            0 => State::Alive,
            1 => State::Suspect,
            2 => State::Down,
            _ => return Err(Malformed),
        };
        Ok(Member::new(identity, incarnation, state))
    }
}

impl Codec for Plain {
    fn encode_load(&mut self, news: &LoadNews) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_text(&mut bytes, news.node.as_str());
        bytes.put_u64(news.incarnation.0);
        bytes.put_u64(news.report.number);
        let Load {
            flights,
            weight,
            slots,
            is_draining,
        } = news.report.load;
        for number in [flights, weight, slots, is_draining.into()] {
            bytes.put_u32(number);
        }
        bytes
    }

    fn decode_load(&mut self, mut bytes: &[u8]) -> Read<LoadNews> {
        let node = text(&mut bytes)?;
        let incarnation = Incarnation(number(&mut bytes)?);
        let number = number(&mut bytes)?;
        let mut next = || bytes.try_get_u32().map_err(|_| Malformed);
        let load = Load {
            flights: next()?,
            weight: next()?,
            slots: next()?,
            is_draining: next()? == 1,
        };
        let report = LoadReport { number, load };
        Ok(LoadNews {
            node,
            incarnation,
            report,
        })
    }
}
