//! Two ends of a link, and what lies between them in memory.

use std::collections::{BTreeMap, VecDeque};

use raptor_core::{Incarnation, NodeRecord, Role};

use super::*;

pub(super) fn hello(name: &str) -> Hello {
    Hello {
        versions: VERSIONS,
        cluster: "c1".parse().expect("a name"),
        record: NodeRecord {
            node: name.parse().expect("a name"),
            zone: "z1".parse().expect("a name"),
            incarnation: Incarnation(1),
        },
        role: Role::Node,
        message_bytes_max: 65_536,
        address: "127.0.0.1:7000".parse().expect("an address"),
        mail_bytes_max: WINDOW_BYTES,
        state_bytes_max: WINDOW_BYTES,
        bulk_bytes_max: WINDOW_BYTES,
    }
}

/// What both ends take unhandled.
pub(super) const WINDOW_BYTES: u32 = 1024 * 1024;

/// An end of a link between holders of these keys.
fn end(ours: Hello, direction: Direction, security: &Security) -> Link {
    match direction {
        Direction::Dialed => Link::dialing(ours, security),
        Direction::Accepted => Link::listening(ours, security),
    }
}

pub(super) fn keys() -> Security {
    Security::generate().expect("random numbers")
}

/// Two links; streams are ordered, and messages on different ones arrive as `order` says.
pub(super) struct Wire {
    pub(super) links: [Link; 2],
    streams: [BTreeMap<StreamId, VecDeque<Message>>; 2],
    events: [Vec<LinkEvent>; 2],
    /// Envelopes that arrived and are not handled yet, where the test keeps them.
    kept: Option<Vec<Receipt>>,
}

impl Wire {
    pub(super) fn new(one: Hello, other: Hello) -> Self {
        let security = keys();
        Self::between(
            end(one, Direction::Dialed, &security),
            end(other, Direction::Accepted, &security),
        )
    }

    pub(super) fn between(one: Link, other: Link) -> Self {
        Self {
            links: [one, other],
            streams: Default::default(),
            events: Default::default(),
            kept: None,
        }
    }

    /// A wire whose links have welcomed each other.
    pub(super) fn up() -> Self {
        let mut wire = Self::new(hello("n1"), hello("n2"));
        wire.rise();
        wire
    }

    /// Has the links greet and welcome each other.
    pub(super) fn rise(&mut self) {
        // The end that was dialed judges first.
        for at in [1, 0] {
            self.settle();
            let greeted = self.events[at].first();
            assert!(
                matches!(greeted, Some(LinkEvent::Greeted { .. })),
                "{greeted:?}"
            );
            self.links[at].welcome();
            while let Some(event) = self.links[at].next_event() {
                self.events[at].push(event);
            }
        }
        self.settle();
        for at in 0..2 {
            assert_eq!(self.events[at].pop(), Some(LinkEvent::Up));
            self.events[at].clear();
        }
    }

    /// Sends what the links have to send, on streams with less than `waiting_max` messages.
    pub(super) fn send(&mut self, waiting_max: usize) {
        for at in 0..2 {
            let streams = &mut self.streams[at];
            while let Some(message) = self.links[at].next_message(now(), |stream| {
                streams
                    .get(&stream)
                    .is_none_or(|queue| queue.len() < waiting_max)
            }) {
                streams
                    .entry(message.stream)
                    .or_default()
                    .push_back(message);
            }
        }
    }

    /// Delivers the next message of one of the streams to `at`; `choice` says which.
    pub(super) fn deliver(&mut self, at: usize, choice: usize) -> bool {
        let streams = &mut self.streams[1 - at];
        streams.retain(|_, queue| !queue.is_empty());
        let chosen = choice % streams.len().max(1);
        let Some(queue) = streams.values_mut().nth(chosen) else {
            return false;
        };
        let message = queue.pop_front().expect("empty queues were removed");
        let payload = Bytes::from(message.payload);
        self.links[at].on_message(message.stream, message.ppid, payload);
        while let Some(event) = self.links[at].next_event() {
            if let LinkEvent::Arrived { lane, envelope } = &event {
                let receipt = self.links[at].receipt(*lane, envelope.len());
                match &mut self.kept {
                    Some(kept) => kept.push(receipt),
                    None => {
                        drop(receipt);
                        self.links[at].tell_credit();
                    }
                }
            }
            self.events[at].push(event);
        }
        true
    }

    pub(super) fn post(&mut self, at: usize, lane: Lane, envelope: Bytes) -> Result<(), PostError> {
        self.links[at].post(lane, envelope, None)
    }

    /// Has an end send what no link would: a message of this plain content.
    fn forge(&mut self, from: usize, stream: StreamId, plain: Vec<u8>) {
        let seal = self.links[from].phase.seal_mut().expect("it is up");
        let sealed = seal.seal(stream, false, plain);
        self.links[1 - from].on_message(stream, record::ppid(1), sealed.into());
    }

    fn settle(&mut self) {
        loop {
            self.send(usize::MAX);
            if !self.deliver(0, 0) & !self.deliver(1, 0) {
                return;
            }
        }
    }

    pub(super) fn arrived(&self, at: usize) -> Vec<(Lane, Bytes)> {
        let arrived = self.events[at].iter().filter_map(|event| match event {
            LinkEvent::Arrived { lane, envelope } => Some((*lane, envelope.clone())),
            LinkEvent::Resumed => None,
            other => panic!("unexpected {other:?}"),
        });
        arrived.collect()
    }
}

fn now() -> Instant {
    Instant::now()
}

pub(super) fn envelope(bytes: usize, fill: u8) -> Bytes {
    Bytes::from(vec![fill; bytes])
}

#[test]
fn two_ends_greet_and_envelopes_of_all_sizes_arrive() {
    let mut wire = Wire::up();
    let sizes = [0, 5, 1_000, 65_515, 65_516, 65_536, ENVELOPE_BYTES_MAX];
    for lane in [Lane::Control, Lane::Bulk, Lane::Flight(77)] {
        for (index, bytes) in sizes.iter().enumerate() {
            let posted = wire.post(0, lane, envelope(*bytes, index as u8));
            assert_eq!(posted, Ok(()));
        }
        wire.settle();
        let expected = sizes.iter().enumerate();
        let expected: Vec<_> = expected
            .map(|(index, bytes)| (lane, envelope(*bytes, index as u8)))
            .collect();
        assert!(wire.arrived(1) == expected, "{lane:?}");
        wire.events[1].clear();
    }
    assert!(wire.links[0].is_drained());
}

#[test]
fn small_envelopes_of_a_lane_share_a_message() {
    let mut wire = Wire::up();
    for _ in 0..100 {
        assert_eq!(wire.post(0, Lane::Flight(1), envelope(100, 1)), Ok(()));
    }
    wire.send(usize::MAX);
    let messages: usize = wire.streams[0].values().map(VecDeque::len).sum();
    assert_eq!(messages, 1);
}

#[test]
fn messages_keep_to_the_shorter_of_both_limits() {
    let kernel = Hello {
        message_bytes_max: 4_000,
        ..hello("n2")
    };
    let mut wire = Wire::new(hello("n1"), kernel);
    wire.rise();
    for at in 0..2 {
        assert_eq!(wire.post(at, Lane::Bulk, envelope(100_000, 1)), Ok(()));
    }
    wire.send(usize::MAX);
    for streams in &wire.streams {
        assert!(
            streams
                .values()
                .flatten()
                .all(|message| message.payload.len() <= 4_000)
        );
    }
    wire.settle();
    for at in 0..2 {
        assert!(wire.arrived(at) == [(Lane::Bulk, envelope(100_000, 1))]);
    }
}

#[test]
fn an_envelope_that_is_too_long_is_refused_where_it_is_posted() {
    let mut wire = Wire::up();
    let bytes = ENVELOPE_BYTES_MAX + 1;
    let refused = wire.post(0, Lane::Bulk, envelope(bytes, 0));
    assert_eq!(refused, Err(PostError::TooLong { bytes }));
    assert!(wire.links[0].is_drained());
}

#[test]
fn a_peer_that_announces_too_long_an_envelope_is_cut_off() {
    let mut wire = Wire::up();
    let mut message = vec![0, 0];
    message.extend_from_slice(&(ENVELOPE_BYTES_MAX as u32 + 1).to_le_bytes());
    wire.forge(0, Lane::Bulk.stream(), message);
    let bytes = ENVELOPE_BYTES_MAX as u32 + 1;
    let refusal = LinkRefusal::Record(RecordError::TooLong { bytes });
    assert_eq!(
        wire.links[1].next_event(),
        Some(LinkEvent::Refused(refusal))
    );
    wire.settle();
    let Some(LinkEvent::RefusedByPeer { reason }) = wire.events[0].last() else {
        panic!("unexpected {:?}", wire.events[0]);
    };
    assert!(reason.contains("16777217"), "{reason}");
}

#[test]
fn a_full_backlog_refuses_and_keeps_what_it_has() {
    let mut wire = Wire::up();
    let mut posted = 0;
    let refused = loop {
        match wire.post(0, Lane::Flight(3), envelope(ENVELOPE_BYTES_MAX, 1)) {
            Ok(()) => posted += 1,
            Err(refused) => break refused,
        }
    };
    assert!(
        matches!(refused, PostError::Backlogged { .. }),
        "{refused:?}"
    );
    assert_eq!(posted, 4);
    assert_eq!(
        wire.post(0, Lane::Control, envelope(1, 2)),
        Ok(()),
        "control is apart"
    );
    wire.settle();
    assert_eq!(wire.arrived(1).len(), posted + 1);
    assert_eq!(wire.post(0, Lane::Flight(3), envelope(1, 1)), Ok(()));
}

#[test]
fn ends_without_a_common_version_part_and_both_learn_both_ranges() {
    let newer = Hello {
        versions: VersionRange::new(7, 9).expect("a range"),
        ..hello("n2")
    };
    let mut wire = Wire::new(hello("n1"), newer);
    wire.settle();
    let Some(LinkEvent::Refused(refusal)) = wire.events[1].first() else {
        panic!("unexpected {:?}", wire.events[1]);
    };
    let Some(LinkEvent::RefusedByPeer { reason }) = wire.events[0].first() else {
        panic!("unexpected {:?}", wire.events[0]);
    };
    assert_eq!(&refusal.to_string(), reason);
    assert!(
        reason.contains("speaks versions 1") && reason.contains("we speak 7 to 9"),
        "{reason}"
    );
    assert!(wire.links.iter().all(Link::is_drained));
}

#[test]
fn the_newest_common_version_is_spoken() {
    let range = |min, max| VersionRange::new(min, max).expect("a range");
    assert_eq!(range(1, 3).newest_common(range(2, 5)), Some(3));
    assert_eq!(range(2, 5).newest_common(range(1, 3)), Some(3));
    assert_eq!(range(1, 2).newest_common(range(3, 4)), None);
    assert_eq!(VersionRange::new(0, 1), None);
    assert_eq!(VersionRange::new(3, 2), None);
}

#[test]
fn ends_of_different_clusters_part_and_both_learn_why() {
    let stranger = Hello {
        cluster: "c2".parse().expect("a name"),
        ..hello("n2")
    };
    let mut wire = Wire::new(hello("n1"), stranger);
    wire.settle();
    assert!(matches!(
        wire.events[1][..],
        [LinkEvent::Refused(LinkRefusal::Cluster { .. })]
    ));
    assert!(matches!(
        &wire.events[0][..],
        [LinkEvent::RefusedByPeer { reason }] if reason.contains("c2") && reason.contains("c1")
    ));
    for at in 0..2 {
        let refused = wire.post(at, Lane::Control, envelope(1, 1));
        assert_eq!(refused, Err(PostError::Closing));
    }
}

#[test]
fn an_envelope_that_overtakes_the_welcome_is_not_lost() {
    let mut wire = Wire::new(hello("n1"), hello("n2"));
    wire.settle();
    wire.links[1].welcome();
    wire.settle();
    wire.links[0].welcome();
    assert_eq!(wire.post(0, Lane::Flight(9), envelope(1, 1)), Ok(()));
    wire.events = Default::default();
    wire.send(usize::MAX);
    assert!(wire.deliver(1, 1), "the envelope first");
    assert!(wire.deliver(1, 0), "then the welcome");
    let arrived = LinkEvent::Arrived {
        lane: Lane::Flight(9),
        envelope: envelope(1, 1),
    };
    assert_eq!(wire.events[1], [LinkEvent::Up, arrived]);
}

#[test]
fn of_two_ends_that_both_dial_one_goes_on_and_the_other_answers() {
    for _ in 0..8 {
        let security = keys();
        let mut wire = Wire::between(
            end(hello("n1"), Direction::Dialed, &security),
            end(hello("n2"), Direction::Dialed, &security),
        );
        wire.settle();
        let greeted = |at: usize| !wire.events[at].is_empty();
        assert!(greeted(0) ^ greeted(1), "one has answered nothing yet");
        let (answers, dials) = if greeted(0) { (0, 1) } else { (1, 0) };
        wire.links[answers].welcome();
        wire.settle();
        wire.links[dials].welcome();
        wire.settle();
        for at in 0..2 {
            while let Some(event) = wire.links[at].next_event() {
                wire.events[at].push(event);
            }
            assert_eq!(wire.events[at].last(), Some(&LinkEvent::Up));
            wire.events[at].clear();
        }
        assert_eq!(wire.post(0, Lane::Control, envelope(1, 1)), Ok(()));
        wire.settle();
        assert_eq!(wire.arrived(1).len(), 1);
    }
}

#[test]
fn an_end_that_was_dialed_says_nothing_to_strangers() {
    let other_cluster = end(hello("n2"), Direction::Dialed, &keys());
    let mut unprotected = end(hello("n2"), Direction::Dialed, &Security::None);
    let client = Hello {
        role: Role::Client,
        ..hello("c")
    };
    let cases = [
        opening_of(other_cluster),
        opening_of(end(hello("n2"), Direction::Dialed, &Security::None)),
        opening_of(end(client, Direction::Dialed, &keys())),
        b"GET / HTTP/1.1".to_vec(),
        b"RAPTOR\x02an answer that nobody asked for".to_vec(),
        b"RAPTOR".to_vec(),
        vec![0],
    ];
    for bytes in cases {
        for ppid in [GREETING_PPID, record::ppid(1), Ppid(46)] {
            let mut link = end(hello("n1"), Direction::Accepted, &keys());
            link.on_message(LINK_STREAM, ppid, Bytes::from(bytes.clone()));
            assert!(matches!(link.next_event(), Some(LinkEvent::Refused(_))));
            assert_eq!(link.next_event(), None);
            assert!(link.is_drained(), "{bytes:?} was answered");
        }
    }
    // Nor does an end without keys talk to one that has some.
    let mut link = end(hello("n1"), Direction::Accepted, &Security::None);
    let opening = opening_of(end(hello("n2"), Direction::Dialed, &keys()));
    link.on_message(LINK_STREAM, GREETING_PPID, opening.into());
    assert!(link.is_drained());
    assert!(unprotected.next_message(now(), |_| true).is_some());
}

/// What an end says first.
fn opening_of(mut link: Link) -> Vec<u8> {
    let opening = link.next_message(now(), |_| true);
    opening.expect("it has dialed").payload
}

#[test]
fn a_bit_changed_in_an_opening_or_an_answer_ends_it_in_silence() {
    let security = keys();
    let opening = opening_of(end(hello("n2"), Direction::Dialed, &security));
    for at in 0..opening.len() {
        let mut changed = opening.clone();
        changed[at] ^= 1;
        let mut link = end(hello("n1"), Direction::Accepted, &security);
        link.on_message(LINK_STREAM, GREETING_PPID, changed.into());
        assert!(
            matches!(link.next_event(), Some(LinkEvent::Refused(_))),
            "byte {at}"
        );
        assert!(link.is_drained(), "byte {at} was answered");
    }
    let mut dialed = end(hello("n1"), Direction::Dialed, &security);
    let opening = dialed.next_message(now(), |_| true).expect("an opening");
    let mut accepted = end(hello("n2"), Direction::Accepted, &security);
    accepted.on_message(LINK_STREAM, GREETING_PPID, opening.payload.into());
    accepted.welcome();
    let mut answer = accepted
        .next_message(now(), |_| true)
        .expect("an answer")
        .payload;
    let last = answer.len() - 1;
    answer[last] ^= 1;
    dialed.on_message(LINK_STREAM, GREETING_PPID, answer.into());
    assert!(matches!(dialed.next_event(), Some(LinkEvent::Refused(_))));
    assert!(dialed.is_drained());
}

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
fn what_expires_before_it_can_leave_is_dropped_and_counted() {
    let mut wire = Wire::up();
    let start = now();
    let second = std::time::Duration::from_secs(1);
    for (number, expires_at) in [(1, None), (2, Some(start + second)), (3, None)] {
        let posted = wire.links[0].post(Lane::Mail(5), envelope(9, number), expires_at);
        assert_eq!(posted, Ok(()));
    }
    let late = wire.links[0].next_message(start + second, |_| true);
    let message = late.expect("two envelopes");
    wire.links[1].on_message(message.stream, message.ppid, message.payload.into());
    while let Some(event) = wire.links[1].next_event() {
        wire.events[1].push(event);
    }
    let arrived = wire.arrived(1).into_iter().map(|(_, envelope)| envelope[0]);
    assert_eq!(arrived.collect::<Vec<_>>(), [1, 3]);
    assert_eq!(wire.links[0].take_expired(), 1);
    assert!(wire.links[0].is_drained());
}

#[test]
fn a_peer_whose_actors_are_slow_is_sent_what_it_takes_and_no_more() {
    let mut wire = Wire::up();
    wire.kept = Some(vec![]);
    let count = 3 * WINDOW_BYTES as usize / 1000;
    for _ in 0..count {
        assert_eq!(wire.post(0, Lane::Mail(1), envelope(1_000, 1)), Ok(()));
    }
    wire.settle();
    let arrived = wire.arrived(1).len();
    let window = WINDOW_BYTES as usize / (1_000 + 64);
    assert!((window..window + 2).contains(&arrived), "{arrived}");
    // The cluster's own business goes on meanwhile.
    assert_eq!(wire.post(0, Lane::Flight(1), envelope(1_000, 2)), Ok(()));
    assert_eq!(wire.post(0, Lane::Control, envelope(1_000, 3)), Ok(()));
    wire.settle();
    assert_eq!(wire.arrived(1).len(), arrived + 2);
    // As soon as the actors have caught up, the rest comes.
    wire.kept = None;
    wire.links[1].tell_credit();
    wire.settle();
    assert_eq!(wire.arrived(1).len(), count + 2);
}

#[test]
fn the_bell_rings_when_a_peer_should_be_told_of_its_credit() {
    let bell = Bell::default();
    let security = keys();
    let setting = Setting {
        protection: (&security).into(),
        association: AssociationId::FIRST,
        bell: bell.clone(),
    };
    let ringing = Link::new(hello("n2"), Direction::Accepted, setting);
    let mut wire = Wire::between(end(hello("n1"), Direction::Dialed, &security), ringing);
    wire.rise();
    wire.kept = Some(vec![]);
    let waker = std::task::Waker::noop();
    for _ in 0..100 {
        assert_eq!(wire.post(0, Lane::Mail(1), envelope(10_000, 1)), Ok(()));
    }
    wire.settle();
    let receipts = wire.kept.take().expect("they were kept");
    let quarter = WINDOW_BYTES as usize / 4 / 10_064;
    for (handled, receipt) in receipts.into_iter().enumerate() {
        assert_eq!(bell.take(waker), [], "after {handled}");
        drop(receipt);
        if handled == quarter {
            break;
        }
    }
    assert_eq!(bell.take(waker), [AssociationId::FIRST]);
    assert_eq!(bell.take(waker), []);
}

#[test]
fn a_peer_that_sends_beyond_its_credit_is_refused() {
    let mut wire = Wire::up();
    wire.kept = Some(vec![]);
    let mut forged = vec![0, 0];
    forged.extend_from_slice(&60_000_u32.to_le_bytes());
    forged.resize(forged.len() + 60_000, 1);
    let window = WINDOW_BYTES as usize / 60_064 + 1;
    for _ in 0..window {
        wire.forge(0, Lane::Mail(7).stream(), forged.clone());
        assert!(matches!(
            wire.links[1].next_event(),
            Some(LinkEvent::Arrived { .. })
        ));
    }
    wire.forge(0, Lane::Mail(7).stream(), forged);
    let refusal = LinkRefusal::Record(RecordError::Overdrawn);
    assert_eq!(
        wire.links[1].next_event(),
        Some(LinkEvent::Refused(refusal))
    );
}

#[test]
fn idle_ends_part_and_what_is_posted_then_waits_for_the_next_link() {
    let mut wire = Wire::up();
    wire.kept = Some(vec![]);
    assert_eq!(wire.post(0, Lane::Mail(1), envelope(10, 1)), Ok(()));
    assert!(!wire.links[0].is_idle(), "something waits");
    wire.settle();
    assert!(!wire.links[1].is_idle(), "something is being handled");
    wire.kept = None;
    wire.events[1].clear();
    assert!(wire.links.iter().all(Link::is_idle));
    wire.links[0].part();
    wire.settle();
    assert_eq!(wire.events[1], [LinkEvent::Parted]);
    assert!(wire.links.iter().all(Link::has_parted));
    assert_eq!(wire.post(0, Lane::Mail(1), envelope(10, 2)), Ok(()));
    assert!(wire.links[0].is_drained(), "it is for the next link");
    assert_eq!(wire.links[0].next_message(now(), |_| true), None);
    let mut next = Wire::up();
    let waiting = wire.links[0].take_outbox();
    next.links[0].inherit(waiting);
    next.settle();
    assert_eq!(next.arrived(1), [(Lane::Mail(1), envelope(10, 2))]);
}

#[test]
fn an_end_that_has_something_to_say_does_not_part() {
    let mut wire = Wire::up();
    wire.links[0].part();
    wire.send(usize::MAX);
    assert_eq!(wire.post(1, Lane::Mail(1), envelope(10, 1)), Ok(()));
    assert!(wire.deliver(1, 0), "the wish to part");
    wire.settle();
    assert!(!wire.links.iter().any(Link::has_parted));
    assert_eq!(wire.arrived(0).len(), 1);
    assert_eq!(wire.post(0, Lane::Mail(1), envelope(10, 2)), Ok(()));
    wire.settle();
    assert_eq!(wire.arrived(1).len(), 1);
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

#[test]
fn a_link_that_closes_takes_no_more_but_sends_what_waits() {
    let mut wire = Wire::up();
    assert_eq!(wire.post(0, Lane::Bulk, envelope(200_000, 1)), Ok(()));
    wire.links[0].close();
    assert!(!wire.links[0].is_drained());
    assert_eq!(
        wire.post(0, Lane::Bulk, envelope(1, 1)),
        Err(PostError::Closing)
    );
    wire.settle();
    assert!(wire.links[0].is_drained());
    assert_eq!(wire.arrived(1).len(), 1);
}

#[test]
fn flights_take_turns_and_bulk_waits_for_them() {
    let mut wire = Wire::up();
    for lane in [Lane::Bulk, Lane::Flight(0), Lane::Flight(1), Lane::Control] {
        assert_eq!(wire.post(0, lane, envelope(20_000, 1)), Ok(()));
    }
    let mut order = vec![];
    while let Some(message) = wire.links[0].next_message(now(), |_| true) {
        order.push(message.stream.0);
    }
    assert_eq!(order, [1, 1, 4, 5, 4, 5, 3, 3]);
}
