//! Shaped transports over real sockets: what is asked for happens, and SCTP makes up for it.

use std::time::Instant;

use raptor_core::Zone;

use super::tests::{bind, connect, drive, message};
use super::*;
use crate::transport::shaping::Shaping;
use crate::transport::{StreamId, Transport};

fn zone(name: &str) -> Zone {
    name.parse().expect("a name")
}

fn shaping(rules: &[&str]) -> Shaping {
    let rules = rules.iter().map(|rule| rule.parse().expect("a rule"));
    Shaping {
        rules: rules.collect(),
        seed: 1,
    }
}

/// Shapes what leaves the first, in zone a, and the second, in zone b.
fn shape(both: &mut [Userspace], rules: &[&str]) {
    for (transport, name) in both.iter_mut().zip(["a", "b"]) {
        let shaped = transport.shape(&zone(name), &shaping(rules));
        shaped.expect("it can be");
    }
}

/// Sends messages of these sizes both ways at once, and waits until each has come, once and in order.
async fn exchange(both: &mut [Userspace], ids: [AssociationId; 2], sizes: &[usize]) {
    let mut sent = [0, 0];
    let mut arrived = [vec![], vec![]];
    let mut fill = |both: &mut [Userspace]| {
        for at in 0..2 {
            while sent[at] < sizes.len() && both[at].has_room(ids[at], StreamId(1)) {
                let bytes = vec![sent[at] as u8; sizes[sent[at]]];
                both[at]
                    .send(ids[at], message(1, bytes))
                    .expect("there is room");
                sent[at] += 1;
            }
        }
    };
    fill(both);
    drive(both, |both, at, event| {
        match event {
            TransportEvent::Received { payload, .. } => {
                let place = arrived[at].len();
                assert!(payload.iter().all(|byte| *byte == place as u8), "in order");
                arrived[at].push(payload.len());
            }
            TransportEvent::Drained { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
        fill(both);
        arrived.iter().all(|arrived| arrived.len() == sizes.len())
    })
    .await;
    assert_eq!(arrived, [sizes.to_vec(), sizes.to_vec()]);
}

/// How long a short message takes to the other and back.
async fn round_trip(both: &mut [Userspace], ids: [AssociationId; 2]) -> Duration {
    let begun = Instant::now();
    both[0]
        .send(ids[0], message(0, vec![1]))
        .expect("there is room");
    drive(both, |both, at, event| {
        let is_received = matches!(event, TransportEvent::Received { .. });
        if is_received && at == 1 {
            both[1]
                .send(ids[1], message(0, vec![1]))
                .expect("there is room");
        }
        is_received && at == 0
    })
    .await;
    begun.elapsed()
}

#[tokio::test]
async fn a_delay_counts_in_both_directions_and_from_the_handshake_on() {
    let mut both = [bind(), bind()];
    shape(&mut both, &["* <-> * delay=20ms"]);
    let begun = Instant::now();
    let ids = connect(&mut both).await.into();
    // The dialing end is connected after two round trips, of which it sees the end.
    assert!(begun.elapsed() >= Duration::from_millis(80));
    assert!(round_trip(&mut both, ids).await >= Duration::from_millis(40));
    shape(&mut both, &["a -> * delay=30ms"]);
    assert!(round_trip(&mut both, ids).await >= Duration::from_millis(30));
}

#[tokio::test]
async fn packets_that_wait_leave_when_they_would_have_although_the_rules_are_gone() {
    let delay = Duration::from_millis(20);
    let mut both = [bind(), bind()];
    let ids: [_; 2] = connect(&mut both).await.into();
    shape(&mut both, &["a -> * delay=20ms"]);
    let begun = Instant::now();
    both[0]
        .send(ids[0], message(0, vec![1]))
        .expect("there is room");
    both[0].flush();
    shape(&mut both, &[]);
    drive(&mut both, |_, at, event| {
        at == 1 && matches!(event, TransportEvent::Received { .. })
    })
    .await;
    assert!(begun.elapsed() >= delay);
    // What comes now is not behind anything.
    round_trip(&mut both, ids).await;
}

#[tokio::test]
async fn a_rule_for_a_zone_holds_once_a_peer_has_proven_that_it_is_there() {
    let mut both = [bind(), bind()];
    shape(&mut both, &["a -> b cut"]);
    let ids: [_; 2] = connect(&mut both).await.into();
    round_trip(&mut both, ids).await;
    assert_eq!(both[0].counters().packets_shaped_away, 0);
    both[0].trust(ids[0], &zone("b"));
    both[0]
        .send(ids[0], message(0, vec![1]))
        .expect("there is room");
    let mut reason = None;
    drive(&mut both, |_, at, event| match event {
        TransportEvent::Closed { reason: why, .. } if at == 0 => {
            reason = Some(why);
            true
        }
        TransportEvent::Closed { .. } => false,
        other => panic!("unexpected {other:?}"),
    })
    .await;
    assert_eq!(reason, Some(CloseReason::Vanished));
    assert!(both[0].counters().packets_shaped_away > 5);
}

#[tokio::test]
async fn everything_arrives_once_and_in_order_whatever_is_lost_doubled_or_overtaken() {
    let mut both = [bind(), bind()];
    let ids = connect(&mut both).await.into();
    let rule = "* <-> * loss=10% duplicate=10% reorder=10% delay=2ms jitter=2ms";
    shape(&mut both, &[rule]);
    let sizes: Vec<usize> = (0..60).map(|place| 1 + (place * 7919) % 9_000).collect();
    exchange(&mut both, ids, &sizes).await;
    for transport in &both {
        assert!(transport.counters().packets_shaped_away > 0);
        let traffic = transport.traffic().expect("it counts packets");
        assert!(traffic.packets_retransmitted > 0, "{traffic:?}");
        assert!(
            traffic.packets_sent > traffic.packets_retransmitted,
            "{traffic:?}"
        );
        assert!(
            traffic.bytes_sent > sizes.iter().sum::<usize>() as u64,
            "{traffic:?}"
        );
        assert!(
            traffic.packets_received > 0 && traffic.bytes_received > 0,
            "{traffic:?}"
        );
    }
    let before = both[0].traffic().expect("it counts packets");
    both[0].abort(ids[0]);
    let after = both[0].traffic().expect("it counts packets");
    let retransmitted = [before, after].map(|traffic| traffic.packets_retransmitted);
    assert_eq!(
        retransmitted[0], retransmitted[1],
        "what is over still counts"
    );
}

#[tokio::test]
async fn a_rate_is_kept() {
    const BYTES: usize = 50_000;
    let mut both = [bind(), bind()];
    let ids = connect(&mut both).await.into();
    shape(&mut both, &["* <-> * rate=2mbit"]);
    let begun = Instant::now();
    exchange(&mut both, ids, &[1_000; BYTES / 1_000]).await;
    let least = Duration::from_millis(BYTES as u64 * 8 / 2_000);
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_link_that_is_cut_is_missed_and_heals() {
    let mut both = [bind(), bind()];
    let ids: [_; 2] = connect(&mut both).await.into();
    both[0].trust(ids[0], &zone("b"));
    both[1].trust(ids[1], &zone("a"));
    shape(&mut both, &["a <-> b cut"]);
    let mut gone = 0;
    drive(&mut both, |_, _, event| {
        let reason = CloseReason::Vanished;
        assert!(matches!(event, TransportEvent::Closed { reason: why, .. } if why == reason));
        gone += 1;
        gone == 2
    })
    .await;
    let address = both[1].local_address();
    both[0].connect(address);
    drive(&mut both, |_, _, event| {
        let reason = CloseReason::Unreachable;
        matches!(event, TransportEvent::Closed { reason: why, .. } if why == reason)
    })
    .await;
    assert_eq!(both[1].associations(), 0, "its zone is remembered");

    shape(&mut both, &[]);
    let ids = connect(&mut both).await.into();
    exchange(&mut both, ids, &[1, 60_000]).await;
}
