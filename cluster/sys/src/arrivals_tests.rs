use std::net::Ipv4Addr;

use super::*;

/// A socket that does not block, and one that sends to it.
fn pair() -> (UdpSocket, UdpSocket) {
    let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let (near, far) = (bind(), bind());
    near.set_nonblocking(true).expect("it is a socket");
    far.connect(near.local_addr().expect("it is bound"))
        .expect("it is there");
    (near, far)
}

#[test]
fn without_datagrams_it_would_block() {
    let (near, _far) = pair();
    let refused = Arrivals::default().receive(&near).map_err(|it| it.kind());
    assert_eq!(refused, Err(io::ErrorKind::WouldBlock));
}

#[test]
fn datagrams_come_in_order_with_their_source_and_one_call_says_that_there_are_no_more() {
    let (near, far) = pair();
    for number in 0..3 {
        far.send(&[number; 5]).expect("it is sent");
    }
    let source = far.local_addr().expect("it is bound");
    let (mut arrivals, mut buffer) = (Arrivals::default(), Arrivals::buffer());
    assert!(!arrivals.receive(&near).expect("there are some"));
    for number in 0..3 {
        assert_eq!(arrivals.take(&mut buffer), Some((5, source)));
        assert_eq!(buffer[..5], [number; 5]);
    }
    assert_eq!(arrivals.take(&mut buffer), None);
}

#[test]
fn more_than_a_batch_are_all_taken() {
    let (near, far) = pair();
    let count = 2 * BATCH_DATAGRAMS_MAX + 1;
    for number in 0..count {
        far.send(&number.to_le_bytes()).expect("it is sent");
    }
    let (mut arrivals, mut buffer) = (Arrivals::default(), Arrivals::buffer());
    let mut numbers = Vec::new();
    while arrivals.receive(&near).expect("there are more") {
        while let Some((bytes, _)) = arrivals.take(&mut buffer) {
            numbers.push(buffer[..bytes].to_vec());
        }
    }
    while let Some((bytes, _)) = arrivals.take(&mut buffer) {
        numbers.push(buffer[..bytes].to_vec());
    }
    let expected: Vec<_> = (0..count).map(|it| it.to_le_bytes().to_vec()).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn the_longest_datagram_fits() {
    let (near, far) = pair();
    let longest = vec![7; 65_507];
    far.send(&longest).expect("the loopback takes it");
    let (mut arrivals, mut buffer) = (Arrivals::default(), Arrivals::buffer());
    arrivals.receive(&near).expect("it is there");
    let (bytes, _) = arrivals.take(&mut buffer).expect("it is there");
    assert_eq!(buffer[..bytes], longest);
}
