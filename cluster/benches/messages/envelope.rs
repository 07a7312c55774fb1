//! Envelopes through both ends of a link: queued, packed, sealed, opened, unpacked and handed out.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput};
use raptor_cluster::link::{Hello, Lane, Link, LinkEvent, VERSIONS};
use raptor_cluster::security::Security;
use raptor_core::{Incarnation, NodeRecord, Role};
use tokio::time::Instant;

use super::{SIZES_BYTES, payload};

/// So many short ones share a message of a link.
const TOGETHER: usize = 64;

/// What both ends take unhandled.
const WINDOW_BYTES: u32 = 1024 * 1024;

pub(super) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("envelope");
    for (name, security) in [
        ("sealed", Security::generate().expect("random numbers")),
        ("clear", Security::None),
    ] {
        for bytes in SIZES_BYTES {
            let mut pair = Pair::up(&security);
            let envelope = payload(bytes);
            group.throughput(Throughput::Bytes(bytes as u64));
            group.bench_function(BenchmarkId::new(name, bytes), |bench| {
                bench.iter(|| pair.carry(black_box(&envelope), 1));
            });
        }
        let mut pair = Pair::up(&security);
        let envelope = payload(SIZES_BYTES[0]);
        group.throughput(Throughput::Elements(TOGETHER as u64));
        group.bench_function(BenchmarkId::new(name, "64 of 100"), |bench| {
            bench.iter(|| pair.carry(black_box(&envelope), TOGETHER));
        });
    }
    group.finish();
}

/// Two links, with nothing between them.
struct Pair {
    near: Link,
    far: Link,
    now: Instant,
}

impl Pair {
    /// Links that have welcomed each other.
    fn up(security: &Security) -> Self {
        let mut pair = Self {
            near: Link::dialing(hello("near"), security),
            far: Link::listening(hello("far"), security),
            now: Instant::now(),
        };
        let (mut is_near_up, mut is_far_up) = (false, false);
        while !(is_near_up && is_far_up) {
            pass(&mut pair.near, &mut pair.far, pair.now);
            is_far_up |= rise(&mut pair.far);
            pass(&mut pair.far, &mut pair.near, pair.now);
            is_near_up |= rise(&mut pair.near);
        }
        pair
    }

    /// Carries an envelope so often to the far end, where each is handled.
    fn carry(&mut self, envelope: &Bytes, count: usize) {
        for _ in 0..count {
            let posted = self.near.post(Lane::Mail(1), envelope.clone(), None);
            posted.expect("there is room");
        }
        let mut arrived = 0;
        while arrived < count {
            pass(&mut self.near, &mut self.far, self.now);
            while let Some(event) = self.far.next_event() {
                if let LinkEvent::Arrived { lane, envelope } = event {
                    arrived += 1;
                    drop(self.far.receipt(lane, envelope.len()));
                }
            }
        }
        self.far.tell_credit();
        pass(&mut self.far, &mut self.near, self.now);
        while self.near.next_event().is_some() {}
    }
}

/// Moves the messages that one has for the other.
fn pass(from: &mut Link, to: &mut Link, now: Instant) {
    while let Some(message) = from.next_message(now, |_| true) {
        to.on_message(message.stream, message.ppid, Bytes::from(message.payload));
    }
}

/// Welcomes whoever has greeted; says whether the link is up.
fn rise(link: &mut Link) -> bool {
    let mut is_up = false;
    while let Some(event) = link.next_event() {
        match event {
            LinkEvent::Greeted { .. } => link.welcome(),
            LinkEvent::Up => is_up = true,
            other => panic!("links with one key meet: {other:?}"),
        }
    }
    is_up
}

fn hello(name: &str) -> Hello {
    Hello {
        versions: VERSIONS,
        cluster: "bench".parse().expect("it is a name"),
        record: NodeRecord {
            node: name.parse().expect("it is a name"),
            zone: "zone".parse().expect("it is a name"),
            incarnation: Incarnation(1),
        },
        role: Role::Node,
        message_bytes_max: 64 * 1024,
        address: ([127, 0, 0, 1], 7000).into(),
        mail_bytes_max: WINDOW_BYTES,
        state_bytes_max: WINDOW_BYTES,
        bulk_bytes_max: WINDOW_BYTES,
        moved: 0,
    }
}
