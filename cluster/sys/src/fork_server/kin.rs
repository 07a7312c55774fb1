//! Who descends from this process, as `/proc` tells.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};

use nix::errno::Errno;
use nix::unistd::{Gid, Pid, Uid, getpid, setfsgid, setfsuid};

/// The variable that says to which attempt a process belongs.
pub(super) const MARKER_NAME: &str = "RAPTOR_ATTEMPT";

/// The children of this process, which must have a single thread.
pub(super) struct Kin {
    /// `None` where the kernel does not list them.
    list: Option<File>,
    text: Vec<u8>,
}

impl Kin {
    /// Finds out how this kernel tells a process its children.
    pub(super) fn new() -> Self {
        let list = File::open(format!("/proc/self/task/{}/children", getpid()));
        Self {
            list: list.ok(),
            text: vec![0; 4096],
        }
    }

    /// The PIDs of all children, zombies included. As only we reap them, all are still theirs.
    ///
    /// The list is complete: the kernel may skip a child only if another is reaped meanwhile.
    pub(super) fn children(&mut self) -> Vec<Pid> {
        match self.read_list() {
            Ok(length) => numbers(&self.text[..length]),
            Err(_) => scan(),
        }
    }

    fn read_list(&mut self) -> io::Result<usize> {
        let list = self.list.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        let mut length = 0;
        loop {
            match list.read_at(&mut self.text[length..], length as u64)? {
                0 => return Ok(length),
                more => length += more,
            }
            if length == self.text.len() {
                self.text.resize(2 * length, 0);
            }
        }
    }
}

fn numbers(text: &[u8]) -> Vec<Pid> {
    let words = text.split(u8::is_ascii_whitespace);
    words.filter_map(pid).collect()
}

fn pid(text: &[u8]) -> Option<Pid> {
    let text = str::from_utf8(text).ok()?;
    text.parse().ok().map(Pid::from_raw)
}

/// The slow way to the children: through all processes.
fn scan() -> Vec<Pid> {
    let ours = |pid: &Pid| stat(*pid).is_some_and(|stat| stat.parent == getpid());
    everybody().filter(ours).collect()
}

/// Every process of this PID namespace.
pub(super) fn everybody() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| pid(entry.file_name().as_bytes()))
}

/// What `/proc/<pid>/stat` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// Its parent.
    pub(super) parent: Pid,
    /// Its process group.
    pub(super) group: Pid,
    /// Whether its program is in memory: not while it executes a new one, nor when it ends. The
    /// kernel says so last, when it has laid out the environment (`load_elf_binary`).
    pub(super) has_program: bool,
}

/// What is known of `pid`; `None` if it is gone.
pub(super) fn stat(pid: Pid) -> Option<Stat> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// `pid (name) state parent group ... code_start ...`, where the name may hold anything.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    /// How many fields stand between the group and the start of the code, which is the 26th.
    const BETWEEN: usize = 20;
    let name_end = text.iter().rposition(|byte| *byte == b')')?;
    let mut fields = text[name_end + 1..].split(|byte| *byte == b' ').skip(2);
    Some(Stat {
        parent: pid(fields.next()?)?,
        group: pid(fields.next()?)?,
        has_program: fields.nth(BETWEEN)? != b"0",
    })
}

/// What the environment of a process says of where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// To the attempt of this marker.
    Is(Vec<u8>),
    /// Nothing, or the process hides its environment.
    Missing,
    /// There is no environment at this moment: it is just executing a program, or it is ending.
    NotNow,
}

/// The value of [`MARKER_NAME`] in the environment with which `pid` last executed a program.
pub(super) fn marker(pid: Pid) -> Marker {
    if let Some(environ) = environ(pid) {
        return environ;
    }
    if stat(pid).is_none_or(|stat| !stat.has_program) {
        return Marker::NotNow;
    }
    // It may have got a program only since the first look.
    environ(pid).unwrap_or(Marker::Missing)
}

fn find_marker(environ: &[u8]) -> Option<Vec<u8>> {
    let mut variables = environ.split(|byte| *byte == 0);
    let value = variables.find_map(|text| {
        let value = text.strip_prefix(MARKER_NAME.as_bytes())?;
        value.strip_prefix(b"=")
    });
    value.map(<[u8]>::to_vec)
}

/// What the environment of `pid` says; `None` if it is empty, or cannot be read.
fn environ(pid: Pid) -> Option<Marker> {
    let path = format!("/proc/{pid}/environ");
    let environ = match fs::read(&path) {
        Err(error) if error.raw_os_error() == Some(Errno::EACCES as i32) => {
            as_owner(&format!("/proc/{pid}"), || fs::read(&path))
        }
        read => read,
    };
    let environ = environ.ok().filter(|environ| !environ.is_empty())?;
    Some(find_marker(&environ).map_or(Marker::Missing, Marker::Is))
}

/// Does `read` with the file permissions of the owner of `path`.
///
/// Root without `CAP_SYS_PTRACE`, as in a container, may not look at processes of other users,
/// but may become them for that purpose. The kernel keeps these identities per thread.
fn as_owner<T>(path: &str, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let owner = fs::metadata(path)?;
    let gid = setfsgid(Gid::from_raw(owner.gid()));
    let uid = setfsuid(Uid::from_raw(owner.uid()));
    let result = read();
    setfsuid(uid);
    setfsgid(gid);
    result
}

#[cfg(test)]
#[path = "kin_tests.rs"]
mod tests;
