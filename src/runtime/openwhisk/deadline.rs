//! Until when the platform waits.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The longest that a deadline is believed: no platform's activations are longer than a day, and what
/// is added to a clock must fit it.
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The moment that a decimal text of epoch milliseconds means.
///
/// `None` if it is no such text, and if that moment is over: whoever asks for something that nobody
/// waits for any more has another clock, and no platform does.
pub(super) fn parse(text: &str) -> Option<Instant> {
    let at = Duration::from_millis(text.parse().ok()?);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    let wait = at.checked_sub(now)?;
    (wait <= WAIT_MAX).then(|| Instant::now() + wait)
}
