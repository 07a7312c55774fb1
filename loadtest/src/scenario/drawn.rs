//! Times that are drawn, perhaps from a file: it is read when it is known where the scenario stands.

use std::path::Path;
use std::str::FromStr;

use raptor_functions::distribution::Distribution;

/// The distribution that names a file.
const FROM_FILE: &str = "empirical";

/// Times that are drawn, as a scenario has them.
#[derive(Clone, Debug)]
pub(super) enum Drawn<T> {
    /// All is known.
    Known(T),
    /// A distribution whose samples are in a file, as it is written.
    FromFile(String),
}

impl<T> Drawn<T> {
    /// Whether it names a file.
    pub(super) fn is_from_file(&self) -> bool {
        matches!(self, Self::FromFile(_))
    }
}

impl<T: From<Distribution>> Drawn<T> {
    /// What is meant, a relative file beginning at `directory`. What is made of it as text names
    /// the file from wherever it is read on this machine.
    ///
    /// # Errors
    ///
    /// There are no samples; the text says how to mend that, and fits after "failed to".
    pub(super) fn read(self, directory: &Path) -> Result<T, String> {
        let text = match self {
            Self::Known(known) => return Ok(known),
            Self::FromFile(text) => text,
        };
        let term = text.trim().strip_prefix(FROM_FILE).map(str::trim_start);
        let text = match term.and_then(|term| term.strip_prefix("file=")) {
            Some(file) if !file.is_empty() => {
                let file = std::path::absolute(directory.join(file));
                let file = file.map_err(|why| format!("find the directory of {text:?}: {why}"))?;
                format!("{FROM_FILE} file={}", file.display())
            }
            Some(_) | None => text,
        };
        let read = text.parse::<Distribution>();
        read.map(T::from).map_err(|error| error.to_string())
    }
}

impl<T: FromStr> FromStr for Drawn<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text.trim_start().starts_with(FROM_FILE) {
            return Ok(Self::FromFile(text.to_owned()));
        }
        text.parse().map(Self::Known)
    }
}
