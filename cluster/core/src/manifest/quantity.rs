//! Durations and amounts of memory as people write them.

use std::time::Duration;

/// No activation lasts longer than a day: a longer timeout is a slip of the pen.
const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// No program starts with less; it is usually a number of mebibytes that lost its unit.
const MEMORY_BYTES_MIN: u64 = 1 << 20;

/// A duration such as `"30s"`, `"1m30s"` or `"250ms"`: above zero, at most a day. Otherwise, why
/// not.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration.is_zero() {
        return Err("nothing ends in no time".into());
    }
    if duration > TIMEOUT_MAX {
        return Err("it is longer than a day".into());
    }
    Ok(duration)
}

/// Bytes from a number and a unit: `k`, `m`, `g` or `t`, with or without `b` or `ib`, in either
/// case. All of them count in 1,024s, as in `docker run --memory`. Otherwise, why not.
pub(super) fn parse_memory(text: &str) -> Result<u64, String> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, unit) = text.split_at(digits_end.unwrap_or(text.len()));
    let count: u64 = digits
        .parse()
        .map_err(|_| "it does not begin with a whole number that fits in 64 bits")?;
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(format!("{unit:?} is no unit")),
    };
    let bytes = count
        .checked_mul(1 << shift)
        .ok_or("it does not fit in 64 bits")?;
    if bytes < MEMORY_BYTES_MIN {
        return Err("nothing runs in less than 1 MiB".into());
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "quantity_tests.rs"]
mod tests;
