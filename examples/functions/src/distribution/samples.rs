//! Measured times, from a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

/// The longest sample: a day. Whatever takes longer was not measured but mistyped, in milliseconds.
const SAMPLE_MAX: Duration = Duration::from_secs(24 * 3600);

/// The longest file. A million samples say all about a distribution, and every attempt reads them.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A file with one duration on every line, in seconds. Empty lines are skipped.
pub(super) fn read(path: &Path) -> Result<Vec<Duration>, String> {
    let name = path.display();
    let samples = lines(path).map_err(|why| {
        format!("{name} cannot be read: {why}: put it there, or name another file")
    })?;
    let samples: Vec<_> = samples
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| sample(line.trim()).map_err(|why| format!("{name}:{}: {why}", at + 1)))
        .collect::<Result<_, _>>()?;
    if samples.is_empty() {
        return Err(format!(
            "{name} holds no samples: write one in seconds on every line, as 0.25"
        ));
    }
    Ok(samples)
}

fn lines(path: &Path) -> io::Result<Vec<String>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > FILE_BYTES_MAX {
        let max = format!("it is longer than {} MiB", FILE_BYTES_MAX >> 20);
        return Err(io::Error::other(max));
    }
    BufReader::new(file.take(FILE_BYTES_MAX)).lines().collect()
}

fn sample(line: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = line.parse().ok();
    let sample = seconds.and_then(|it| Duration::try_from_secs_f64(it).ok());
    sample.filter(|it| *it <= SAMPLE_MAX).ok_or_else(|| {
        let hours = SAMPLE_MAX.as_secs() / 3600;
        format!("{line:?} is no duration of up to {hours} h in seconds: write it as 0.25")
    })
}
