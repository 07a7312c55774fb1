//! When each invocation began.

use std::time::Duration;

use super::{ARRIVALS_MAX, Offsets, Table, TraceError};

/// What a field of seconds must be.
const SECONDS: &str = "no number of seconds such as 0.25";

/// Far more than any trace, or anything in it, lasts: a year.
pub(super) const SECONDS_MAX: f64 = 31_536_000.0;

/// Moments may be since any beginning, such as 1970: up to some thousand years after it, which are
/// exact to 16 microseconds. (Milliseconds since 1970 are more.)
const MOMENT_MAX: f64 = 1e11;

fn is_moment(seconds: &f64) -> bool {
    seconds.abs() <= MOMENT_MAX
}

/// The arrivals of a file that tells of each invocation when it ended and how long it took.
pub(super) fn invocations(table: &mut Table<'_>) -> Result<Offsets, TraceError> {
    let end = table.need("end_timestamp")?;
    let (duration, function) = (table.need("duration")?, table.need("func")?);
    let mut starts = Vec::new();
    while let Some(line) = table.next(Some(function))? {
        let end: f64 = table.number(&line, end, SECONDS, is_moment)?;
        let lasts = |it: &f64| (0.0..=SECONDS_MAX).contains(it);
        let took: f64 = table.number(&line, duration, SECONDS, lasts)?;
        if starts.len() as u64 >= ARRIVALS_MAX {
            return Err(table.too_large(&line));
        }
        starts.push(end - took);
    }
    replay(table, starts)
}

/// The arrivals of a file that tells when each was, in that column.
pub(super) fn column(table: &mut Table<'_>, column: &str) -> Result<Offsets, TraceError> {
    let place = table.need(column)?;
    // Whoever names a function as well has its names under one of these.
    let function = table.place("func").or_else(|| table.place("HashFunction"));
    if table.trace.function.is_some() && function.is_none() {
        table.need("func")?;
    }
    let mut starts = Vec::new();
    while let Some(line) = table.next(function)? {
        if starts.len() as u64 >= ARRIVALS_MAX {
            return Err(table.too_large(&line));
        }
        starts.push(table.number(&line, place, SECONDS, is_moment)?);
    }
    replay(table, starts)
}

/// In order, from the first on.
fn replay(table: &Table<'_>, mut starts: Vec<f64>) -> Result<Offsets, TraceError> {
    starts.sort_unstable_by(f64::total_cmp);
    let first = *starts.first().ok_or_else(|| table.empty())?;
    let last = starts.last().copied().unwrap_or(first);
    if last - first > SECONDS_MAX {
        return Err(table.too_long(last - first));
    }
    let speed = table.trace.speed;
    let offset = move |start| Duration::from_secs_f64((start - first) / speed);
    Ok(Box::new(starts.into_iter().map(offset)))
}
