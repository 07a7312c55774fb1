//! The process contract of a native function.
//!
//! Standard input holds one line, the parameters, a JSON object. File descriptor 3 takes one line,
//! the result, a JSON object too; one with the key `error` is an application error. Standard
//! output and standard error are the function's log. Exit status 0 and a result make a value,
//! anything else is a fault.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::{BorrowedFd, RawFd};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The descriptor that takes the result, as OpenWhisk's ActionLoop fixed it.
pub const RESULT_FD: RawFd = 3;

/// The longest line of parameters that is read.
///
/// A node bounds values at 16 MiB unless it is configured otherwise; a join of several gets all of
/// them. A line beyond this is no honest input, and is better refused than swapped out.
pub const PARAMS_BYTES_MAX: u64 = 256 << 20;

/// What a function was called with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Map<String, Value>);

impl Params {
    /// Reads the one line of standard input.
    ///
    /// A person at a terminal need not type it: then there are no parameters.
    ///
    /// # Errors
    /// The input ended early or is no JSON object; it has been consumed up to the end of the line.
    pub fn read() -> Result<Self, ParamsError> {
        let input = io::stdin();
        if input.is_terminal() {
            return Ok(Self::default());
        }
        Self::read_from(input.lock())
    }

    /// Reads one line of `input`.
    ///
    /// # Errors
    /// As [`Params::read`].
    pub fn read_from(input: impl BufRead) -> Result<Self, ParamsError> {
        let mut line = Vec::new();
        let bytes = input
            .take(PARAMS_BYTES_MAX + 1)
            .read_until(b'\n', &mut line)
            .map_err(ParamsError::Input)?;
        if bytes == 0 {
            return Err(ParamsError::Absent);
        }
        if bytes as u64 > PARAMS_BYTES_MAX {
            return Err(ParamsError::TooLong);
        }
        serde_json::from_slice(&line)
            .map(Self)
            .map_err(ParamsError::NotAnObject)
    }

    /// The parameter `key`, if it is there and not null.
    ///
    /// # Errors
    /// It is there and of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &'static str) -> Result<Option<T>, ParamsError> {
        let Some(value) = self.0.get(key) else {
            return Ok(None);
        };
        T::deserialize(value)
            .map(Some)
            .or_else(|error| match value {
                Value::Null => Ok(None),
                _ => Err(ParamsError::refused(key, error)),
            })
    }

    /// All of them, in the order in which they stood.
    pub fn into_object(self) -> Map<String, Value> {
        self.0
    }
}

impl From<Map<String, Value>> for Params {
    fn from(object: Map<String, Value>) -> Self {
        Self(object)
    }
}

/// Why there are no parameters to work with. The function has done nothing yet.
#[derive(Debug, thiserror::Error)]
pub enum ParamsError {
    /// The operating system refused; what was read so far is lost.
    #[error("read the parameters: {0}")]
    Input(#[source] io::Error),
    /// The input ended before a single byte; nothing was read.
    #[error("read the parameters: standard input is empty, give it one line with a JSON object")]
    Absent,
    /// The line does not end in time; it was read up to the bound.
    #[error("read the parameters: the line is longer than {PARAMS_BYTES_MAX} bytes")]
    TooLong,
    /// The line is something else than a JSON object; it was read.
    #[error("read the parameters: the line is no JSON object: {0}")]
    NotAnObject(#[source] serde_json::Error),
    /// One parameter cannot be used; the others are untouched.
    #[error("use the parameter {key:?}: {reason}")]
    Refused {
        /// Which one.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl ParamsError {
    /// The parameter `key` cannot be used, because of `reason`.
    pub fn refused(key: &'static str, reason: impl ToString) -> Self {
        Self::Refused {
            key,
            reason: reason.to_string(),
        }
    }
}

/// Where the result goes.
#[derive(Debug)]
pub enum Outlet {
    /// Descriptor 3, which a node holds the other end of.
    Node(File),
    /// Standard output, since nobody listens on descriptor 3: a person tries the function out.
    Person,
}

impl Outlet {
    /// Takes descriptor 3 if it is open.
    ///
    /// Call it once, first of all in the process. The result then goes to a duplicate that
    /// children do not inherit. (Opening `/proc/self/fd/3` would need no `unsafe`, but asks for
    /// permission anew: a pipe belongs to the user that made it, and attempts run as another.)
    #[expect(
        unsafe_code,
        reason = "a descriptor that the contract gives by its number has no other way in"
    )]
    pub fn take() -> Self {
        // SAFETY: the borrow lives for one call, which does not close it and answers EBADF if
        // there is no such descriptor. Nobody in this process closes it meanwhile: nobody owns it.
        let given = unsafe { BorrowedFd::borrow_raw(RESULT_FD) };
        match given.try_clone_to_owned() {
            Ok(descriptor) => Self::Node(File::from(descriptor)),
            Err(_) => Self::Person,
        }
    }

    /// Gives `result`, which must serialise to a JSON object, as one line.
    ///
    /// # Errors
    /// Nobody reads any more, or descriptor 3 is not open for writing. The other end may have
    /// received a part of the line.
    pub fn send(self, result: &impl Serialize) -> Result<(), SendError> {
        let mut line = serde_json::to_vec(result).map_err(SendError::NotJson)?;
        line.push(b'\n');
        match self {
            Self::Node(mut file) => file.write_all(&line).map_err(SendError::Output),
            Self::Person => {
                eprintln!("descriptor {RESULT_FD} is not open: the result goes to standard output");
                let mut output = io::stdout().lock();
                output
                    .write_all(&line)
                    .and_then(|()| output.flush())
                    .map_err(SendError::Output)
            }
        }
    }

    /// Gives the application error `text`.
    ///
    /// # Errors
    /// As [`Outlet::send`].
    pub fn send_error(self, text: &str) -> Result<(), SendError> {
        self.send(&serde_json::json!({ "error": text }))
    }
}

/// Why the result was not given. The work is lost.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The result has no JSON form, such as a map with keys that are no text; nothing was sent.
    #[error("write the result as JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// The operating system refused; a part of the line may have been sent.
    #[error("write the result: {0}")]
    Output(#[source] io::Error),
}

#[cfg(test)]
mod tests;
