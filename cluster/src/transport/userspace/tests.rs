//! The userspace transport over real sockets on loopback.

use std::time::Duration;

use super::settings::MESSAGE_BYTES_MAX;
use super::*;
use crate::transport::{Message, Ppid, STREAMS, SendError, StreamId, Transport};

/// Far beyond what anything here takes: only a hang reaches it.
pub(super) const HANG: Duration = Duration::from_secs(20);

pub(super) fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

pub(super) fn bind() -> Userspace {
    bind_at(loopback())
}

fn bind_at(address: SocketAddr) -> Userspace {
    Userspace::bind(address, UserspaceLimits::default()).expect("loopback is to be had")
}

/// Polls all transports, hands each event to `on`, and ends when that says so.
pub(super) async fn drive(
    transports: &mut [Userspace],
    mut on: impl FnMut(&mut [Userspace], usize, TransportEvent) -> bool,
) {
    let done = std::future::poll_fn(|cx| {
        loop {
            let mut idle = true;
            for at in 0..transports.len() {
                while let Poll::Ready(event) = transports[at].poll(cx) {
                    idle = false;
                    if on(transports, at, event) {
                        return Poll::Ready(());
                    }
                }
                transports[at].flush();
            }
            if idle {
                return Poll::Pending;
            }
        }
    });
    tokio::time::timeout(HANG, done).await.expect("it hangs");
}

/// Connects the first transport to the second and gives both ends' ids.
pub(super) async fn connect(transports: &mut [Userspace]) -> (AssociationId, AssociationId) {
    let address = transports[1].local_address();
    let dialed = transports[0].connect(address);
    both_ends(transports, dialed).await
}

/// Waits until the first transport is connected to the second, and gives both ends' ids.
pub(super) async fn both_ends(
    transports: &mut [Userspace],
    dialed: AssociationId,
) -> (AssociationId, AssociationId) {
    let mut ends = [None, None];
    drive(transports, |_, at, event| {
        if let TransportEvent::Connected { association, .. } = event {
            ends[at] = Some(association);
        }
        ends.iter().all(Option::is_some)
    })
    .await;
    assert_eq!(ends[0], Some(dialed));
    (dialed, ends[1].expect("connected"))
}

pub(super) fn message(stream: u16, payload: Vec<u8>) -> Message {
    Message {
        stream: StreamId(stream),
        ppid: Ppid(99),
        payload,
        lifetime: None,
    }
}

#[tokio::test]
async fn messages_of_all_sizes_arrive_both_ways_in_the_order_of_their_stream() {
    let mut both = [bind(), bind()];
    let (dialed, accepted) = connect(&mut both).await;
    let sizes = [1_usize, 5, 1_000, 1_200, 65_536];
    for (at, id) in [(0, dialed), (1, accepted)] {
        for (index, bytes) in sizes.iter().enumerate() {
            let sent = both[at].send(id, message(7, vec![index as u8; *bytes]));
            assert_eq!(sent, Ok(()));
        }
    }
    let mut arrived = [vec![], vec![]];
    drive(&mut both, |_, at, event| {
        if let TransportEvent::Received {
            stream,
            ppid,
            payload,
            ..
        } = event
        {
            assert_eq!((stream, ppid), (StreamId(7), Ppid(99)));
            assert!(payload.iter().all(|byte| *byte == arrived[at].len() as u8));
            arrived[at].push(payload.len());
        }
        arrived.iter().all(|arrived| arrived.len() == sizes.len())
    })
    .await;
    assert_eq!(arrived, [sizes.to_vec(), sizes.to_vec()]);
}

#[tokio::test]
async fn two_ends_that_connect_at_once_share_one_association() {
    let mut both = [bind(), bind()];
    let addresses = [both[0].local_address(), both[1].local_address()];
    let first = both[0].connect(addresses[1]);
    let second = both[1].connect(addresses[0]);
    let mut connected = vec![];
    drive(&mut both, |_, at, event| {
        assert!(
            matches!(event, TransportEvent::Connected { .. }),
            "{event:?}"
        );
        connected.push(at);
        connected.len() == 2
    })
    .await;
    assert_eq!(both.each_ref().map(Userspace::associations), [1, 1]);
    assert_eq!(both[0].connect(addresses[1]), first);
    assert_eq!(both[1].connect(addresses[0]), second);
}

#[tokio::test]
async fn a_graceful_close_delivers_everything_that_was_queued() {
    const EACH: usize = 60_000;
    let mut both = [bind(), bind()];
    let (dialed, _) = connect(&mut both).await;
    let mut sent = 0;
    for stream in 0..STREAMS {
        while both[0].has_room(dialed, StreamId(stream)) {
            both[0]
                .send(dialed, message(stream, vec![1; EACH]))
                .expect("there is room");
            sent += 1;
        }
    }
    both[0].close(dialed);
    assert_eq!(
        both[0].send(dialed, message(0, vec![1])),
        Err(SendError::Gone)
    );
    let mut received = 0;
    let mut closed = 0;
    drive(&mut both, |_, _, event| {
        match event {
            TransportEvent::Received { payload, .. } => {
                assert_eq!(payload.len(), EACH);
                received += 1;
            }
            TransportEvent::Closed { reason, .. } => {
                assert_eq!(reason, CloseReason::Closed);
                closed += 1;
            }
            TransportEvent::Connected { .. } | TransportEvent::Drained { .. } => {}
        }
        closed == 2
    })
    .await;
    assert!(sent >= 2 * usize::from(STREAMS));
    assert_eq!(received, sent);
    assert_eq!(both.each_ref().map(Userspace::associations), [0, 0]);
}

#[tokio::test]
async fn a_full_stream_refuses_and_tells_when_it_has_drained() {
    let mut both = [bind(), bind()];
    let (dialed, _) = connect(&mut both).await;
    while both[0].has_room(dialed, StreamId(3)) {
        both[0]
            .send(dialed, message(3, vec![0; 65_536]))
            .expect("there is room");
    }
    assert_eq!(
        both[0].send(dialed, message(3, vec![0])),
        Err(SendError::Full)
    );
    assert!(
        both[0].has_room(dialed, StreamId(4)),
        "another stream is not full"
    );
    drive(&mut both, |_, _, event| {
        event
            == TransportEvent::Drained {
                association: dialed,
            }
    })
    .await;
    assert_eq!(both[0].send(dialed, message(3, vec![0])), Ok(()));
}

#[tokio::test]
async fn malformed_messages_are_refused() {
    let mut both = [bind(), bind()];
    let (dialed, _) = connect(&mut both).await;
    let max = MESSAGE_BYTES_MAX;
    for bytes in [0, max + 1] {
        let refused = both[0].send(dialed, message(0, vec![0; bytes]));
        assert_eq!(refused, Err(SendError::Length { bytes, max }));
    }
    let refused = both[0].send(dialed, message(STREAMS, vec![0]));
    assert_eq!(refused, Err(SendError::Stream(STREAMS)));
}

#[tokio::test]
async fn an_abort_is_noticed_by_the_other_end() {
    let mut both = [bind(), bind()];
    let (dialed, accepted) = connect(&mut both).await;
    both[0].abort(dialed);
    drive(&mut both, |_, at, event| {
        let TransportEvent::Closed {
            association,
            reason,
        } = event
        else {
            panic!("unexpected {event:?}");
        };
        assert_eq!((at, association), (1, accepted));
        assert!(matches!(reason, CloseReason::Aborted(_)));
        true
    })
    .await;
}

#[tokio::test]
async fn a_peer_whose_socket_is_gone_is_noticed_while_idle() {
    let mut one = vec![bind(), bind()];
    connect(&mut one).await;
    drop(one.pop());
    let mut reason = None;
    drive(&mut one, |_, _, event| {
        if let TransportEvent::Closed { reason: why, .. } = event {
            reason = Some(why);
        }
        reason.is_some()
    })
    .await;
    assert_eq!(reason, Some(CloseReason::Vanished));
}

#[tokio::test]
async fn an_address_where_nobody_listens_refuses() {
    let mut one = [bind()];
    let nobody = bind().local_address();
    let dialed = one[0].connect(nobody);
    drive(&mut one, |_, _, event| {
        let association = dialed;
        let reason = CloseReason::Refused;
        event
            == TransportEvent::Closed {
                association,
                reason,
            }
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_begins_anew_ends_the_old_association_first() {
    let mut both = vec![bind(), bind()];
    let (old, _) = connect(&mut both).await;
    let address = both[1].local_address();
    drop(both.pop());
    both.push(bind_at(address));
    let target = both[0].local_address();
    both[1].connect(target);
    let mut seen = vec![];
    drive(&mut both, |_, at, event| {
        if at == 0 {
            seen.push(event);
        }
        seen.len() == 2
    })
    .await;
    let reason = CloseReason::Restarted;
    assert_eq!(
        seen[0],
        TransportEvent::Closed {
            association: old,
            reason
        }
    );
    let TransportEvent::Connected {
        association,
        direction,
        ..
    } = seen[1]
    else {
        panic!("unexpected {:?}", seen[1]);
    };
    assert_ne!(association, old);
    assert_eq!(direction, Direction::Accepted);
}

#[tokio::test]
async fn a_peer_that_lost_its_state_says_so_at_once() {
    let mut both = vec![bind(), bind()];
    let (old, _) = connect(&mut both).await;
    let address = both[1].local_address();
    drop(both.pop());
    both.push(bind_at(address));
    // As a node knows the peers that it looks for.
    let known = both[0].local_address();
    both[1].acquaintances.on_dialed(known, |_| false);
    both[0]
        .send(old, message(0, vec![1]))
        .expect("there is room");
    drive(&mut both, |_, at, event| {
        let TransportEvent::Closed {
            association,
            reason,
        } = event
        else {
            return false;
        };
        assert_eq!((at, association), (0, old));
        assert!(matches!(reason, CloseReason::Aborted(_)), "{reason:?}");
        true
    })
    .await;
    assert_eq!(both[1].counters().packets_stray, 1);
}

#[tokio::test]
async fn fifty_peers_talk_to_one_at_once() {
    let mut all: Vec<_> = (0..51).map(|_| bind()).collect();
    let address = all[0].local_address();
    for transport in &mut all[1..] {
        transport.connect(address);
    }
    let mut answered = 0;
    drive(&mut all, |all, at, event| {
        match event {
            TransportEvent::Connected { association, .. } if at > 0 => {
                all[at]
                    .send(association, message(1, vec![at as u8]))
                    .expect("there is room");
                all[at].flush();
            }
            TransportEvent::Received {
                association,
                payload,
                ..
            } if at == 0 => {
                all[0]
                    .send(association, message(1, payload.to_vec()))
                    .expect("there is room");
            }
            TransportEvent::Received { payload, .. } => {
                assert_eq!(payload[..], [at as u8]);
                answered += 1;
            }
            TransportEvent::Closed { .. } => panic!("unexpected {event:?}"),
            TransportEvent::Connected { .. } | TransportEvent::Drained { .. } => {}
        }
        answered == 50
    })
    .await;
    assert_eq!(all[0].associations(), 50);
}
