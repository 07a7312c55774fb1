//! The clock that all processes of a machine share.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds since the machine's start, the same in every process (`CLOCK_MONOTONIC`).
pub(crate) fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every Linux has this clock");
    let (seconds, nanos) = (now.tv_sec().unsigned_abs(), now.tv_nsec().unsigned_abs());
    seconds * 1_000_000_000 + nanos
}
