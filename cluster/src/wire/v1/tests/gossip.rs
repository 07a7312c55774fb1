//! Packets of gossip.

use std::net::SocketAddr;

use raptor_core::membership::{
    Codec, Header, Identity, LoadNews, Member, MemberCodec, Message, State,
};

use super::*;
use crate::wire::GossipCodec;

fn identity(name: &str, renewal: u32) -> Identity {
    Identity {
        renewal,
        ..Identity::new(node_record(name), SocketAddr::from(([127, 0, 0, 1], 9899)))
    }
}

/// As [`identity`], with renewal 0: its name, its zone, its life; how often it was renewed, and moved;
/// then version 4, the address, and the port in two bytes.
fn hex_of(name: u8) -> String {
    format!("01{name:02x} 017a 05 00 00 00 7f000001 fbab26")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn same(bytes: &[u8], expected: &str) {
    let expected: String = expected.split_whitespace().collect();
    assert_eq!(hex(bytes), expected, "version 1 has changed");
}

fn header(message: Message<Identity>) -> Header<Identity> {
    Header {
        src: identity("s", 0),
        src_incarnation: 300,
        dst: identity("d", 0),
        message,
    }
}

fn golden_message(message: Message<Identity>, expected: &str) {
    let header = header(message);
    let mut bytes = Vec::new();
    let encoded = GossipCodec.encode_header(&header, &mut bytes);
    encoded.expect("there is room");
    let (source, destination) = (hex_of(b's'), hex_of(b'd'));
    same(&bytes, &format!("{source} fb2c01 {destination} {expected}"));
    let mut left = &bytes[..];
    let decoded = GossipCodec.decode_header(&mut left);
    assert_eq!(decoded.expect("it was encoded here"), header);
    assert!(left.is_empty(), "it was read to its end");
}

#[test]
fn what_members_ask_each_other() {
    let probe_number = 7;
    let of = hex_of(b'o');
    let other = || identity("o", 0);
    golden_message(Message::Ping(7), "00 07");
    golden_message(Message::Ack(7), "01 07");
    let target = other();
    golden_message(
        Message::PingReq {
            target,
            probe_number,
        },
        &format!("02 {of} 07"),
    );
    let origin = other();
    golden_message(
        Message::IndirectPing {
            origin,
            probe_number,
        },
        &format!("03 {of} 07"),
    );
    let target = other();
    golden_message(
        Message::IndirectAck {
            target,
            probe_number,
        },
        &format!("04 {of} 07"),
    );
    let origin = other();
    golden_message(
        Message::ForwardedAck {
            origin,
            probe_number,
        },
        &format!("05 {of} 07"),
    );
    golden_message(Message::Announce, "06");
    golden_message(Message::Feed, "07");
    golden_message(Message::Gossip, "08");
    golden_message(Message::Broadcast, "09");
    golden_message(Message::TurnUndead, "0a");
}

#[test]
fn what_members_know_of_each_other() {
    let states = [State::Alive, State::Suspect, State::Down];
    for (state, byte) in states.into_iter().zip(0_u8..) {
        let moved = Identity {
            moved: 7,
            ..identity("m", 4)
        };
        let member = Member::new(moved, 2, state);
        let mut bytes = Vec::new();
        let encoded = GossipCodec.encode_member(&member, &mut bytes);
        encoded.expect("there is room");
        same(
            &bytes,
            &format!("016d 017a 05 04 07 00 7f000001 fbab26 02 {byte:02x}"),
        );
        let decoded = GossipCodec.decode_member(&bytes[..]);
        let decoded = decoded.expect("it was encoded here");
        assert_eq!(decoded, member);
        assert_eq!(decoded.id().address, member.id().address);
    }
}

#[test]
fn how_busy_a_node_is_by_way_of_others() {
    let news = LoadNews {
        node: "n".parse().expect("a name"),
        incarnation: Incarnation(5),
        report: load_report(),
    };
    let bytes = GossipCodec.encode_load(&news);
    same(&bytes, "016e 05 fb2c01 01 02 03 01");
    let decoded = GossipCodec.decode_load(&bytes);
    assert_eq!(decoded.expect("it was encoded here"), news);
    let longer = [&bytes[..], &[0]].concat();
    GossipCodec.decode_load(&longer).expect_err("it goes on");
}

#[test]
fn a_member_that_does_not_fit_leaves_no_byte_behind() {
    let member = Member::alive(identity("m", 0));
    let mut room = [0xee; 8];
    let mut left = &mut room[..];
    let refused = GossipCodec.encode_member(&member, &mut left);
    refused.expect_err("it is longer");
    assert_eq!(room, [0xee; 8]);
}

#[test]
fn gossip_cut_short_anywhere_is_refused() {
    let mut bytes = Vec::new();
    let origin = identity("o", 9);
    let message = Message::ForwardedAck {
        origin,
        probe_number: 1,
    };
    let encoded = GossipCodec.encode_header(&header(message), &mut bytes);
    encoded.expect("there is room");
    for length in 0..bytes.len() {
        let cut = GossipCodec.decode_header(&bytes[..length]);
        cut.expect_err("it is not whole");
    }
}

#[test]
fn gossip_of_what_is_no_name_is_refused() {
    // A node called "".
    let bytes = [&[0][..], &[1, b'z', 5, 0, 0, 127, 0, 0, 1, 9, 0, 0]].concat();
    let refused = GossipCodec.decode_member(&bytes[..]);
    refused.expect_err("that is no name");
}
