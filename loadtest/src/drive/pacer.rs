//! Wakes at the moments of an open loop.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Gives each offset once its moment, so long after `start`, has come: in order, however late the
/// receiver takes them, until it is dropped.
///
/// A thread of its own sleeps until each, by the kernel's timer of high resolution, which is late
/// by some 60 us: the timers of tokio have the granularity of a millisecond, and are late by up to
/// two.
pub(super) fn pace(offsets: Vec<Duration>, start: Instant) -> mpsc::UnboundedReceiver<Duration> {
    // As many as there are offsets, at most: they are in memory anyway.
    let (ticks, ticking) = mpsc::unbounded_channel();
    let pacer = thread::Builder::new().name("pacer".to_owned());
    let pacer = pacer.spawn(move || {
        for offset in offsets {
            let moment = start.checked_add(offset);
            let moment = moment.expect("arrivals are within what a clock counts");
            thread::sleep(moment.saturating_duration_since(Instant::now()));
            if ticks.send(offset).is_err() {
                return;
            }
        }
    });
    pacer.expect("a process may have one more thread");
    ticking
}
