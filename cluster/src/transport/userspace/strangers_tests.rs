//! Strangers: whatever they send, nothing is kept of it, and the peers are served.

use super::packet::tests::packet_of;
use super::tests::{HANG, bind, drive, loopback, message};
use super::*;

/// Lets a transport take what is in its socket, until it has looked at `datagrams`.
async fn settle(transport: &mut Userspace, looked_at: impl Fn(&Userspace) -> bool) {
    let looked = std::future::poll_fn(|cx| {
        while transport.poll(cx).is_ready() {}
        if looked_at(transport) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    tokio::time::timeout(HANG, looked).await.expect("it hangs");
}

#[tokio::test]
async fn thousands_of_knocks_leave_nothing_behind() {
    let mut host = bind();
    let port = host.local_address().port();
    let stranger = tokio::net::UdpSocket::bind(loopback())
        .await
        .expect("a socket");
    let own = stranger.local_addr().expect("bound").port();
    let mut buffer = [0; 2048];
    for tag in 1..3000_u32 {
        let mut init = packet_of(0, &[(1, 0, &init_of(tag))]);
        readdress(&mut init, own, port);
        stranger
            .send_to(&init, host.local_address())
            .await
            .expect("sent");
        let answer = stranger.recv_from(&mut buffer);
        tokio::select! {
            received = answer => { received.expect("received"); }
            () = settle(&mut host, |_| false) => unreachable!("it never ends"),
        }
        assert_eq!(buffer[12], 2, "INIT ACK");
    }
    assert_eq!(host.associations(), 0);
    // A cookie that we did not make is not believed.
    let mut echo = packet_of(5, &[(10, 0, &[7; 88])]);
    readdress(&mut echo, own, port);
    stranger
        .send_to(&echo, host.local_address())
        .await
        .expect("sent");
    settle(&mut host, |host| host.counters().cookies_refused == 1).await;
    assert_eq!(host.associations(), 0);
}

#[tokio::test]
async fn strangers_bytes_do_no_harm() {
    let mut all = vec![bind(), bind()];
    let port = all[0].local_address().port();
    let stranger = tokio::net::UdpSocket::bind(loopback())
        .await
        .expect("a socket");
    let own = stranger.local_addr().expect("bound").port();
    let mut dice = 42;
    for round in 0..6000_u64 {
        let bytes = hostile_bytes(&mut dice, round, own, port);
        // Sent in step, so that the socket's buffer holds them all.
        stranger
            .send_to(&bytes, all[0].local_address())
            .await
            .expect("sent");
        if round % 16 == 0 {
            std::future::poll_fn(|cx| {
                while all[0].poll(cx).is_ready() {}
                Poll::Ready(())
            })
            .await;
        }
    }
    assert_eq!(all[0].associations(), 0);
    let (_, accepted) = connect_to_first(&mut all).await;
    all[0]
        .send(accepted, message(0, vec![1]))
        .expect("there is room");
    drive(&mut all, |_, at, event| {
        at == 1 && matches!(event, TransportEvent::Received { .. })
    })
    .await;
    assert!(all[0].counters().datagrams_malformed > 1000);
    assert_eq!(all[0].associations(), 1);
}

#[tokio::test]
async fn no_more_associations_are_accepted_than_allowed() {
    let limits = UserspaceLimits {
        accepted_max: 3,
        accepted_per_source_max: 2,
    };
    let host = Userspace::bind(loopback(), limits).expect("bound");
    let address = host.local_address();
    let mut all = vec![host, bind(), bind(), bind()];
    for transport in &mut all[1..] {
        transport.connect(address);
    }
    let (mut connected, mut refused) = (0, 0);
    drive(&mut all, |_, at, event| {
        match event {
            TransportEvent::Connected { .. } if at > 0 => connected += 1,
            TransportEvent::Closed { .. } => refused += 1,
            _ => {}
        }
        connected + refused == 3
    })
    .await;
    assert_eq!((connected, refused), (2, 1));
    assert_eq!(all[0].associations(), 2);
    assert_eq!(all[0].counters().associations_refused, 1);
}

/// Connects the second transport to the first.
async fn connect_to_first(all: &mut [Userspace]) -> (AssociationId, AssociationId) {
    let address = all[0].local_address();
    let dialed = all[1].connect(address);
    let mut accepted = None;
    let mut connected = 0;
    drive(all, |_, at, event| {
        if let TransportEvent::Connected { association, .. } = event {
            connected += 1;
            if at == 0 {
                accepted = Some(association);
            }
        }
        connected == 2
    })
    .await;
    (dialed, accepted.expect("connected"))
}

fn init_of(tag: u32) -> Vec<u8> {
    let mut value = tag.to_be_bytes().to_vec();
    value.extend_from_slice(&[0, 1, 0, 0, 0, 32, 0, 32, 0, 0, 0, 1]);
    value
}

fn readdress(packet: &mut [u8], source: u16, destination: u16) {
    packet[0..2].copy_from_slice(&source.to_be_bytes());
    packet[2..4].copy_from_slice(&destination.to_be_bytes());
    packet::seal_checksum(packet);
}

/// Noise, cut packets, packets with flipped bits (half of them with a right checksum), long ones.
fn hostile_bytes(dice: &mut u64, round: u64, source: u16, destination: u16) -> Vec<u8> {
    let bytes = random(dice) as usize % 300;
    let noise: Vec<u8> = (0..bytes).map(|_| random(dice) as u8).collect();
    let chunk_type = random(dice) as u8 % 16;
    let mut packet = packet_of(random(dice) as u32 % 2, &[(chunk_type, 0, &noise)]);
    readdress(&mut packet, source, destination);
    match round % 5 {
        0 => noise,
        1 => packet[..random(dice) as usize % packet.len()].to_vec(),
        2 => vec![random(dice) as u8; 65_000],
        flips => {
            let at = random(dice) as usize % packet.len();
            packet[at] ^= 1 << (random(dice) % 8);
            if flips == 3 {
                packet::seal_checksum(&mut packet);
            }
            packet
        }
    }
}

fn random(dice: &mut u64) -> u64 {
    // SplitMix64.
    *dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *dice;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
