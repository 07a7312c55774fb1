//! The end of a handshake may be overtaken: it is lost, or late, and messages come before it.

use super::association::{Association, Effect, Ports};
use super::*;
use crate::transport::{Message, Ppid, StreamId};

/// What an end has to send, and what else came of it.
fn drain(end: &mut Association) -> (Vec<Vec<u8>>, Vec<Effect>) {
    let (mut packets, mut others) = (vec![], vec![]);
    end.drain(|effect| match effect {
        Effect::Transmit(packet) => packets.push(packet),
        other => others.push(other),
    });
    (packets, others)
}

#[test]
fn a_message_that_overtakes_the_end_of_the_handshake_is_told_after_it() {
    let (one, other) = (1, 2);
    let end = |direction, local, remote| {
        let address = "127.0.0.1:1".parse().expect("an address");
        let ports = Ports { local, remote };
        Association::new(address, direction, ports, Duration::ZERO)
    };
    let mut dialed = end(Direction::Dialed, one, other);
    let mut accepted = end(Direction::Accepted, other, one);
    dialed.connect();
    let now = Duration::ZERO;
    let hand_over = |from: &mut Association, to: &mut Association| {
        for packet in drain(from).0 {
            to.receive(now, &packet);
        }
    };
    hand_over(&mut dialed, &mut accepted); // INIT
    hand_over(&mut accepted, &mut dialed); // INIT ACK
    hand_over(&mut dialed, &mut accepted); // COOKIE ECHO
    let (cookie_ack, _) = drain(&mut accepted);
    assert!(accepted.is_open());
    accepted.queue(Message {
        stream: StreamId(3),
        ppid: Ppid(7),
        payload: vec![1],
        lifetime: None,
    });
    accepted.flush(now);
    hand_over(&mut accepted, &mut dialed);
    let (_, early) = drain(&mut dialed);
    assert!(early.is_empty(), "{early:?}");
    for packet in cookie_ack {
        dialed.receive(now, &packet);
    }
    let (_, told) = drain(&mut dialed);
    assert!(
        matches!(
            told[..],
            [Effect::Established, Effect::Received(StreamId(3), ..)]
        ),
        "{told:?}"
    );
}
