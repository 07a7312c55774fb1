//! Processes as the C library starts them: the floors of what a node forks.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Starts this program as the function that `words` name, with `params` as its parameters: by
/// `posix_spawn`, in a group of its own, with no environment.
pub(super) fn spawn(words: &[&str], params: &str) -> io::Result<Child> {
    let (stdin, mut line) = io::pipe()?;
    writeln!(line, "{params}")?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0("raptor").args(words).env_clear();
    command.process_group(0);
    command.stdin(stdin);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
