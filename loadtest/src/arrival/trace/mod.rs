//! Arrivals that were recorded.
//!
//! Three formats are told apart by the first line of the file:
//!
//! - Azure Functions 2019 (M. Shahrad et al., "Serverless in the Wild", USENIX ATC 2020):
//!   `HashOwner,HashApp,HashFunction,Trigger,1,...,1440`, how often each function was invoked in
//!   each minute of a day. Within a minute, invocations are spread by chance, uniformly.
//! - Azure Functions 2021 (Y. Zhang et al., "Faster and Cheaper Serverless Computing on Harvested
//!   Resources", SOSP 2021): `app,func,end_timestamp,duration`, one line an invocation, in seconds.
//!   It began at its end less its duration.
//! - Anything else with a column of seconds, which `column=NAME` names.
//!
//! Lines that begin with `#` are comments. The first arrival of a trace is at its beginning: the
//! silence before it is left out.

mod counts;
mod starts;

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use rand::rngs::StdRng;

use super::Offsets;

/// More than this in one minute, or in one file of single arrivals, is no load for one process, and
/// would be held in memory.
const ARRIVALS_MAX: u64 = 20_000_000;

/// Arrivals that were recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    /// Where they are.
    pub(super) file: PathBuf,
    /// Only those of this function; of all, if none is named.
    pub(super) function: Option<String>,
    /// In which column the seconds are, if the format does not say.
    pub(super) column: Option<String>,
    /// How many times as fast as they were recorded.
    pub(super) speed: f64,
}

/// A trace cannot be replayed. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    /// It is not there, or its lines do not have as many fields as its first one.
    #[error("read the trace {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why, and in which line.
        source: csv::Error,
    },
    /// A field is not what it should be.
    #[error("read the trace {}: line {line}, column {column}: {text:?} is {why}", path.display())]
    Field {
        /// Which trace.
        path: PathBuf,
        /// In which line, from one.
        line: u64,
        /// The column's name.
        column: String,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Its columns are of no known format.
    #[error(
        "read the trace {}: its first line has no column {column}: it names the columns, as the \
         Azure Functions traces of 2019 (HashFunction,...,1,2,...) and 2021 (app,func,end_timestamp,\
         duration) do; of another file, column=NAME says which column has the arrivals in seconds",
        path.display()
    )]
    Column {
        /// Which trace.
        path: PathBuf,
        /// Which is missing.
        column: String,
    },
    /// There is nothing in it.
    #[error("read the trace {}: it has no arrivals{of}", path.display())]
    Empty {
        /// Which trace.
        path: PathBuf,
        /// Of whom.
        of: String,
    },
    /// It lasts too long.
    #[error(
        "read the trace {}: from its first arrival to its last are {seconds} s, which is more than \
         a year: are its times in seconds?",
        path.display()
    )]
    TooLong {
        /// Which trace.
        path: PathBuf,
        /// How long, in seconds.
        seconds: f64,
    },
    /// It is too large.
    #[error(
        "read the trace {}: line {line}: more than {ARRIVALS_MAX} arrivals at once: take a part",
        path.display()
    )]
    TooLarge {
        /// Which trace.
        path: PathBuf,
        /// Where it got too much.
        line: u64,
    },
}

impl Trace {
    /// Looks for the file from this directory.
    pub(super) fn seek_from(&mut self, directory: &Path) {
        self.file = directory.join(&self.file);
    }

    /// The arrivals.
    pub(super) fn offsets(&self, dice: StdRng) -> Result<Offsets, TraceError> {
        let mut table = Table::open(self)?;
        if let Some(column) = &self.column {
            return starts::column(&mut table, column);
        }
        if table.place("HashFunction").is_some() {
            return counts::offsets(&mut table, dice);
        }
        starts::invocations(&mut table)
    }
}

/// The file of a trace, with the names of its columns.
struct Table<'a> {
    trace: &'a Trace,
    reader: csv::Reader<File>,
    columns: StringRecord,
}

impl<'a> Table<'a> {
    fn open(trace: &'a Trace) -> Result<Self, TraceError> {
        let unreadable = |source| TraceError::Unreadable {
            path: trace.file.clone(),
            source,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_path(&trace.file)
            .map_err(unreadable)?;
        let columns = reader.headers().map_err(unreadable)?.clone();
        Ok(Self {
            trace,
            reader,
            columns,
        })
    }

    fn path(&self) -> PathBuf {
        self.trace.file.clone()
    }

    /// Where a column is.
    fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Where a column is that must be there.
    fn need(&self, name: &str) -> Result<usize, TraceError> {
        self.place(name).ok_or_else(|| TraceError::Column {
            path: self.path(),
            column: name.to_owned(),
        })
    }

    /// The next line of the function that is meant, whose name is in that column; none after the
    /// last.
    fn next(&mut self, function: Option<usize>) -> Result<Option<StringRecord>, TraceError> {
        let mut line = StringRecord::new();
        loop {
            let read = self.reader.read_record(&mut line);
            let is_there = read.map_err(|source| TraceError::Unreadable {
                path: self.path(),
                source,
            })?;
            if !is_there {
                return Ok(None);
            }
            match (&self.trace.function, function) {
                (Some(name), Some(place)) if &line[place] != name.as_str() => {}
                _ => return Ok(Some(line)),
            }
        }
    }

    /// A field of a line as a number.
    fn number<T: std::str::FromStr>(
        &self,
        line: &StringRecord,
        place: usize,
        why: &'static str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<T, TraceError> {
        let number = line[place].parse().ok().filter(fits);
        number.ok_or_else(|| TraceError::Field {
            path: self.path(),
            line: number_of(line),
            column: self.columns[place].to_owned(),
            text: line[place].to_owned(),
            why,
        })
    }

    fn too_large(&self, line: &StringRecord) -> TraceError {
        TraceError::TooLarge {
            path: self.path(),
            line: number_of(line),
        }
    }

    fn too_long(&self, seconds: f64) -> TraceError {
        TraceError::TooLong {
            path: self.path(),
            seconds,
        }
    }

    fn empty(&self) -> TraceError {
        let of = self.trace.function.as_ref();
        TraceError::Empty {
            path: self.path(),
            of: of.map_or(String::new(), |name| format!(" of the function {name:?}")),
        }
    }
}

/// The number of a line in its file, from one.
fn number_of(line: &StringRecord) -> u64 {
    line.position().map_or(0, csv::Position::line)
}
