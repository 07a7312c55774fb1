//! How time is taken.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// How many steps are computed between two looks at the clock: some microseconds, so that looking,
/// a system call of some 0.2 us, is a small part of the work.
const STEPS: u64 = 2_000;

/// What an attempt does for as long as it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pace {
    /// Nothing: time passes whatever else runs on the machine.
    Sleep,
    /// It computes: time passes only while it has a processor, as for real work.
    Spin,
}

impl Pace {
    /// Lets `time` pass; at least.
    pub(crate) fn take(self, time: Duration) {
        match self {
            Self::Sleep => thread::sleep(time),
            Self::Spin => spin(time),
        }
    }
}

/// Computes until this thread has used a processor for `time` more.
fn spin(time: Duration) {
    let end = used().saturating_add(time);
    let mut number = 1;
    while used() < end {
        // One step needs the one before, so that neither compiler nor processor can shorten it.
        for step in 0..STEPS {
            number = black_box(step ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
    black_box(number);
}

/// For how long this thread has used a processor.
pub(super) fn used() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .expect("Linux has this clock for every thread (clock_gettime(2))")
        .into()
}
