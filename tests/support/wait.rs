//! Waiting for a state, never for a time.

use std::future::Future;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a loaded machine. Only a test that fails waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often a state is looked at again that nobody announces.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Looks until there is something to see, and gives it.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Awaits what is announced.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let awaited = tokio::time::timeout(PATIENCE, future).await;
    awaited.unwrap_or_else(|_| panic!("never came: {what}"))
}
