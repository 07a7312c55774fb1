//! What is not what the peer said, in the place where it said it.

use super::*;

#[test]
fn a_message_that_was_changed_repeated_or_moved_ends_the_link() {
    let tampered: [fn(&mut Vec<Message>); 4] = [
        |messages| messages[0].payload[3] ^= 1,
        |messages| messages[1] = messages[0].clone(),
        |messages| messages[0].stream = Lane::Control.stream(),
        |messages| {
            messages.remove(0);
        },
    ];
    for tamper in tampered {
        let mut wire = Wire::up();
        for number in 0..3 {
            let posted = wire.post(0, Lane::Flight(1), envelope(20_000, number));
            assert_eq!(posted, Ok(()));
        }
        let mut messages = vec![];
        while let Some(message) = wire.links[0].next_message(now(), |_| true) {
            messages.push(message);
        }
        tamper(&mut messages);
        for message in messages {
            wire.links[1].on_message(message.stream, message.ppid, message.payload.into());
        }
        let mut last = None;
        while let Some(event) = wire.links[1].next_event() {
            last = Some(event);
        }
        let refusal = LinkRefusal::Seal(crate::security::OpenError::Forged);
        assert_eq!(last, Some(LinkEvent::Refused(refusal)));
    }
}

#[test]
fn gossip_may_be_missed_but_not_repeated() {
    let mut wire = Wire::up();
    let mut messages = vec![];
    for number in 0..3 {
        assert_eq!(wire.post(0, Lane::Gossip, envelope(100, number)), Ok(()));
        messages.push(
            wire.links[0]
                .next_message(now(), |_| true)
                .expect("a message"),
        );
    }
    for at in [0, 2] {
        let Message {
            stream,
            ppid,
            payload,
            ..
        } = messages[at].clone();
        wire.links[1].on_message(stream, ppid, payload.into());
        let arrived = wire.links[1].next_event();
        assert!(
            matches!(arrived, Some(LinkEvent::Arrived { .. })),
            "{arrived:?}"
        );
    }
    let Message {
        stream,
        ppid,
        payload,
        ..
    } = messages[1].clone();
    wire.links[1].on_message(stream, ppid, payload.into());
    assert!(matches!(
        wire.links[1].next_event(),
        Some(LinkEvent::Refused(_))
    ));
    let too_long = wire.post(0, Lane::Gossip, envelope(GOSSIP_BYTES_MAX + 1, 0));
    assert!(matches!(too_long, Err(PostError::TooLong { .. })));
}

#[test]
fn what_comes_out_of_turn_ends_the_link() {
    let mut greeting = Wire::new(hello("n1"), hello("n2"));
    let opening = greeting.links[0]
        .next_message(now(), |_| true)
        .expect("an opening");
    let opening = Bytes::from(opening.payload);
    let mut wire = Wire::up();
    wire.links[1].on_message(LINK_STREAM, GREETING_PPID, opening.clone());
    assert!(matches!(
        wire.links[1].next_event(),
        Some(LinkEvent::Refused(_))
    ));
    wire.settle();
    assert!(matches!(
        wire.events[0][..],
        [LinkEvent::RefusedByPeer { .. }]
    ));

    greeting.links[1].on_message(StreamId(1), GREETING_PPID, opening);
    assert!(matches!(
        greeting.links[1].next_event(),
        Some(LinkEvent::Refused(_))
    ));

    for plain in [&b"\0\x07"[..], b"\0\x05", b"\x02", b"\x01\xff\xff\xff\xffx"] {
        let mut wire = Wire::up();
        wire.forge(0, LINK_STREAM, plain.to_vec());
        let refused = wire.links[1].next_event();
        assert!(
            matches!(refused, Some(LinkEvent::Refused(_))),
            "{plain:?}: {refused:?}"
        );
    }
}
