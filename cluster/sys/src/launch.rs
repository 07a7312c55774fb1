//! What to start, and how.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use crate::hardening::Credentials;

/// The program of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The program that this process runs, even if its file was moved, replaced or deleted since,
    /// or lies where the attempt's user cannot go.
    Own,
    /// A path if it holds a `/` (a relative one starts at the attempt's directory), otherwise
    /// looked up in the `PATH` of the attempt's own environment, as `execvp` does it. Unlike
    /// `execvp`, a script without `#!` is refused, not given to a shell.
    Named(OsString),
}

/// One attempt to be started.
#[derive(Debug)]
pub struct Launch {
    /// What it executes.
    pub program: Program,
    /// The name under which it is told that it runs: `argv[0]`.
    pub argv0: OsString,
    /// Its arguments, from `argv[1]`.
    pub args: Vec<OsString>,
    /// Its whole environment, in this order; of equal names both are given. Only
    /// `RAPTOR_ATTEMPT` is added, last, and replaces any that is given here.
    pub env: Vec<(OsString, OsString)>,
    /// Its working directory, entered before credentials are dropped; a relative one starts at
    /// the directory of this process.
    pub dir: PathBuf,
    /// The value of `RAPTOR_ATTEMPT`, by which processes that leave the group are found: unlike
    /// that of any other attempt on this machine.
    pub marker: String,
    /// Added to the nice value of the node, up to 19 in all. Less than 0 needs `CAP_SYS_NICE`.
    pub nice: i32,
    /// How many bytes of private writable memory each of its processes may map (`RLIMIT_DATA`).
    /// Not `RLIMIT_AS`: the runtimes of Go, Java and JavaScript reserve address space by the
    /// gigabyte that they never touch, and would not start.
    pub memory_bytes_max: Option<u64>,
    /// Whom it runs as; as the node if `None`.
    pub credentials: Option<Credentials>,
    /// Becomes its descriptor 0.
    pub stdin: OwnedFd,
    /// Becomes its descriptor 1.
    pub stdout: OwnedFd,
    /// Becomes its descriptor 2.
    pub stderr: OwnedFd,
    /// Becomes its descriptor 3: where it writes its result.
    pub result: OwnedFd,
}
