//! The layouts that the kernel expects, and what it answers where there is no SCTP.

use super::*;

#[test]
fn addresses_are_packed_one_after_the_other() {
    let v4 = "127.0.0.2:258".parse().expect("an address");
    let v6 = "[::1]:258".parse().expect("an address");
    let packed = Value::default().address(v4).address(v6);
    let family = |family: i32| (family as u16).to_ne_bytes();
    let mut expected = vec![];
    expected.extend(family(nix::libc::AF_INET));
    expected.extend([1, 2, 127, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend(family(nix::libc::AF_INET6));
    expected.extend([1, 2, 0, 0, 0, 0]);
    expected.extend([0; 15]);
    expected.extend([1, 0, 0, 0, 0]);
    assert_eq!(packed.bytes(), expected);
}

#[tokio::test]
async fn only_those_that_are_ready_are_told_and_as_long_as_they_are() {
    let readiness = Readiness::new().expect("an epoll");
    let (one, mut other) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let (idle, _far) = std::os::unix::net::UnixStream::pair().expect("a pair");
    readiness.add(&one, 7).expect("added");
    readiness.add(&idle, 8).expect("added");
    std::io::Write::write_all(&mut other, b"x").expect("written");
    let look = || std::future::poll_fn(|cx| readiness.poll(cx));
    let readable = Ready {
        token: 7,
        to_receive: true,
        to_send: false,
    };
    for _ in 0..2 {
        assert_eq!(look().await.expect("looked"), [readable]);
    }
    readiness.change(&one, 7, false, true).expect("changed");
    let writable = Ready {
        token: 7,
        to_receive: false,
        to_send: true,
    };
    assert_eq!(look().await.expect("looked"), [writable]);
    drop(one);
    let nothing = std::future::poll_fn(|cx| Poll::Ready(readiness.poll(cx).is_pending()));
    assert!(nothing.await, "what is closed is not told");
}

use std::task::Poll;
