//! What a load test leaves: a directory with a page, a summary and the samples.
//!
//! | file | for | holds |
//! | --- | --- | --- |
//! | `report.html` | people | everything, in one page without anything from outside |
//! | `summary.json` | programs | every figure with its interval: [`summary`] |
//! | `samples.csv`, `attempts.csv`, `alone.csv` | further questions | every sample: [`samples`] |

mod forecast;
pub(crate) mod page;
pub(crate) mod samples;
pub(crate) mod summary;
pub(crate) mod tally;
pub(crate) mod work;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::run::Run;
use crate::sample::Sample;

pub(crate) use summary::Summary;

/// A run as its directory tells it.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    /// Its figures, and what it was.
    pub(crate) summary: Summary,
    /// Every workflow; their policies, zones and functions are places in the summary's lists.
    pub(crate) samples: Vec<Sample>,
    /// Service times of single attempts, by function; empty where none were measured.
    pub(crate) attempts_alone: Vec<Vec<Duration>>,
}

/// Why a run cannot be written or read. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    /// The directory or a file of it cannot be written.
    #[error("write {}: {source}: name a directory that can be written", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has no summary that can be read.
    #[error(
        "read a run from {}: {source} (summary.json): \
        name a directory that `loadtest run --out` wrote",
        directory.display()
    )]
    NoRun {
        /// Which directory.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its summary is no summary.
    #[error("read {}: {source}: run it again with --out", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where, and why.
        source: serde_json::Error,
    },
    /// Another version of this program wrote it.
    #[error(
        "read {}: its format is {format}, and this program reads {}: run it again, or use the \
        version that wrote it",
        path.display(),
        summary::FORMAT
    )]
    OtherFormat {
        /// Which.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A table cannot be written or read.
    #[error("{act} {}: {source}: {mend}", path.display())]
    Table {
        /// What was done with it.
        act: &'static str,
        /// What to do about it.
        mend: &'static str,
        /// Which.
        path: PathBuf,
        /// Where, and why.
        source: csv::Error,
    },
    /// A row of a table does not fit to the rest of the run.
    #[error("read {} line {line}: {why}: run it again with --out", path.display())]
    Row {
        /// Which table.
        path: PathBuf,
        /// Where.
        line: u64,
        /// Why.
        why: String,
    },
}

/// Writes everything that a run leaves into a directory, which is made if it is missing.
///
/// # Errors
///
/// If the directory, or a file in it, cannot be written.
pub(crate) fn write(run: &Run, summary: &Summary, directory: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(directory).map_err(|source| ReportError::Unwritable {
        path: directory.to_owned(),
        source,
    })?;
    samples::write(run, directory)?;
    summary.write(directory)?;
    write_file(&directory.join("report.html"), &page::page(run, summary))
}

/// Reads a run back.
///
/// # Errors
///
/// If the directory is none that [`write()`] wrote.
pub(crate) fn read(directory: &Path) -> Result<Saved, ReportError> {
    let summary = Summary::read(directory)?;
    let policies = summary.policies.iter();
    let names = samples::Names {
        policies: policies.map(|it| it.policy.clone()).collect(),
        zones: summary.target.zones.clone(),
        functions: summary.workflow.functions.clone(),
    };
    let tables = samples::read(&names, directory)?;
    Ok(Saved {
        summary,
        samples: tables.samples,
        attempts_alone: tables.attempts_alone,
    })
}

/// Writes a file whole.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), ReportError> {
    fs::write(path, text).map_err(|source| ReportError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
pub(crate) mod tests;
