//! More than one association between the same two ends.

use super::tests::{bind, both_ends, connect, drive, message};
use super::*;
use crate::transport::Transport;

/// Connects the first transport to the second once more, apart from what there is.
async fn connect_apart(transports: &mut [Userspace]) -> (AssociationId, AssociationId) {
    let address = transports[1].local_address();
    let dialed = transports[0].connect_apart(address);
    both_ends(transports, dialed).await
}

/// Sends on one end, and gives the association on which it arrives at the other.
async fn carried(both: &mut [Userspace], from: usize, id: AssociationId) -> AssociationId {
    let sent = both[from].send(id, message(4, vec![7]));
    sent.expect("there is room");
    let mut arrived = None;
    drive(both, |_, at, event| {
        if let TransportEvent::Received { association, .. } = event {
            assert_ne!(at, from);
            arrived = Some(association);
        }
        arrived.is_some()
    })
    .await;
    arrived.expect("it has arrived")
}

#[tokio::test]
async fn each_of_several_associations_with_one_address_is_its_own() {
    let mut both = [bind(), bind()];
    let mut pairs = vec![connect(&mut both).await];
    for _ in 0..3 {
        pairs.push(connect_apart(&mut both).await);
    }
    assert_eq!(both[0].associations(), 4);
    for &(near, far) in &pairs {
        assert_eq!(carried(&mut both, 0, near).await, far);
        assert_eq!(carried(&mut both, 1, far).await, near);
    }
    // The one that is dialed as before is the one that is there.
    let address = both[1].local_address();
    assert_eq!(both[0].connect(address), pairs[0].0);
    // One ends, and the others go on.
    let (near, far) = pairs.remove(1);
    both[0].abort(near);
    drive(&mut both, |_, _, event| {
        matches!(event, TransportEvent::Closed { association, .. } if association == far)
    })
    .await;
    for &(near, far) in &pairs {
        assert_eq!(carried(&mut both, 0, near).await, far);
    }
}

#[tokio::test]
async fn an_association_that_is_gone_at_the_end_that_began_it_apart_is_missed_by_the_other() {
    let mut both = [bind(), bind()];
    let (near, far) = connect_apart(&mut both).await;
    // Without a word.
    both[0].forget(near);
    both[1]
        .send(far, message(4, vec![7]))
        .expect("there is room");
    drive(&mut both, |_, at, event| {
        matches!(event, TransportEvent::Closed { association, .. } if (at, association) == (1, far))
    })
    .await;
}

#[tokio::test]
async fn both_ends_may_begin_one_apart_at_the_same_time() {
    let mut both = [bind(), bind()];
    let addresses = [both[0].local_address(), both[1].local_address()];
    both[0].connect_apart(addresses[1]);
    both[1].connect_apart(addresses[0]);
    let mut connected = 0;
    drive(&mut both, |_, _, event| {
        connected += usize::from(matches!(event, TransportEvent::Connected { .. }));
        connected == 4
    })
    .await;
    assert_eq!((both[0].associations(), both[1].associations()), (2, 2));
}

#[tokio::test]
async fn ports_are_given_out_in_turn_and_none_that_is_in_use() {
    let (mut paths, peer) = (Paths::new(), bind().local_address());
    let remote = peer.port();
    let first = paths.free_port(peer, remote);
    let second = paths.free_port(peer, remote);
    assert_ne!(first, second);
    let after = |port: u16| if port == u16::MAX { 49_152 } else { port + 1 };
    assert_eq!(second, after(first));
    let next = after(second);
    let local = next;
    paths.insert(peer, Ports { local, remote }, AssociationId::FIRST);
    assert_eq!(paths.free_port(peer, remote), after(next));
    assert!(paths.leads_to(peer));
    paths.remove(peer, AssociationId::FIRST);
    assert!(!paths.leads_to(peer));
}
