//! The cookies of the handshake, made unforgeable.
//!
//! A stranger's INIT is answered without keeping anything: all that the association needs is in the
//! cookie, which comes back in COOKIE ECHO (RFC 9260, section 5.1). `dcsctp` believes every cookie that
//! is well formed. So what it puts into INIT ACK gets a trailer on its way out, the time and a keyed
//! hash over the peer's address and SCTP port, our tag, the time and the cookie (section 5.1.3),
//! and COOKIE ECHO loses it again on its way in.

use std::net::SocketAddr;
use std::time::Duration;

use super::packet::{
    CHUNK_HEADER_BYTES, HEADER_BYTES, INIT_FIXED_BYTES, Packet, read_u16, read_u32, seal_checksum,
};

/// How long a cookie is good for: several tries of a handshake.
const LIFETIME: Duration = Duration::from_secs(10);

const TIME_BYTES: usize = 8;
const MAC_BYTES: usize = blake3::OUT_LEN;
const TRAILER_BYTES: usize = TIME_BYTES + MAC_BYTES;

const INIT_ACK: u8 = 2;
const STATE_COOKIE: u16 = 7;

/// The key of one transport's cookies. It dies with the transport, and its cookies with it.
pub(super) struct CookieSeal {
    key: [u8; blake3::KEY_LEN],
}

/// A COOKIE ECHO whose cookie is ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// The packet with the cookie as `dcsctp` made it.
    pub(super) packet: Vec<u8>,
    /// When the cookie was made.
    pub(super) made_at: Duration,
}

/// A cookie was not believed: failed to open it because ... Nothing is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OpenError {
    #[error("it is not one of ours")]
    Forged,
    #[error("it is too old")]
    Stale,
}

impl CookieSeal {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; blake3::KEY_LEN];
        getrandom::fill(&mut key)?;
        Ok(Self { key })
    }

    /// Adds the trailer to the cookie of an INIT ACK; leaves every other packet of ours as it is.
    pub(super) fn seal(&self, packet: Vec<u8>, peer: SocketAddr, now: Duration) -> Vec<u8> {
        if packet.get(HEADER_BYTES) != Some(&INIT_ACK) {
            return packet;
        }
        let parameter = cookie_parameter(&packet);
        let value = parameter + CHUNK_HEADER_BYTES;
        let end = parameter + usize::from(read_u16(&packet[parameter + 2..]));
        assert!(end.is_multiple_of(4), "dcsctp's cookies have no padding");

        let mut sealed = Vec::with_capacity(packet.len() + TRAILER_BYTES);
        sealed.extend_from_slice(&packet[..end]);
        sealed.extend_from_slice(&micros(now));
        let tag = read_u32(&packet[HEADER_BYTES + CHUNK_HEADER_BYTES..]);
        let port = read_u16(&packet[2..]);
        let mac = self.mac(&packet[value..end], (peer, port), tag, micros(now));
        sealed.extend_from_slice(mac.as_bytes());
        sealed.extend_from_slice(&packet[end..]);
        lengthen(&mut sealed[HEADER_BYTES + 2..]);
        lengthen(&mut sealed[parameter + 2..]);
        seal_checksum(&mut sealed);
        sealed
    }

    /// Verifies and removes the trailer of the cookie in a COOKIE ECHO.
    pub(super) fn open(
        &self,
        packet: &Packet<'_>,
        peer: SocketAddr,
        now: Duration,
    ) -> Result<Opened, OpenError> {
        let chunk = &packet.bytes[HEADER_BYTES..];
        let length = usize::from(read_u16(&chunk[2..]));
        let (value, rest) = (&chunk[CHUNK_HEADER_BYTES..length], &chunk[length..]);
        if !packet.is_intact() || !length.is_multiple_of(4) {
            return Err(OpenError::Forged);
        }
        let (value, mac) = value
            .split_last_chunk::<MAC_BYTES>()
            .ok_or(OpenError::Forged)?;
        let (cookie, time) = value
            .split_last_chunk::<TIME_BYTES>()
            .ok_or(OpenError::Forged)?;
        // Comparing hashes takes the same time wherever they differ.
        let from = (peer, packet.source_port);
        if self.mac(cookie, from, packet.tag, *time) != blake3::Hash::from_bytes(*mac) {
            return Err(OpenError::Forged);
        }
        let made_at = Duration::from_micros(u64::from_be_bytes(*time));
        if made_at + LIFETIME < now {
            return Err(OpenError::Stale);
        }
        Ok(Opened {
            packet: without_trailer(packet.bytes, cookie, rest),
            made_at,
        })
    }

    fn mac(
        &self,
        cookie: &[u8],
        (peer, port): (SocketAddr, u16),
        tag: u32,
        time: [u8; TIME_BYTES],
    ) -> blake3::Hash {
        let ip = match peer.ip() {
            std::net::IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            std::net::IpAddr::V6(ip) => ip,
        };
        blake3::Hasher::new_keyed(&self.key)
            .update(&ip.octets())
            .update(&peer.port().to_be_bytes())
            .update(&port.to_be_bytes())
            .update(&tag.to_be_bytes())
            .update(&time)
            .update(cookie)
            .finalize()
    }
}

fn micros(now: Duration) -> [u8; TIME_BYTES] {
    u64::try_from(now.as_micros())
        .unwrap_or(u64::MAX)
        .to_be_bytes()
}

/// Where in an INIT ACK of ours the parameter with the cookie begins.
fn cookie_parameter(packet: &[u8]) -> usize {
    let mut at = HEADER_BYTES + CHUNK_HEADER_BYTES + INIT_FIXED_BYTES;
    while read_u16(&packet[at..]) != STATE_COOKIE {
        at += usize::from(read_u16(&packet[at + 2..])).next_multiple_of(4);
    }
    at
}

/// Adds the trailer to a length field.
fn lengthen(field: &mut [u8]) {
    let length = read_u16(field) + TRAILER_BYTES as u16;
    field[..2].copy_from_slice(&length.to_be_bytes());
}

fn without_trailer(packet: &[u8], cookie: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut opened = Vec::with_capacity(packet.len());
    opened.extend_from_slice(&packet[..HEADER_BYTES + 2]);
    let length = (CHUNK_HEADER_BYTES + cookie.len()) as u16;
    opened.extend_from_slice(&length.to_be_bytes());
    opened.extend_from_slice(cookie);
    opened.extend_from_slice(rest);
    seal_checksum(&mut opened);
    opened
}

#[cfg(test)]
#[path = "cookie_tests.rs"]
mod tests;
