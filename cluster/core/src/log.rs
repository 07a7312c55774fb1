//! What functions write to their standard output and standard error.

use crate::Moment;

/// What a line costs beside its text.
const LINE_BYTES: usize = 16;

/// What a member keeps of the logs of its own attempts in one flight, and tells its leader in one
/// envelope; what comes later is left out.
pub const MEMBER_LOG_BYTES_MAX: usize = 4 << 20;

/// What a leader keeps of the logs of its followers: with its own they fit into one envelope, of
/// 16 MiB, with room for all else.
pub const FOLLOWER_LOG_BYTES_MAX: usize = 8 << 20;

/// One line that a function wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it had come, by the clock of the function's own node.
    pub at: Moment,
    /// Where it was written to.
    pub stream: Stream,
    /// What it says, without the line break.
    pub text: String,
}

/// Where a function writes its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
}

impl LogLine {
    /// About how many bytes it takes.
    pub const fn bytes(&self) -> usize {
        LINE_BYTES + self.text.len()
    }
}

/// About how many bytes these lines take.
pub(crate) fn bytes(lines: &[LogLine]) -> usize {
    lines.iter().map(LogLine::bytes).sum()
}

/// Leaves out the lines that are too much, and says so in their place.
pub(crate) fn cut(lines: &mut Vec<LogLine>, bytes_max: usize) {
    let mut bytes = 0;
    let fits = lines.iter().take_while(|line| {
        bytes += line.bytes();
        bytes <= bytes_max
    });
    let fits = fits.count();
    if fits < lines.len() {
        lines.truncate(fits + 1);
        let cut = &mut lines[fits];
        cut.stream = Stream::Stderr;
        cut.text = "(the rest is left out: the flight's logs are too long)".to_owned();
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
