//! Two ends of a link, and what lies between them in memory.

use std::collections::{BTreeMap, VecDeque};

use raptor_core::{Incarnation, NodeRecord, Role};

use super::*;

mod flow;
mod parting;
mod sealing;
mod strangers;

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
        moved: 0,
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
fn the_newest_common_version_is_spoken() {
    let range = |min, max| VersionRange::new(min, max).expect("a range");
    assert_eq!(range(1, 3).newest_common(range(2, 5)), Some(3));
    assert_eq!(range(2, 5).newest_common(range(1, 3)), Some(3));
    assert_eq!(range(1, 2).newest_common(range(3, 4)), None);
    assert_eq!(VersionRange::new(0, 1), None);
    assert_eq!(VersionRange::new(3, 2), None);
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
