//! Waiting for a state, never for a time, where nothing is asynchronous.

use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a loaded machine. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a state is looked at again that nobody announces.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// Looks until there is something to see, and gives it.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        thread::sleep(LOOK_INTERVAL);
    }
}
