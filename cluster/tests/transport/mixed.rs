//! The kernel's SCTP and that in userspace with each other, over UDP. Where the suite runs on the
//! kernel's; skipped elsewhere.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};

use raptor_cluster::Encapsulation;
use raptor_cluster::actor::postmaster::{Closed, PeerDownReason, PeerId, PostmasterEvent};
use raptor_cluster::link::{ENVELOPE_BYTES_MAX, Lane};
use raptor_cluster::transport::{CloseReason, Transport};
use raptor_core::Incarnation;

use super::node::{HANG, Node, envelope, is_on_kernel, kernel, loopback, userspace};
use super::stranger::{Stranger, hello};

/// The port on which the kernel takes SCTP over UDP.
const UDP_PORT: u16 = 9899;

/// Who is who.
#[derive(Clone, Copy, Debug)]
enum Pair {
    KernelDials,
    UserspaceDials,
}

/// Both, where the kernel can.
fn pairs() -> impl Iterator<Item = Pair> {
    if !is_on_kernel() {
        eprintln!("skipped: this test needs the kernel's SCTP");
    }
    let both = [Pair::KernelDials, Pair::UserspaceDials];
    both.into_iter().filter(|_| is_on_kernel())
}

/// An address of its own: of several on one, the kernel's SCTP would be reached at the same UDP port.
fn kernel_address() -> SocketAddr {
    static LAST: AtomicU8 = AtomicU8::new(0);
    let host = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    SocketAddr::from((Ipv4Addr::new(127, 7, 7, host), UDP_PORT))
}

/// With a second address, which is of no use to those in userspace and must not be in their way.
fn on_kernel(address: SocketAddr) -> Box<dyn Transport> {
    let IpAddr::V4(ip) = address.ip() else {
        panic!("it is of IPv4");
    };
    let [.., host] = ip.octets();
    let also = Ipv4Addr::new(127, 7, 8, host);
    kernel(address, Encapsulation::Udp, &[also.into()])
}

fn in_userspace() -> Box<dyn Transport> {
    userspace(loopback())
}

impl Pair {
    /// Transports of those that dial and are dialed.
    fn transports(self) -> (Box<dyn Transport>, Box<dyn Transport>) {
        match self {
            Self::KernelDials => (on_kernel(kernel_address()), in_userspace()),
            Self::UserspaceDials => (in_userspace(), on_kernel(kernel_address())),
        }
    }

    /// One like that which dials, at its address.
    fn again(self, address: SocketAddr) -> Box<dyn Transport> {
        match self {
            Self::KernelDials => on_kernel(address),
            Self::UserspaceDials => userspace(address),
        }
    }

    /// Two nodes that are up for each other.
    async fn nodes(self) -> (Node, PeerId, Node, PeerId) {
        let (one, other) = self.transports();
        let mut one = Node::start_over(one, "n1", 1);
        let mut other = Node::start_over(other, "n2", 1);
        one.keep(other.address);
        let other_peer = one.up("n2").await;
        let one_peer = other.up("n1").await;
        (one, other_peer, other, one_peer)
    }

    /// One that dials by hand, and a node for which it is up.
    async fn stranger(self) -> (Stranger, Node, PeerId) {
        let (one, other) = self.transports();
        let mut node = Node::start_over(other, "n2", 1);
        let mut stranger = Stranger::dial_over(one, node.address, hello("n1", 1));
        let peer = stranger.up_at(&mut node, "n1").await;
        (stranger, node, peer)
    }
}

async fn down(node: &mut Node) -> PeerDownReason {
    match node.next().await {
        PostmasterEvent::PeerDown { reason, .. } => reason,
        other => panic!("nobody is down: {other:?}"),
    }
}

#[actix::test]
async fn envelopes_of_all_sizes_arrive_both_ways_over_mixed_backends() {
    for pair in pairs() {
        let (mut one, other_peer, mut other, one_peer) = pair.nodes().await;
        for (seed, bytes) in [5, 100, 64 * 1024, ENVELOPE_BYTES_MAX]
            .into_iter()
            .enumerate()
        {
            let sent = envelope(bytes, seed as u8);
            let lane = Lane::Flight(7);
            assert_eq!(one.post(other_peer, lane, sent.clone()).await, Ok(()));
            assert_eq!(other.post(one_peer, Lane::Bulk, sent.clone()).await, Ok(()));
            let there = other.arrived().await == (lane, sent.clone());
            assert!(there, "{pair:?}: {bytes} bytes there");
            let back = one.arrived().await == (Lane::Bulk, sent);
            assert!(back, "{pair:?}: {bytes} bytes back");
        }
    }
}

#[actix::test]
async fn an_abort_is_noticed_over_mixed_backends() {
    for pair in pairs() {
        let (mut stranger, mut node, _) = pair.stranger().await;
        stranger.transport.abort(stranger.association);
        let reason = stranger.beside(down(&mut node)).await;
        let aborted = matches!(reason, PeerDownReason::Over(CloseReason::Aborted(_)));
        assert!(aborted, "{pair:?}: {reason:?}");
    }
}

#[actix::test]
async fn a_peer_that_restarts_is_recognised_over_mixed_backends() {
    for pair in pairs() {
        let (stranger, mut node, old) = pair.stranger().await;
        assert_eq!(
            node.post(old, Lane::Bulk, envelope(1_000_000, 1)).await,
            Ok(())
        );
        let address = stranger.transport.local_address();
        drop(stranger);
        let mut reborn = Node::start_over(pair.again(address), "n1", 2);
        reborn.keep(node.address);
        let PostmasterEvent::PeerDown { peer, record, .. } = node.next().await else {
            panic!("{pair:?}: the old life is not down");
        };
        assert_eq!((peer, record.incarnation), (old, Incarnation(1)));
        let new = node.up("n1").await;
        reborn.up("n2").await;
        assert_eq!(node.post(new, Lane::Control, envelope(2, 2)).await, Ok(()));
        assert_eq!(reborn.arrived().await.1, envelope(2, 2), "{pair:?}");
    }
}

#[actix::test]
async fn a_graceful_close_delivers_everything_over_mixed_backends() {
    for pair in pairs() {
        for dialer_closes in [true, false] {
            let (one, other_peer, other, one_peer) = pair.nodes().await;
            let (closing, peer, mut left) = match dialer_closes {
                true => (one, other_peer, other),
                false => (other, one_peer, one),
            };
            for number in 0..20 {
                let posted = closing.post(peer, Lane::Bulk, envelope(100_000, number));
                assert_eq!(posted.await, Ok(()));
            }
            let closed = closing.close(HANG / 2).await;
            assert_eq!(closed, Closed { cut_off: 0 }, "{pair:?}");
            for number in 0..20 {
                let arrived = left.arrived().await.1 == envelope(100_000, number);
                assert!(arrived, "{pair:?}: number {number}");
            }
            let reason = down(&mut left).await;
            assert_eq!(
                reason,
                PeerDownReason::Over(CloseReason::Closed),
                "{pair:?}"
            );
        }
    }
}

#[actix::test]
async fn two_that_dial_each_other_at_once_are_one_peer_to_each_over_mixed_backends() {
    for pair in pairs() {
        let (one, other) = pair.transports();
        let mut one = Node::start_over(one, "n1", 1);
        let mut other = Node::start_over(other, "n2", 1);
        one.keep(other.address);
        other.keep(one.address);
        let other_peer = one.up("n2").await;
        let one_peer = other.up("n1").await;
        for number in 0..20 {
            let sent = envelope(9, number);
            let there = one.post(other_peer, Lane::Control, sent.clone()).await;
            let back = other.post(one_peer, Lane::Control, sent.clone()).await;
            assert_eq!((there, back), (Ok(()), Ok(())), "{pair:?}");
            // Any other report would be a second association.
            assert_eq!(one.arrived().await.1, sent, "{pair:?}");
            assert_eq!(other.arrived().await.1, sent, "{pair:?}");
        }
    }
}
