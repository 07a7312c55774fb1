//! Until when the platform waits.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The longest that a deadline is believed: no platform's activations are longer than a day, and
/// what is added to a clock must fit it.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn in_ms(ms: i64) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = i64::try_from(now.expect("it is later").as_millis());
        (now.expect("it fits") + ms).to_string()
    }

    #[test]
    fn what_is_to_come_is_believed() {
        let deadline = parse(&in_ms(60_000)).expect("it is to come");
        let wait = deadline - Instant::now();
        assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(50));
    }

    #[test]
    fn what_is_over_or_too_far_off_or_no_number_is_not() {
        let long = in_ms(1000 * 60 * 60 * 25);
        for text in [
            &*in_ms(-1),
            &long,
            "123",
            "",
            "soon",
            "-1",
            "18446744073709551616",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
