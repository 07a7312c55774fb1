//! Packets of gossip: the members of `foca`'s protocol, and loads.

use std::net::SocketAddr;

use bincode::{BorrowDecode, Encode};
use bytes::{Buf, BufMut};
use raptor_core::membership::{self, LoadNews, MemberCodec, PACKET_BYTES_MAX};
use raptor_core::{Incarnation, NodeRecord};

use super::super::DecodeError;
use super::record::{node, zone};

/// The bytes of gossip in version 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GossipCodec;

/// Bytes of gossip cannot be written, or are none. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GossipError {
    /// They do not fit: the packet goes without them.
    #[error("there is no room for {bytes} more bytes")]
    Full {
        /// How many they are.
        bytes: usize,
    },
    /// They are none.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

#[derive(Encode, BorrowDecode)]
struct Identity<'a> {
    node: &'a str,
    zone: &'a str,
    incarnation: u64,
    renewal: u32,
    moved: u32,
    address: SocketAddr,
}

#[derive(Encode, BorrowDecode)]
struct Header<'a> {
    source: Identity<'a>,
    source_incarnation: u16,
    destination: Identity<'a>,
    message: Message<'a>,
}

#[derive(Encode, BorrowDecode)]
enum Message<'a> {
    Ping(u8),
    Ack(u8),
    PingRequest(Identity<'a>, u8),
    IndirectPing(Identity<'a>, u8),
    IndirectAck(Identity<'a>, u8),
    ForwardedAck(Identity<'a>, u8),
    Announce,
    Feed,
    Gossip,
    Broadcast,
    TurnUndead,
}

#[derive(Encode, BorrowDecode)]
struct Member<'a> {
    identity: Identity<'a>,
    incarnation: u16,
    state: State,
}

#[derive(Encode, BorrowDecode)]
enum State {
    Alive,
    Suspect,
    Down,
}

#[derive(Encode, BorrowDecode)]
struct Load<'a> {
    node: &'a str,
    incarnation: u64,
    report: LoadReport,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct LoadReport {
    number: u64,
    flights: u32,
    weight: u32,
    slots: u32,
    is_draining: bool,
}

/// Writes all of it, or nothing.
fn put(message: &impl Encode, mut buffer: impl BufMut) -> Result<(), GossipError> {
    let bytes = super::write(message);
    if buffer.remaining_mut() < bytes.len() {
        return Err(GossipError::Full { bytes: bytes.len() });
    }
    buffer.put_slice(&bytes);
    Ok(())
}

/// Reads one thing from the beginning of what is left.
fn take<T>(
    mut buffer: impl Buf,
    read: impl FnOnce(&[u8]) -> Result<(T, usize), DecodeError>,
) -> Result<T, GossipError> {
    // What is read here came in one piece.
    let (thing, taken) = read(buffer.chunk())?;
    buffer.advance(taken);
    Ok(thing)
}

/// Nothing in a packet is longer than the packet.
fn part<'a, T: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<(T, usize), DecodeError> {
    let config = bincode::config::standard().with_limit::<PACKET_BYTES_MAX>();
    Ok(bincode::borrow_decode_from_slice(bytes, config)?)
}

impl MemberCodec<membership::Identity> for GossipCodec {
    type Error = GossipError;

    fn encode_header(
        &mut self,
        header: &membership::Header<membership::Identity>,
        buffer: impl BufMut,
    ) -> Result<(), GossipError> {
        put(&Header::from(header), buffer)
    }

    fn decode_header(
        &mut self,
        buffer: impl Buf,
    ) -> Result<membership::Header<membership::Identity>, GossipError> {
        take(buffer, |bytes| {
            let (header, taken) = part::<Header<'_>>(bytes)?;
            Ok((header.into_domain()?, taken))
        })
    }

    fn encode_member(
        &mut self,
        member: &membership::Member<membership::Identity>,
        buffer: impl BufMut,
    ) -> Result<(), GossipError> {
        put(&Member::from(member), buffer)
    }

    fn decode_member(
        &mut self,
        buffer: impl Buf,
    ) -> Result<membership::Member<membership::Identity>, GossipError> {
        take(buffer, |bytes| {
            let (member, taken) = part::<Member<'_>>(bytes)?;
            Ok((member.into_domain()?, taken))
        })
    }
}

impl membership::Codec for GossipCodec {
    fn encode_load(&mut self, news: &LoadNews) -> Vec<u8> {
        let load = Load {
            node: news.node.as_str(),
            incarnation: news.incarnation.0,
            report: news.report.into(),
        };
        super::write(&load).into()
    }

    fn decode_load(&mut self, bytes: &[u8]) -> Result<LoadNews, GossipError> {
        let (load, taken) = part::<Load<'_>>(bytes)?;
        match bytes.len() - taken {
            0 => Ok(LoadNews {
                node: node(load.node)?,
                incarnation: Incarnation(load.incarnation),
                report: load.report.into(),
            }),
            trailing => Err(DecodeError::Trailing(trailing).into()),
        }
    }
}

impl<'a> From<&'a membership::Identity> for Identity<'a> {
    fn from(identity: &'a membership::Identity) -> Self {
        Self {
            node: identity.record.node.as_str(),
            zone: identity.record.zone.as_str(),
            incarnation: identity.record.incarnation.0,
            renewal: identity.renewal,
            moved: identity.moved,
            address: identity.address,
        }
    }
}

impl Identity<'_> {
    fn into_domain(self) -> Result<membership::Identity, DecodeError> {
        Ok(membership::Identity {
            record: NodeRecord {
                node: node(self.node)?,
                zone: zone(self.zone)?,
                incarnation: Incarnation(self.incarnation),
            },
            renewal: self.renewal,
            moved: self.moved,
            address: self.address,
        })
    }
}

impl<'a> From<&'a membership::Header<membership::Identity>> for Header<'a> {
    fn from(header: &'a membership::Header<membership::Identity>) -> Self {
        Self {
            source: (&header.src).into(),
            source_incarnation: header.src_incarnation,
            destination: (&header.dst).into(),
            message: (&header.message).into(),
        }
    }
}

impl Header<'_> {
    fn into_domain(self) -> Result<membership::Header<membership::Identity>, DecodeError> {
        Ok(membership::Header {
            src: self.source.into_domain()?,
            src_incarnation: self.source_incarnation,
            dst: self.destination.into_domain()?,
            message: self.message.into_domain()?,
        })
    }
}

impl<'a> From<&'a membership::Message<membership::Identity>> for Message<'a> {
    fn from(message: &'a membership::Message<membership::Identity>) -> Self {
        use membership::Message as Domain;
        match message {
            Domain::Ping(number) => Self::Ping(*number),
            Domain::Ack(number) => Self::Ack(*number),
            Domain::PingReq {
                target,
                probe_number,
            } => Self::PingRequest(target.into(), *probe_number),
            Domain::IndirectPing {
                origin,
                probe_number,
            } => Self::IndirectPing(origin.into(), *probe_number),
            Domain::IndirectAck {
                target,
                probe_number,
            } => Self::IndirectAck(target.into(), *probe_number),
            Domain::ForwardedAck {
                origin,
                probe_number,
            } => Self::ForwardedAck(origin.into(), *probe_number),
            Domain::Announce => Self::Announce,
            Domain::Feed => Self::Feed,
            Domain::Gossip => Self::Gossip,
            Domain::Broadcast => Self::Broadcast,
            Domain::TurnUndead => Self::TurnUndead,
        }
    }
}

impl Message<'_> {
    fn into_domain(self) -> Result<membership::Message<membership::Identity>, DecodeError> {
        use membership::Message as Domain;
        Ok(match self {
            Self::Ping(number) => Domain::Ping(number),
            Self::Ack(number) => Domain::Ack(number),
            Self::PingRequest(target, probe_number) => Domain::PingReq {
                target: target.into_domain()?,
                probe_number,
            },
            Self::IndirectPing(origin, probe_number) => Domain::IndirectPing {
                origin: origin.into_domain()?,
                probe_number,
            },
            Self::IndirectAck(target, probe_number) => Domain::IndirectAck {
                target: target.into_domain()?,
                probe_number,
            },
            Self::ForwardedAck(origin, probe_number) => Domain::ForwardedAck {
                origin: origin.into_domain()?,
                probe_number,
            },
            Self::Announce => Domain::Announce,
            Self::Feed => Domain::Feed,
            Self::Gossip => Domain::Gossip,
            Self::Broadcast => Domain::Broadcast,
            Self::TurnUndead => Domain::TurnUndead,
        })
    }
}

impl<'a> From<&'a membership::Member<membership::Identity>> for Member<'a> {
    fn from(member: &'a membership::Member<membership::Identity>) -> Self {
        Self {
            identity: member.id().into(),
            incarnation: member.incarnation(),
            state: match member.state() {
                membership::State::Alive => State::Alive,
                membership::State::Suspect => State::Suspect,
                membership::State::Down => State::Down,
            },
        }
    }
}

impl Member<'_> {
    fn into_domain(self) -> Result<membership::Member<membership::Identity>, DecodeError> {
        let state = match self.state {
            State::Alive => membership::State::Alive,
            State::Suspect => membership::State::Suspect,
            State::Down => membership::State::Down,
        };
        let identity = self.identity.into_domain()?;
        Ok(membership::Member::new(identity, self.incarnation, state))
    }
}

impl From<membership::LoadReport> for LoadReport {
    fn from(report: membership::LoadReport) -> Self {
        let membership::Load {
            flights,
            weight,
            slots,
            is_draining,
        } = report.load;
        Self {
            number: report.number,
            flights,
            weight,
            slots,
            is_draining,
        }
    }
}

impl From<LoadReport> for membership::LoadReport {
    fn from(report: LoadReport) -> Self {
        Self {
            number: report.number,
            load: membership::Load {
                flights: report.flights,
                weight: report.weight,
                slots: report.slots,
                is_draining: report.is_draining,
            },
        }
    }
}
