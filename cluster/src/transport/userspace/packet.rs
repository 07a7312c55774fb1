//! SCTP packets as they arrive: what they are, and which of them `dcsctp` may see.
//!
//! Whatever fails here is dropped without an answer. Beside malformed packets that is everything which
//! no peer of ours sends and which would cost memory, answers without bound, or a panic in `dcsctp`:
//! re-configuration (its answers can exceed a packet), forwarding of sequence numbers, streams beyond
//! [`STREAMS`], and cookies that do not leave room for an acknowledgement beside them.

use crate::transport::STREAMS;

/// The header of a packet: ports, verification tag, checksum (RFC 9260, section 3.1).
pub(super) const HEADER_BYTES: usize = 12;

/// The header of a chunk: type, flags, length (RFC 9260, section 3.2).
pub(super) const CHUNK_HEADER_BYTES: usize = 4;

/// The fixed part of INIT and INIT ACK after the chunk's header (RFC 9260, section 3.3.2).
pub(super) const INIT_FIXED_BYTES: usize = 16;

/// An INIT ACK holds a cookie that is sent back in a packet of [`PACKET_BYTES_MAX`] together with an
/// acknowledgement of up to 176 bytes. Linux sends some 400 bytes, we less.
///
/// [`PACKET_BYTES_MAX`]: super::settings
const INIT_ACK_PACKET_BYTES_MAX: usize = 900;

/// Each of these in a packet is answered by a packet of its own, so that one full of them would make
/// us send thousands. Peers send one at a time.
const ANSWERED_CHUNKS_MAX: usize = 4;

/// What a packet is for, as its first chunk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A stranger knocks.
    Init,
    /// A stranger brings back the cookie that we gave it.
    CookieEcho,
    /// The association is gone at the other end.
    Abort,
    /// The other end has nothing more to say and knows that we have not either.
    ShutdownAck,
    /// The end of a handshake or of a shutdown: never answered.
    Final,
    /// Belongs to an association.
    Association,
}

/// A packet whose chunks are whole. Its checksum is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    pub(super) tag: u32,
    pub(super) purpose: Purpose,
}

/// No packet, or one that no peer of ours sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

mod chunk_type {
    pub(super) const DATA: u8 = 0;
    pub(super) const INIT: u8 = 1;
    pub(super) const INIT_ACK: u8 = 2;
    pub(super) const SACK: u8 = 3;
    pub(super) const HEARTBEAT: u8 = 4;
    pub(super) const HEARTBEAT_ACK: u8 = 5;
    pub(super) const ABORT: u8 = 6;
    pub(super) const SHUTDOWN: u8 = 7;
    pub(super) const SHUTDOWN_ACK: u8 = 8;
    pub(super) const ERROR: u8 = 9;
    pub(super) const COOKIE_ECHO: u8 = 10;
    pub(super) const COOKIE_ACK: u8 = 11;
    pub(super) const SHUTDOWN_COMPLETE: u8 = 14;
    pub(super) const I_DATA: u8 = 64;
    pub(super) const RE_CONFIG: u8 = 130;
    pub(super) const FORWARD_TSN: u8 = 192;
    pub(super) const I_FORWARD_TSN: u8 = 194;
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, chunks) = bytes.split_at_checked(HEADER_BYTES).ok_or(Malformed)?;
        let tag = read_u32(&header[4..8]);
        let survey = Survey::of(chunks)?;
        let first = survey.first.ok_or(Malformed)?;
        let is_alone = survey.count == 1;
        let purpose = match first {
            chunk_type::INIT if is_alone && tag == 0 => Purpose::Init,
            chunk_type::INIT_ACK if is_alone && bytes.len() <= INIT_ACK_PACKET_BYTES_MAX => {
                Purpose::Association
            }
            chunk_type::INIT | chunk_type::INIT_ACK => return Err(Malformed),
            chunk_type::COOKIE_ECHO => Purpose::CookieEcho,
            _ if survey.aborts => Purpose::Abort,
            chunk_type::SHUTDOWN_ACK => Purpose::ShutdownAck,
            chunk_type::SHUTDOWN_COMPLETE | chunk_type::COOKIE_ACK | chunk_type::ERROR => {
                Purpose::Final
            }
            _ => Purpose::Association,
        };
        if tag == 0 && purpose != Purpose::Init {
            return Err(Malformed);
        }
        Ok(Self {
            bytes,
            source_port: read_u16(&header[0..2]),
            destination_port: read_u16(&header[2..4]),
            tag,
            purpose,
        })
    }

    /// Whether the checksum is right. `dcsctp` verifies what it is given, so only packets that we
    /// answer or rewrite ourselves need this.
    pub(super) fn is_intact(&self) -> bool {
        self.bytes[8..12] == checksum(self.bytes).to_le_bytes()
    }

    /// The answer to a packet of an association that does not exist: ABORT with the tag reflected
    /// (RFC 9260, section 8.4, rule 8). Without it the sender would go on for seconds.
    pub(super) fn out_of_the_blue_abort(&self) -> Vec<u8> {
        self.reflected(chunk_type::ABORT)
    }

    /// The answer to a SHUTDOWN ACK of an association that does not exist (rule 5).
    pub(super) fn out_of_the_blue_shutdown_complete(&self) -> Vec<u8> {
        self.reflected(chunk_type::SHUTDOWN_COMPLETE)
    }

    /// A packet with one empty chunk, whose T bit says that the tag is the one we received.
    fn reflected(&self, chunk_type: u8) -> Vec<u8> {
        const TAG_REFLECTED: u8 = 1;
        let mut bytes = Vec::with_capacity(HEADER_BYTES + CHUNK_HEADER_BYTES);
        bytes.extend_from_slice(&self.destination_port.to_be_bytes());
        bytes.extend_from_slice(&self.source_port.to_be_bytes());
        bytes.extend_from_slice(&self.tag.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&[chunk_type, TAG_REFLECTED, 0, CHUNK_HEADER_BYTES as u8]);
        seal_checksum(&mut bytes);
        bytes
    }
}

/// What a walk over the chunks of a packet finds.
#[derive(Default)]
struct Survey {
    first: Option<u8>,
    count: usize,
    answered: usize,
    aborts: bool,
}

impl Survey {
    fn of(mut chunks: &[u8]) -> Result<Self, Malformed> {
        let mut survey = Self::default();
        while !chunks.is_empty() {
            let header = chunks.get(..CHUNK_HEADER_BYTES).ok_or(Malformed)?;
            let length = usize::from(read_u16(&header[2..4]));
            let value = chunks.get(CHUNK_HEADER_BYTES..length).ok_or(Malformed)?;
            survey.visit(header[0], value)?;
            // The last chunk's padding may be missing.
            chunks = chunks.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(survey)
    }

    fn visit(&mut self, chunk_type: u8, value: &[u8]) -> Result<(), Malformed> {
        match chunk_type {
            chunk_type::DATA => check_data(value, 12)?,
            chunk_type::I_DATA => check_data(value, 16)?,
            chunk_type::INIT | chunk_type::INIT_ACK => check_init(value)?,
            chunk_type::COOKIE_ECHO if self.count > 0 => return Err(Malformed),
            chunk_type::ABORT => self.aborts = true,
            chunk_type::HEARTBEAT | chunk_type::SHUTDOWN | chunk_type::SHUTDOWN_ACK => {
                self.answered += 1;
            }
            chunk_type::SACK
            | chunk_type::HEARTBEAT_ACK
            | chunk_type::ERROR
            | chunk_type::COOKIE_ECHO
            | chunk_type::COOKIE_ACK
            | chunk_type::SHUTDOWN_COMPLETE => {}
            chunk_type::RE_CONFIG | chunk_type::FORWARD_TSN | chunk_type::I_FORWARD_TSN => {
                return Err(Malformed);
            }
            _ => self.answered += 1,
        }
        self.first.get_or_insert(chunk_type);
        self.count += 1;
        if self.answered > ANSWERED_CHUNKS_MAX {
            return Err(Malformed);
        }
        Ok(())
    }
}

/// DATA and I-DATA name their stream after the sequence number, and carry at least one byte.
fn check_data(value: &[u8], fixed_bytes: usize) -> Result<(), Malformed> {
    if value.len() > fixed_bytes && read_u16(&value[4..6]) < STREAMS {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// INIT and INIT ACK must give a tag and at least one stream in each direction (RFC 9260, section
/// 3.3.2).
fn check_init(value: &[u8]) -> Result<(), Malformed> {
    let is_complete = value.len() >= INIT_FIXED_BYTES;
    if is_complete
        && read_u32(value) != 0
        && read_u16(&value[8..]) != 0
        && read_u16(&value[10..]) != 0
    {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// The CRC32c of a packet, its checksum field taken as zero (RFC 9260, section 6.8).
fn checksum(bytes: &[u8]) -> u32 {
    let header = crc32c::crc32c(&bytes[..8]);
    let header = crc32c::crc32c_append(header, &[0; 4]);
    crc32c::crc32c_append(header, &bytes[HEADER_BYTES..])
}

/// Writes the checksum of a packet that was made or changed.
pub(super) fn seal_checksum(bytes: &mut [u8]) {
    let checksum = checksum(bytes);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
}

/// The first two bytes as a number in network order.
pub(super) fn read_u16(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

/// The first four bytes as a number in network order.
pub(super) fn read_u32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
#[path = "packet_tests.rs"]
pub(super) mod tests;
