//! The kernel's SCTP where there is one, and what is said where there is none.

use std::time::Duration;

use super::*;
use crate::transport::Ppid;

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(20);

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// A transport, or nothing where the kernel has no SCTP, unless `RAPTOR_REQUIRE` names `kernel-sctp`.
fn bind() -> Option<Kernel> {
    match Kernel::bind(loopback()) {
        Ok(kernel) => Some(kernel),
        Err(refused) => {
            let required = std::env::var("RAPTOR_REQUIRE").unwrap_or_default();
            assert!(!required.contains("kernel-sctp"), "{refused}");
            println!("skipped: {refused}");
            None
        }
    }
}

#[tokio::test]
async fn a_kernel_without_sctp_is_told_and_what_works_instead() {
    if let Err(refused) = Kernel::bind(loopback()) {
        let text = refused.to_string();
        assert!(
            matches!(refused, ListenError::NoKernelSctp { .. }),
            "{text}"
        );
        assert!(text.contains("transport.backend = \"userspace\""), "{text}");
        assert!(text.contains("no SCTP"), "{text}");
    }
}

#[tokio::test]
async fn only_loopback_may_be_listened_on() {
    let exposed = "0.0.0.0:0".parse().expect("an address");
    let refused = Kernel::bind(exposed).map(|_| ()).expect_err("refused");
    assert!(matches!(refused, ListenError::Exposed { .. }));
}

#[tokio::test]
async fn messages_arrive_in_order_and_a_close_delivers_them() {
    let (Some(one), Some(other)) = (bind(), bind()) else {
        return;
    };
    let mut both = [one, other];
    let dialed = {
        let address = both[1].local_address();
        both[0].connect(address)
    };
    let mut received: Vec<usize> = vec![];
    let mut closed = 0;
    let done = std::future::poll_fn(|cx| {
        loop {
            let mut idle = true;
            for at in 0..2 {
                while let Poll::Ready(event) = both[at].poll(cx) {
                    idle = false;
                    match event {
                        TransportEvent::Connected { association, .. } if at == 0 => {
                            for bytes in 1..=100 {
                                let message = Message {
                                    stream: StreamId(3),
                                    ppid: Ppid(7),
                                    payload: vec![1; bytes * 40],
                                    lifetime: None,
                                };
                                both[0].send(association, message).expect("there is room");
                            }
                            both[0].close(dialed);
                        }
                        TransportEvent::Received {
                            stream,
                            ppid,
                            payload,
                            ..
                        } => {
                            assert_eq!((stream, ppid), (StreamId(3), Ppid(7)));
                            received.push(payload.len() / 40);
                        }
                        TransportEvent::Closed { .. } => closed += 1,
                        TransportEvent::Connected { .. } | TransportEvent::Drained { .. } => {}
                    }
                }
            }
            if closed == 2 {
                return Poll::Ready(());
            }
            if idle {
                return Poll::Pending;
            }
        }
    });
    tokio::time::timeout(HANG, done).await.expect("it hangs");
    assert_eq!(received, (1..=100).collect::<Vec<_>>());
}
