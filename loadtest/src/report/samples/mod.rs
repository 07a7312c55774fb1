//! Samples as tables, for other programs to read: `samples.csv`, `attempts.csv`, `alone.csv`.
//!
//! Times are whole microseconds. A field is empty where nobody knows. Policies, zones and functions
//! are written by their names.
//!
//! `samples.csv` has one row for every workflow, in the order of their intended starts:
//!
//! | column | means |
//! | --- | --- |
//! | `policy` | who ran it: `flight:3` |
//! | `warm_up` | whether it only warmed the target up, and counts nowhere |
//! | `intended_us`, `sent_us`, `done_us` | when it was to be sent, was sent, ended, since the run began |
//! | `latency_us` | from when it was to be sent to its end |
//! | `lateness_us` | how much later than intended it was sent |
//! | `ending` | `landed`, `failed`, `refused`, `timed-out` or `lost` |
//! | `detail` | why it did not land |
//! | `zone` | the zone that led it |
//! | `attempts` | how many rows of `attempts.csv` it has |
//! | `work_us`, `wasted_us` | what its attempts took, and those of them that gave no value that counted |
//!
//! `attempts.csv` has one row for every attempt: `workflow` (its row in `samples.csv`, the first is
//! 0), `function`, `member`, `zone`, `launch_us`, `start_us` (of its process) and `end_us` (since
//! the workflow reached its leader, by the clock of the attempt's node), `outcome` (`value`,
//! `fault`, `stopped`, `unknown`).
//!
//! `alone.csv` has one row for every attempt that was measured on its own: `function`, `service_us`
//! (with the start of its process).

mod row;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::run::Run;
use crate::sample::Sample;

use super::ReportError;

pub(super) use row::Names;
use row::{AloneRow, AttemptRow, SampleRow, find, micros};

/// The names of the tables in a run's directory.
const SAMPLES: &str = "samples.csv";
const ATTEMPTS: &str = "attempts.csv";
const ALONE: &str = "alone.csv";

/// What the tables hold.
pub(super) struct Tables {
    /// Every workflow with its attempts.
    pub(super) samples: Vec<Sample>,
    /// Service times of single attempts, by function; empty where none were measured.
    pub(super) attempts_alone: Vec<Vec<Duration>>,
}

/// Writes the tables of a run.
pub(super) fn write(run: &Run, directory: &Path) -> Result<(), ReportError> {
    let names = Names {
        policies: run.policies.iter().map(ToString::to_string).collect(),
        zones: run.target.zones.clone(),
        functions: run.workflow.functions.clone(),
    };
    let rows = run.samples.iter().map(|sample| names.row(sample));
    write_rows(&directory.join(SAMPLES), rows)?;
    let rows = run
        .samples
        .iter()
        .enumerate()
        .flat_map(|(workflow, sample)| {
            let attempts = sample.attempts.iter();
            attempts.map(move |attempt| (workflow, attempt))
        });
    let rows = rows.map(|(workflow, attempt)| names.attempt_row(workflow, attempt));
    write_rows(&directory.join(ATTEMPTS), rows)?;
    let alone = run.attempts_alone.iter().zip(&names.functions);
    let rows = alone.flat_map(|(services, function)| {
        services.iter().map(|service| AloneRow {
            function: function.clone(),
            service_us: micros(*service),
        })
    });
    write_rows(&directory.join(ALONE), rows)
}

/// Reads them back.
pub(super) fn read(names: &Names, directory: &Path) -> Result<Tables, ReportError> {
    let path = directory.join(SAMPLES);
    let mut samples = Vec::new();
    for (line, row) in read_rows::<SampleRow>(&path)? {
        let sample = names.sample(row);
        samples.push(sample.map_err(|why| row_error(&path, line, why))?);
    }
    let path = directory.join(ATTEMPTS);
    for (line, row) in read_rows::<AttemptRow>(&path)? {
        let (workflow, attempt) = names
            .attempt(row)
            .map_err(|why| row_error(&path, line, why))?;
        let missing = || row_error(&path, line, format!("{SAMPLES} has no workflow {workflow}"));
        let sample = samples.get_mut(workflow).ok_or_else(missing)?;
        sample.attempts.push(attempt);
    }
    let path = directory.join(ALONE);
    let mut attempts_alone = vec![Vec::new(); names.functions.len()];
    for (line, row) in read_rows::<AloneRow>(&path)? {
        let function = find(&names.functions, "function", &row.function);
        let function = function.map_err(|why| row_error(&path, line, why))?;
        attempts_alone[function].push(Duration::from_micros(row.service_us));
    }
    if attempts_alone.iter().all(Vec::is_empty) {
        attempts_alone.clear();
    }
    Ok(Tables {
        samples,
        attempts_alone,
    })
}

fn row_error(path: &Path, line: u64, why: String) -> ReportError {
    let path = path.to_owned();
    ReportError::Row { path, line, why }
}

fn write_rows(path: &Path, rows: impl Iterator<Item = impl Serialize>) -> Result<(), ReportError> {
    let wrong = |source| ReportError::Table {
        act: "write",
        mend: "name a directory that can be written",
        path: path.to_owned(),
        source,
    };
    let mut table = csv::Writer::from_path(path).map_err(wrong)?;
    for row in rows {
        table.serialize(row).map_err(wrong)?;
    }
    table.flush().map_err(|source| wrong(source.into()))
}

/// The rows of a table, each with its line.
fn read_rows<R: DeserializeOwned>(path: &Path) -> Result<Vec<(u64, R)>, ReportError> {
    let wrong = |source| ReportError::Table {
        act: "read",
        mend: "run it again with --out",
        path: PathBuf::from(path),
        source,
    };
    let mut table = csv::Reader::from_path(path).map_err(wrong)?;
    let header = table.headers().map_err(wrong)?.clone();
    let mut rows = Vec::new();
    for record in table.records() {
        let record = record.map_err(wrong)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.deserialize(Some(&header)).map_err(wrong)?));
    }
    Ok(rows)
}
