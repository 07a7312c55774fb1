//! The way from the fork server to a running program, step by step.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A step on the way to a running program that the kernel can refuse.
///
/// Worded so that the program's name can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Step {
    /// `clone`: the process table or the memory is full.
    Fork,
    /// `setpgid`.
    Group,
    /// `dup2`, `close_range`.
    Descriptors,
    /// `chdir`: typically the directory does not exist.
    Directory,
    /// `setrlimit`.
    Limits,
    /// `setpriority`: less than the node's own nice value without `CAP_SYS_NICE`.
    Nice,
    /// `setgroups`, `setresgid`, `setresuid`: the node is not root, or the user is not mapped.
    Credentials,
    /// `prctl(PR_SET_NO_NEW_PRIVS)`.
    Privileges,
    /// `prctl(PR_SET_PDEATHSIG)`, or the server died at this very moment.
    DeathSignal,
    /// `sigprocmask`.
    Signals,
    /// `execve`: the program is not there, or is none.
    Execute,
}

impl Step {
    /// All of them, each at the place of its number.
    const ALL: [Self; 11] = [
        Self::Fork,
        Self::Group,
        Self::Descriptors,
        Self::Directory,
        Self::Limits,
        Self::Nice,
        Self::Credentials,
        Self::Privileges,
        Self::DeathSignal,
        Self::Signals,
        Self::Execute,
    ];

    /// The step of this number.
    pub(super) fn from_number(number: u8) -> Self {
        let step = Self::ALL[usize::from(number)];
        assert_eq!(step as u8, number, "each step stands at its number");
        step
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fork => "fork",
            Self::Group => "make a process group for",
            Self::Descriptors => "hand descriptors to",
            Self::Directory => "enter the directory of",
            Self::Limits => "set the limits of",
            Self::Nice => "set the nice value of",
            Self::Credentials => "set the credentials of",
            Self::Privileges => "forbid new privileges to",
            Self::DeathSignal => "set the death signal of",
            Self::Signals => "reset the signals of",
            Self::Execute => "execute",
        })
    }
}
