//! How much memory a process holds.

use std::fs;

use crate::bench::Failure;

/// The resident memory of a process, in bytes (`VmRSS`, proc(5)).
pub(super) fn resident_bytes(pid: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mut lines = status.lines();
    let kib = lines.find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"));
    let kib: u64 = kib.ok_or("read a process's memory")?.trim().parse()?;
    Ok(kib * 1024)
}
