//! Strangers: whatever they send, nothing is kept of it, and the peers are served.

use super::packet::tests::packet_of;
use super::tests::{HANG, bind, drive, loopback, message};
use super::*;
use crate::transport::Transport;

/// Lets a transport take what is in its socket, until it has looked at `datagrams`.
async fn settle(transport: &mut Userspace, mut looked_at: impl FnMut(&Userspace) -> bool) {
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

/// Takes what is in a transport's socket now.
async fn turn(transport: &mut Userspace) {
    std::future::poll_fn(|cx| {
        while transport.poll(cx).is_ready() {}
        Poll::Ready(())
    })
    .await;
}

/// A socket that is no peer of anyone.
struct Stranger {
    socket: std::net::UdpSocket,
    host: SocketAddr,
}

impl Stranger {
    fn of(host: &Userspace) -> Self {
        let socket = std::net::UdpSocket::bind(loopback()).expect("a socket");
        socket.set_nonblocking(true).expect("it can be");
        let host = host.local_address();
        Self { socket, host }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    /// Sends a packet with a right checksum; one that does not fit into the socket's buffer is lost.
    fn send(&self, tag: u32, chunk_type: u8, value: &[u8]) {
        let mut packet = packet_of(tag, &[(chunk_type, 0, value)]);
        readdress(&mut packet, self.address().port(), self.host.port());
        let _ = self.socket.send_to(&packet, self.host);
    }

    fn knock(&self, tag: u32) {
        self.send(0, INIT, &init_of(tag));
    }

    /// The first chunks of the packets that have come since.
    fn heard(&self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let heard =
            std::iter::from_fn(|| self.socket.recv_from(&mut buffer).ok().map(|_| buffer[12]));
        heard.collect()
    }
}

const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const HEARTBEAT: u8 = 4;
const ABORT: u8 = 6;
const COOKIE_ECHO: u8 = 10;

#[tokio::test]
async fn thousands_of_knocks_leave_nothing_behind() {
    const KNOCKS: u32 = 3_000;
    let mut host = bind();
    let stranger = Stranger::of(&host);
    let mut answered = 0;
    for tag in 1..=KNOCKS {
        stranger.knock(tag);
        if tag % 16 == 0 {
            turn(&mut host).await;
            let heard = stranger.heard();
            assert!(heard.iter().all(|chunk| *chunk == INIT_ACK), "{heard:?}");
            answered += heard.len();
        }
    }
    settle(&mut host, |host| {
        answered += stranger.heard().len();
        answered as u64 + host.counters().handshakes_ignored == u64::from(KNOCKS)
    })
    .await;
    assert!(answered >= 256, "the first are answered: {answered}");
    assert_eq!(host.associations(), 0);
    // A cookie that we did not make is not believed.
    stranger.send(5, COOKIE_ECHO, &[7; 88]);
    settle(&mut host, |host| host.counters().cookies_refused == 1).await;
    assert_eq!(host.associations(), 0);
}

#[tokio::test]
async fn a_flood_of_knocks_from_one_source_leaves_peers_working() {
    const ROUNDS: usize = 300;
    const KNOCKS_PER_ROUND: u32 = 64;
    let mut all = vec![bind(), bind()];
    let (dialed, accepted) = connect_to_first(&mut all).await;
    let stranger = Stranger::of(&all[0]);
    let ask = |peer: &mut Userspace, id| {
        peer.send(id, message(0, vec![1])).expect("there is room");
    };
    ask(&mut all[1], dialed);
    let (mut rounds, mut answered) = (0, 0);
    drive(&mut all, |all, at, event| {
        assert!(
            matches!(event, TransportEvent::Received { .. }),
            "{event:?}"
        );
        ask(&mut all[at], [accepted, dialed][at]);
        (1..=KNOCKS_PER_ROUND).for_each(|tag| stranger.knock(tag));
        answered += stranger.heard().len();
        assert_eq!(all[0].associations(), 1);
        rounds += 1;
        rounds == ROUNDS
    })
    .await;
    let ignored = all[0].counters().handshakes_ignored;
    assert!(
        ignored > answered as u64,
        "{ignored} ignored, {answered} answered"
    );
}

#[tokio::test]
async fn strangers_hear_nothing_of_what_is_not_there() {
    let mut host = bind();
    let stranger = Stranger::of(&host);
    for chunk_type in [HEARTBEAT, 8] {
        stranger.send(5, chunk_type, &[]);
    }
    settle(&mut host, |host| host.counters().packets_stray == 2).await;
    stranger.knock(1);
    let mut heard = vec![];
    settle(&mut host, |_| {
        heard.extend(stranger.heard());
        !heard.is_empty()
    })
    .await;
    assert_eq!(heard, [INIT_ACK], "nothing came before");
}

#[tokio::test]
async fn out_of_the_blue_a_peer_is_answered_but_only_so_often() {
    const STRAYS: u64 = 2_000;
    let mut host = bind();
    let peer = Stranger::of(&host);
    host.acquaintances.on_dialed(peer.address(), |_| false);
    let begun = std::time::Instant::now();
    let mut heard = vec![];
    for round in 0..STRAYS {
        peer.send(5, HEARTBEAT, &[]);
        if round % 16 == 0 {
            turn(&mut host).await;
            heard.extend(peer.heard());
        }
    }
    settle(&mut host, |host| host.counters().packets_stray == STRAYS).await;
    heard.extend(peer.heard());
    assert!(heard.iter().all(|chunk| *chunk == ABORT), "{heard:?}");
    let seconds = begun.elapsed().as_secs_f64();
    let max =
        f64::from(STRAYS_ANSWERED_BURST) + 1.0 + seconds * f64::from(STRAYS_ANSWERED_PER_SECOND);
    assert!(
        (100.0..=max).contains(&(heard.len() as f64)),
        "{} heard",
        heard.len()
    );
}

#[tokio::test]
async fn few_strangers_are_borne_with_until_they_prove_who_they_are() {
    let limits = UserspaceLimits {
        // On this machine, eight times as many.
        strangers_per_source_max: 1,
        ..UserspaceLimits::default()
    };
    let host = Userspace::bind(loopback(), limits).expect("bound");
    let address = host.local_address();
    let mut all = vec![host];
    all.extend((0..11).map(|_| bind()));
    let connect = |peer: &mut Userspace| peer.connect(address);
    for peer in &mut all[1..11] {
        connect(peer);
    }
    let mut accepted = vec![];
    let mut refused = 0;
    drive(&mut all, |_, at, event| {
        match event {
            TransportEvent::Connected { association, .. } if at == 0 => accepted.push(association),
            TransportEvent::Closed { .. } => refused += 1,
            _ => {}
        }
        accepted.len() + refused == 10
    })
    .await;
    assert_eq!((accepted.len(), refused), (8, 2));
    assert_eq!(all[0].counters().associations_refused, 2);

    // One proves itself, twice: there is room for one more.
    let zone = "z".parse().expect("a name");
    all[0].trust(accepted[0], &zone);
    all[0].trust(accepted[0], &zone);
    connect(&mut all[11]);
    drive(&mut all, |_, at, event| {
        at == 11 && matches!(event, TransportEvent::Connected { .. })
    })
    .await;
    // Whose address is known needs no room among strangers.
    let known = bind();
    let by_address = known.local_address();
    all[0].acquaintances.on_dialed(by_address, |_| false);
    all.push(known);
    connect(&mut all[12]);
    drive(&mut all, |_, at, event| {
        at == 12 && matches!(event, TransportEvent::Connected { .. })
    })
    .await;
    assert_eq!(all[0].associations(), 10);
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
            turn(&mut all[0]).await;
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
        ..UserspaceLimits::default()
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
