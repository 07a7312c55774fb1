//! The action runtime.

mod flight;

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let since = since.expect("the clock is after 1970");
    u64::try_from(since.as_millis()).expect("the clock is before the year 500,000,000")
}
