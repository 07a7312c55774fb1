//! Lines of logs, as OpenWhisk keeps them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One line of a log: when it was written, in microseconds since the UNIX epoch, and where.
pub(crate) struct Line<'a> {
    pub(crate) at_micros: u64,
    pub(crate) stream: &'static str,
    pub(crate) text: &'a str,
}

/// The lines as OpenWhisk writes them: `2026-11-23T06:00:00.000000000Z   stdout: text`.
pub(crate) fn lines_of<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<String> {
    let format = |line: Line<'_>| {
        let at = UNIX_EPOCH.checked_add(Duration::from_micros(line.at_micros));
        // The year 10000 is none that humantime writes.
        let at = at.filter(|at| *at < UNIX_EPOCH + Duration::from_secs(250_000_000_000));
        let time = humantime::format_rfc3339_nanos(at.unwrap_or(SystemTime::UNIX_EPOCH));
        format!("{time}   {}: {}", line.stream, line.text)
    };
    lines.map(format).collect()
}

/// As many of the lines as the limit allows, and a word where it does not allow all.
pub(crate) fn truncated(lines: Vec<String>, limit_mb: u64) -> Vec<String> {
    let limit = limit_mb << 20;
    let mut bytes = 0;
    let mut kept = Vec::new();
    for line in lines {
        bytes += line.len() as u64 + 1;
        if bytes > limit {
            // With no room for logs at all, nobody wants to read of them.
            if limit > 0 {
                kept.push(format!(
                    "Logs were truncated because the total bytes size exceeds the limit of {limit} \
                     bytes."
                ));
            }
            break;
        }
        kept.push(line);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_time_its_stream_and_its_text() {
        let line = Line {
            at_micros: 1_795_413_600_000_001,
            stream: "stdout",
            text: "hello",
        };
        assert_eq!(
            lines_of([line].into_iter()),
            ["2026-11-23T06:00:00.000001000Z   stdout: hello"]
        );
    }

    #[test]
    fn beyond_the_limit_there_is_one_word_about_it() {
        let lines = || vec!["x".repeat(600 << 10); 3];
        let kept = truncated(lines(), 1);
        assert_eq!(kept.len(), 2);
        assert!(kept[1].contains("limit of 1048576 bytes"), "{}", kept[1]);
        assert_eq!(truncated(lines(), 0), Vec::<String>::new());
        assert_eq!(truncated(lines(), 10).len(), 3);
    }
}
