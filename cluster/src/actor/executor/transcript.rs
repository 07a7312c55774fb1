//! What a process writes to its standard output and standard error, line by line.

use raptor_core::{LogLine, Moment, Stream};

/// What one stream may have of them: empty lines take memory, too.
const LINES_MAX: usize = 16_384;

/// What a process writes, line by line, in the order in which the lines come.
pub(super) struct Transcript {
    lines: Vec<LogLine>,
    bytes_max: usize,
    stdout: Column,
    stderr: Column,
}

/// How far one stream is written down.
#[derive(Default)]
struct Column {
    /// The line that has begun.
    begun: Vec<u8>,
    bytes: usize,
    lines: usize,
    /// Whether some of it was left out: all that came after it is.
    is_cut: bool,
}

impl Transcript {
    /// Nothing yet; of each stream, so many bytes at most will be kept.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            lines: Vec::new(),
            bytes_max,
            stdout: Column::default(),
            stderr: Column::default(),
        }
    }

    /// Takes what has come of a stream.
    pub(super) fn take(&mut self, stream: Stream, mut bytes: &[u8], now: Moment) {
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (part, rest) = match end {
                Some(end) => (&bytes[..end], &bytes[end + 1..]),
                None => (bytes, &[][..]),
            };
            bytes = rest;
            let column = match stream {
                Stream::Stdout => &mut self.stdout,
                Stream::Stderr => &mut self.stderr,
            };
            column.take(part, self.bytes_max);
            if (end.is_some() || column.is_cut)
                && let Some(text) = column.line(end.is_some(), self.bytes_max)
            {
                self.lines.push(LogLine {
                    at: now,
                    stream,
                    text,
                });
            }
            if column.is_cut {
                return;
            }
        }
    }

    /// All lines; the last of a stream need not have ended. What was left out is said last.
    pub(super) fn finish(mut self, now: Moment) -> Vec<LogLine> {
        for (stream, column) in [
            (Stream::Stdout, &mut self.stdout),
            (Stream::Stderr, &mut self.stderr),
        ] {
            if !column.begun.is_empty() {
                let text = text(&std::mem::take(&mut column.begun));
                self.lines.push(LogLine {
                    at: now,
                    stream,
                    text,
                });
            }
        }
        for (stream, column) in [(Stream::Stdout, self.stdout), (Stream::Stderr, self.stderr)] {
            if column.is_cut {
                self.lines.push(LogLine {
                    at: now,
                    stream,
                    text: format!(
                        "(the rest is left out: limits.log_bytes_max of the node is {}, and \
                         {LINES_MAX} lines are the most)",
                        self.bytes_max
                    ),
                });
            }
        }
        self.lines
    }
}

impl Column {
    /// Goes on with the line, as far as there is room.
    fn take(&mut self, part: &[u8], bytes_max: usize) {
        if self.is_cut || self.lines >= LINES_MAX {
            self.is_cut = true;
            return;
        }
        let room = bytes_max - self.bytes;
        let taken = part.len().min(room);
        self.begun.extend_from_slice(&part[..taken]);
        self.bytes += taken;
        self.is_cut = taken < part.len();
    }

    /// The line, which has ended or been cut; none where nothing of it was kept.
    fn line(&mut self, has_ended: bool, bytes_max: usize) -> Option<String> {
        if self.begun.is_empty() && self.is_cut {
            return None;
        }
        self.lines += 1;
        if has_ended {
            // Its line break counts as well.
            self.bytes = (self.bytes + 1).min(bytes_max);
        }
        Some(text(&std::mem::take(&mut self.begun)))
    }
}

/// What is not UTF-8 is shown as such.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
