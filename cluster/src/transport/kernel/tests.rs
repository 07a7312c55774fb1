//! What is refused, and how that is said. What a kernel with SCTP does is tested in one: the suite
//! `transport` runs there too (`tests/kernel-sctp`).

use std::net::IpAddr;

use super::*;
use crate::config::{Backend, KernelConfig};

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

#[tokio::test]
async fn a_kernel_without_sctp_is_told_and_what_works_instead() {
    if let Err(refused) = Kernel::bind(loopback(), KernelOptions::default()) {
        let text = refused.to_string();
        if matches!(refused, ListenError::NotEncapsulated { .. }) {
            println!("skipped: this kernel has SCTP: {text}");
            return;
        }
        assert!(
            matches!(refused, ListenError::NoKernelSctp { .. }),
            "{text}"
        );
        assert!(text.contains("transport.backend = \"userspace\""), "{text}");
        assert!(text.contains("no SCTP"), "{text}");
    }
}

#[test]
fn without_keys_none_of_the_addresses_may_be_one_that_others_reach() {
    let address = "192.0.2.1".parse().expect("an address");
    let refused = listen(Backend::Kernel, vec![address], false);
    assert!(matches!(refused, ListenError::Exposed { .. }), "{refused}");
}

#[test]
fn a_kernel_that_takes_sctp_on_another_udp_port_is_told_apart_and_how_to_change_that() {
    for (udp_port, says) in [(0, "on no port"), (9_899, "on port 9899")] {
        let address = "127.0.0.1:7000".parse().expect("an address");
        let text = ListenError::NotEncapsulated { address, udp_port }.to_string();
        for part in [
            says,
            "net.sctp.udp_port=7000",
            "kernel_encapsulation = \"none\"",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn userspace_has_one_address_only() {
    let also = "127.0.0.2".parse().expect("an address");
    let text = listen(Backend::Userspace, vec![also], false).to_string();
    assert!(
        text.contains("127.0.0.2") && text.contains("listen_also"),
        "{text}"
    );
}

/// Why that is refused.
fn listen(backend: Backend, listen_also: Vec<IpAddr>, is_protected: bool) -> ListenError {
    let config = KernelConfig {
        listen_also,
        ..KernelConfig::default()
    };
    let refused = crate::transport::listen(backend, loopback(), &config, is_protected);
    refused.map(|_| ()).expect_err("it is refused")
}
