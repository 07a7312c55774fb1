//! The text, and its parts.

use std::io::{self, Read};
use std::ops::Range;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::action_file::{ActionFile, ActionFileError};

/// The longest text. A bundle holds 64 MiB, and what is packed well must not fill the memory.
const TEXT_BYTES_MAX: u64 = 256 << 20;

/// What files end with that are packed by gzip.
const PACKED: &str = ".gz";

/// Verses, one a line: `Ge1:1 In the beginning ...`.
pub(super) struct Text(Vec<u8>);

/// A range of whole lines of the text, in bytes; the end is excluded.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Text {
    /// Reads a whole file, and unpacks it if its name ends in `.gz`.
    pub(super) fn read(file: &ActionFile) -> Result<Self, TextError> {
        Self::read_until(file, TEXT_BYTES_MAX)
    }

    /// Reads no more of it than comes before `end`: what is packed has to be unpacked from its
    /// beginning on, but not to its end.
    pub(super) fn read_before(file: &ActionFile, end: usize) -> Result<Self, TextError> {
        let text = Self::read_until(file, (end as u64).min(TEXT_BYTES_MAX))?;
        if text.0.len() < end {
            let file = file.clone();
            return Err(TextError::Shorter { file, end });
        }
        Ok(text)
    }

    /// All of it if it is shorter than `bytes`.
    fn read_until(file: &ActionFile, bytes: u64) -> Result<Self, TextError> {
        let content = file.read(TEXT_BYTES_MAX)?;
        if !file.ends_with(PACKED) {
            return Ok(Self(content));
        }
        unpack(&content, bytes)
            .map(Self)
            .map_err(|source| TextError::Packed {
                file: file.clone(),
                source,
            })
    }

    /// So many parts that follow each other, make the whole, and differ in length by a line or two.
    pub(super) fn parts(&self, count: usize) -> Vec<Part> {
        let ends = (1..=count).map(|part| self.line_after(self.0.len() * part / count));
        let mut start = 0;
        ends.map(|end| Part {
            start: std::mem::replace(&mut start, end),
            end,
        })
        .collect()
    }

    /// Where the first line begins that does not begin before `at`.
    fn line_after(&self, at: usize) -> usize {
        // The line that begins at `at` itself comes after the line break before it.
        let from = at.saturating_sub(1);
        let rest = &self.0[from..];
        match rest.iter().position(|byte| *byte == b'\n') {
            _ if at == 0 => 0,
            Some(line_break) => from + line_break + 1,
            None => self.0.len(),
        }
    }

    /// How many lines a part has.
    pub(super) fn lines(&self, part: Part) -> usize {
        let bytes = &self.0[Range::from(part)];
        bytes.split_inclusive(|byte| *byte == b'\n').count()
    }

    /// The lines of a part.
    pub(super) fn part(&self, part: Part) -> Result<&str, TextError> {
        let bytes = self.0.get(Range::from(part));
        let bytes = bytes.ok_or(TextError::NoRange {
            start: part.start,
            end: part.end,
        })?;
        std::str::from_utf8(bytes).map_err(|why| TextError::NotUtf8 {
            at: part.start + why.valid_up_to(),
        })
    }
}

fn unpack(content: &[u8], bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    MultiGzDecoder::new(content)
        .take(bytes_max)
        .read_to_end(&mut text)?;
    Ok(text)
}

impl From<Part> for Range<usize> {
    fn from(Part { start, end }: Part) -> Self {
        start..end
    }
}

#[cfg(test)]
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// Why there is no text. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TextError {
    /// The file is of no use.
    #[error(transparent)]
    File(#[from] ActionFileError),
    /// It is not what its name says.
    #[error("unpack {file}: {source} (only what gzip has packed ends in {PACKED})")]
    Packed {
        /// The file.
        file: ActionFile,
        /// Why.
        source: io::Error,
    },
    /// It was longer when it was split.
    #[error("read {file} up to byte {end}: it ends before (the text must not change in a flight)")]
    Shorter {
        /// The file.
        file: ActionFile,
        /// How long it should be.
        end: usize,
    },
    /// The range is not one.
    #[error("read bytes {start} to {end} of the text: that is no range")]
    NoRange {
        /// Its start.
        start: usize,
        /// Its end.
        end: usize,
    },
    /// It is not text.
    #[error("read the text: byte {at} is not UTF-8 (convert it)")]
    NotUtf8 {
        /// Where, counted from 0.
        at: usize,
    },
}
