//! Cookies: ours come back as they were made, all others are refused.

use dcsctp::api::{DcSctpSocket, Socket, SocketEvent, SocketState};

use super::super::association::{Ports, new_socket};
use super::*;

const NOW: Duration = Duration::from_secs(5);

fn client() -> SocketAddr {
    "127.0.0.1:7001".parse().expect("an address")
}

fn packets(socket: &mut Socket) -> Vec<Vec<u8>> {
    let events = std::iter::from_fn(|| socket.poll_event());
    events
        .filter_map(|event| match event {
            SocketEvent::SendPacket(packet) => Some(packet),
            _ => None,
        })
        .collect()
}

/// A client's socket, and the COOKIE ECHO with which it answers our sealed INIT ACK.
fn cookie_echo(seal: &CookieSeal) -> (Socket, Vec<u8>) {
    let mut client_socket = new_socket(
        Ports {
            local: 7001,
            remote: 7002,
        },
        client().ip(),
    );
    let mut answering = new_socket(
        Ports {
            local: 7002,
            remote: 7001,
        },
        client().ip(),
    );
    client_socket.connect();
    for init in packets(&mut client_socket) {
        answering.handle_input(&init);
    }
    for init_ack in packets(&mut answering) {
        client_socket.handle_input(&seal.seal(init_ack, client(), NOW));
    }
    let echo = packets(&mut client_socket).pop();
    (client_socket, echo.expect("the client took the INIT ACK"))
}

fn open(
    seal: &CookieSeal,
    echo: &[u8],
    from: SocketAddr,
    now: Duration,
) -> Result<Opened, OpenError> {
    let packet = Packet::parse(echo).expect("well formed");
    seal.open(&packet, from, now)
}

#[test]
fn a_fresh_socket_takes_our_cookie_and_both_ends_are_connected() {
    let seal = CookieSeal::new().expect("random numbers");
    let (mut client_socket, echo) = cookie_echo(&seal);
    let opened = open(&seal, &echo, client(), NOW).expect("ours");
    assert_eq!(opened.made_at, NOW);

    let mut accepted = new_socket(
        Ports {
            local: 7002,
            remote: 7001,
        },
        client().ip(),
    );
    accepted.handle_input(&opened.packet);
    assert_eq!(accepted.state(), SocketState::Connected);
    for ack in packets(&mut accepted) {
        client_socket.handle_input(&ack);
    }
    assert_eq!(client_socket.state(), SocketState::Connected);
}

#[test]
fn a_cookie_is_refused_from_another_address_or_after_its_time() {
    let seal = CookieSeal::new().expect("random numbers");
    let (_, echo) = cookie_echo(&seal);
    let other = "127.0.0.1:7003".parse().expect("an address");
    assert_eq!(open(&seal, &echo, other, NOW), Err(OpenError::Forged));
    let late = NOW + LIFETIME + Duration::from_micros(1);
    assert_eq!(open(&seal, &echo, client(), late), Err(OpenError::Stale));
    assert!(open(&seal, &echo, client(), NOW + LIFETIME).is_ok());
}

#[test]
fn a_cookie_with_any_bit_changed_is_refused_even_with_a_right_checksum() {
    let seal = CookieSeal::new().expect("random numbers");
    let (_, echo) = cookie_echo(&seal);
    // From the tag on: the ports are not covered, and the chunk's header is the parser's.
    for at in (4..8).chain(HEADER_BYTES + CHUNK_HEADER_BYTES..echo.len()) {
        let mut forged = echo.clone();
        forged[at] ^= 1;
        seal_checksum(&mut forged);
        assert_eq!(
            open(&seal, &forged, client(), NOW),
            Err(OpenError::Forged),
            "byte {at}"
        );
    }
}

#[test]
fn a_cookie_of_another_key_or_without_a_trailer_is_refused() {
    let (one, other) = (CookieSeal::new(), CookieSeal::new());
    let (one, other) = (one.expect("random numbers"), other.expect("random numbers"));
    let (_, echo) = cookie_echo(&one);
    assert_eq!(open(&other, &echo, client(), NOW), Err(OpenError::Forged));
    let opened = open(&one, &echo, client(), NOW).expect("ours");
    assert_eq!(
        open(&one, &opened.packet, client(), NOW),
        Err(OpenError::Forged)
    );
}
