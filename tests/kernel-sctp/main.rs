//! The kernel's SCTP, in a kernel that has it: user-mode Linux, booted for these tests (Debian
//! packages `user-mode-linux`, `kmod` and `iproute2`).
//!
//! The suite `transport` runs there on the kernel's SCTP, with nodes of both backends and with paths
//! that are cut; and three node processes fly. What matters is how all that behaves: a program there
//! has one processor, and its system calls take many times longer.

mod flight;
mod guest;
mod programs;

use std::time::Duration;

use guest::Guest;
use raptor_cluster::testing::gate;

/// Several times what a boot and the longest of the jobs take.
const TIME_MAX: Duration = Duration::from_secs(240);

/// The loopback of a network that delays, and loses some packets.
fn delayed_and_lossy(percent: u8) -> String {
    format!("tc qdisc add dev lo root netem delay 5ms loss {percent}%")
}

/// The suite, but for what its arguments leave out, after `preparation`.
fn run_suite(preparation: &str, arguments: &str) {
    let Some(guest) = gate("kernel-sctp", Guest::find()) else {
        return;
    };
    let suite = programs::transport_suite();
    let suite = suite.display();
    guest.run(
        TIME_MAX,
        &format!(
            "{preparation}
             cd {directory}
             RAPTOR_TEST_BACKEND=kernel {suite} --test-threads=1 {arguments}",
            directory = programs::cluster_directory().display(),
        ),
    );
}

/// As [`delayed_and_lossy`], and tells the suite.
fn lossy_suite(percent: u8) -> String {
    format!(
        "{}\nexport RAPTOR_TEST_LOSS={percent}",
        delayed_and_lossy(percent)
    )
}

#[test]
fn the_transport_suite_holds_on_the_kernels_sctp() {
    run_suite("", "");
}

#[test]
fn the_transport_suite_holds_where_packets_are_late_and_one_in_a_hundred_is_lost() {
    run_suite(&lossy_suite(1), "--skip paths::");
}

#[test]
fn the_transport_suite_holds_where_packets_are_late_and_five_in_a_hundred_are_lost() {
    run_suite(&lossy_suite(5), "--skip paths::");
}

#[test]
fn three_nodes_fly_over_the_kernels_sctp() {
    let Some(guest) = gate("kernel-sctp", Guest::find()) else {
        return;
    };
    let flight = |name: &str| {
        let this = std::env::current_exe().expect("a program knows its path");
        format!("{} --ignored --nocapture --exact {name}", this.display())
    };
    let fly = flight("flight::three_kernel_nodes_fly");
    guest.run(
        TIME_MAX,
        &format!(
            "{fly} || exit 1
             {mixed} || exit 1
             {slight} && {fly} || exit 1
             tc qdisc del dev lo root
             {heavy} && {fly}",
            mixed = flight("flight::nodes_of_both_backends_fly"),
            slight = delayed_and_lossy(1),
            heavy = delayed_and_lossy(5),
        ),
    );
}
