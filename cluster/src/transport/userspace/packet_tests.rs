//! Packets: which are let through, and what the others are refused for.

use super::*;

/// A packet of these chunks between ports 1 and 2, with a right checksum.
pub(in super::super) fn packet_of(tag: u32, chunks: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 2];
    bytes.extend_from_slice(&tag.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    for (chunk_type, flags, value) in chunks {
        let length = (CHUNK_HEADER_BYTES + value.len()) as u16;
        bytes.extend_from_slice(&[*chunk_type, *flags]);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    seal_checksum(&mut bytes);
    bytes
}

fn init_value() -> Vec<u8> {
    let mut value = vec![0, 0, 0, 9, 0, 1, 0, 0];
    value.extend_from_slice(&[0, 32, 0, 32, 0, 0, 0, 1]);
    value
}

fn i_data_on(stream: u16, payload: &[u8]) -> Vec<u8> {
    let mut value = vec![0, 0, 0, 1];
    value.extend_from_slice(&stream.to_be_bytes());
    value.extend_from_slice(&[0; 10]);
    value.extend_from_slice(payload);
    value
}

fn purpose(bytes: &[u8]) -> Result<Purpose, Malformed> {
    Packet::parse(bytes).map(|packet| packet.purpose)
}

#[test]
fn a_packet_tells_its_purpose_by_its_first_chunk() {
    let init = init_value();
    let cases: &[(u32, u8, &[u8], Purpose)] = &[
        (0, 1, &init, Purpose::Init),
        (7, 2, &init, Purpose::Association),
        (7, 3, &[0; 12], Purpose::Association),
        (7, 6, &[], Purpose::Abort),
        (7, 8, &[], Purpose::ShutdownAck),
        (7, 9, &[], Purpose::Final),
        (7, 10, &[1, 2, 3, 4], Purpose::CookieEcho),
        (7, 11, &[], Purpose::Final),
        (7, 14, &[], Purpose::Final),
        (7, 64, &i_data_on(31, b"x"), Purpose::Association),
    ];
    for (tag, chunk_type, value, expected) in cases {
        let bytes = packet_of(*tag, &[(*chunk_type, 0, value)]);
        assert_eq!(purpose(&bytes), Ok(*expected), "chunk type {chunk_type}");
    }
}

#[test]
fn what_no_peer_sends_is_malformed() {
    let init = init_value();
    let mut no_tag = init.clone();
    no_tag[..4].fill(0);
    let mut no_streams = init.clone();
    no_streams[8..10].fill(0);
    let big_cookie = [init.clone(), vec![0; 900]].concat();
    let heartbeats = [(4_u8, 0_u8, &[][..]); ANSWERED_CHUNKS_MAX + 1];
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("a header alone", packet_of(7, &[])),
        ("INIT with a tag", packet_of(7, &[(1, 0, &init)])),
        (
            "INIT beside another",
            packet_of(0, &[(1, 0, &init), (3, 0, &[0; 12])]),
        ),
        ("INIT that gives no tag", packet_of(0, &[(1, 0, &no_tag)])),
        ("INIT without streams", packet_of(0, &[(1, 0, &no_streams)])),
        ("INIT cut short", packet_of(0, &[(1, 0, &init[..15])])),
        ("INIT ACK too long", packet_of(7, &[(2, 0, &big_cookie)])),
        (
            "COOKIE ECHO not first",
            packet_of(7, &[(3, 0, &[0; 12]), (10, 0, &[1; 4])]),
        ),
        ("tag zero", packet_of(0, &[(3, 0, &[0; 12])])),
        (
            "stream out of range",
            packet_of(7, &[(64, 0, &i_data_on(32, b"x"))]),
        ),
        (
            "data without data",
            packet_of(7, &[(64, 0, &i_data_on(3, b""))]),
        ),
        ("re-configuration", packet_of(7, &[(130, 0, &[0; 16])])),
        ("FORWARD TSN", packet_of(7, &[(192, 0, &[0; 4])])),
        ("I-FORWARD-TSN", packet_of(7, &[(194, 0, &[0; 4])])),
        ("many heartbeats", packet_of(7, &heartbeats)),
    ];
    for (what, bytes) in cases {
        assert_eq!(purpose(&bytes), Err(Malformed), "{what}");
    }
}

#[test]
fn a_chunk_that_reaches_beyond_the_packet_is_malformed() {
    let mut bytes = packet_of(7, &[(3, 0, &[0; 12])]);
    bytes[15] = 17;
    assert_eq!(purpose(&bytes), Err(Malformed));
    bytes[15] = 3;
    assert_eq!(purpose(&bytes), Err(Malformed));
}

#[test]
fn the_checksum_is_the_one_of_the_standard() {
    let mut bytes = packet_of(7, &[(3, 0, &[0; 12])]);
    assert!(Packet::parse(&bytes).is_ok_and(|packet| packet.is_intact()));
    // CRC32c of "123456789" is known.
    assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
    bytes[20] ^= 1;
    assert!(Packet::parse(&bytes).is_ok_and(|packet| !packet.is_intact()));
}

#[test]
fn an_abort_out_of_the_blue_reflects_the_tag() {
    let bytes = packet_of(0x0102_0304, &[(3, 0, &[0; 12])]);
    let packet = Packet::parse(&bytes).expect("well formed");
    let abort = packet.out_of_the_blue_abort();
    assert_eq!(abort[..8], [0, 2, 0, 1, 1, 2, 3, 4]);
    assert_eq!(abort[12..], [6, 1, 0, 4]);
    assert!(Packet::parse(&abort).is_ok_and(|packet| packet.is_intact()));
}
