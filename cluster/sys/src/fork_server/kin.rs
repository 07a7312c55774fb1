//! Who descends from this process, as `/proc` tells.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::thread;

use nix::errno::Errno;
use nix::unistd::{Gid, Pid, Uid, getpid, setfsgid, setfsuid};

/// The variable that says to which attempt a process belongs.
pub(super) const MARKER_NAME: &str = "RAPTOR_ATTEMPT";

/// How often a process is looked at that is just executing a program, and has no environment for
/// that moment, before it counts as unmarked.
const LOOKS_MAX: u32 = 1000;

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
}

/// What is known of `pid`; `None` if it is gone.
pub(super) fn stat(pid: Pid) -> Option<Stat> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// `pid (name) state parent group ...`, where the name may hold anything.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    let name_end = text.iter().rposition(|byte| *byte == b')')?;
    let mut fields = text[name_end + 1..].split(|byte| *byte == b' ').skip(2);
    let mut field = || fields.next().and_then(pid);
    Some(Stat {
        parent: field()?,
        group: field()?,
    })
}

/// The value of [`MARKER_NAME`] in the environment with which `pid` last executed a program.
///
/// `None` if there is none, or if the process is gone, a zombie, or hides its environment.
pub(super) fn marker(pid: Pid) -> Option<Vec<u8>> {
    for _ in 0..LOOKS_MAX {
        let environ = environ(pid).ok()?;
        if !environ.is_empty() {
            return find_marker(&environ);
        }
        // Empty may mean that it is between two programs; then it has no arguments either.
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        if !arguments.is_empty() || is_zombie(pid) {
            return None;
        }
        thread::yield_now();
    }
    None
}

fn find_marker(environ: &[u8]) -> Option<Vec<u8>> {
    let mut variables = environ.split(|byte| *byte == 0);
    let value = variables.find_map(|text| {
        let value = text.strip_prefix(MARKER_NAME.as_bytes())?;
        value.strip_prefix(b"=")
    });
    value.map(<[u8]>::to_vec)
}

fn is_zombie(pid: Pid) -> bool {
    // The memory map of a process that has none is gone, or empty.
    fs::read(format!("/proc/{pid}/statm")).map_or(true, |text| text.starts_with(b"0 "))
}

fn environ(pid: Pid) -> io::Result<Vec<u8>> {
    let path = format!("/proc/{pid}/environ");
    match fs::read(&path) {
        Err(error) if error.raw_os_error() == Some(Errno::EACCES as i32) => {
            as_owner(OsStr::new(&format!("/proc/{pid}")), || fs::read(&path))
        }
        read => read,
    }
}

/// Does `read` with the file permissions of the owner of `path`.
///
/// Root without `CAP_SYS_PTRACE`, as in a container, may not look at processes of other users,
/// but may become them for that purpose. The kernel keeps these identities per thread.
fn as_owner<T>(path: &OsStr, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
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
