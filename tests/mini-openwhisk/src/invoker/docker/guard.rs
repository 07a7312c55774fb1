//! What removes everything that was made, however this process ends.

use std::io::{self, PipeWriter};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// Waits until standard input ends, which this process and all commands that it has started hold,
/// and removes all containers and networks with the label. The engine may still be removing what it
/// was told to, and has no network removed that is in use: so some tries, a tenth of a second apart.
const SCRIPT: &str = r#"
trap '' TERM INT HUP
cat
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    containers=$(docker ps --all --quiet --filter "label=$1")
    [ -z "$containers" ] || docker rm --force --volumes $containers
    networks=$(docker network ls --quiet --filter "label=$1")
    [ -z "$networks" ] || docker network rm $networks
    [ -n "$containers$networks" ] || break
    sleep 0.1
done
"#;

/// A process that outlives this one, in a group of its own.
pub(super) struct Guard {
    held: Mutex<Option<Held>>,
}

struct Held {
    pipe: PipeWriter,
    process: Child,
}

impl Guard {
    /// Guards whatever has a label.
    pub(super) fn start(label: &str) -> io::Result<Self> {
        let (input, pipe) = io::pipe()?;
        let process = Command::new("sh")
            .args(["-c", SCRIPT, "guard", label])
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            held: Mutex::new(Some(Held { pipe, process })),
        })
    }

    /// What a command holds so that the guard waits for its end.
    ///
    /// # Errors
    ///
    /// If there are no descriptors left, or all was removed already.
    pub(super) fn hold(&self) -> io::Result<Stdio> {
        let held = self.held.lock().expect("no holder panics");
        let held = held.as_ref();
        let held = held.ok_or_else(|| io::Error::other("everything was removed already"))?;
        Ok(held.pipe.try_clone()?.into())
    }

    /// Has everything removed, and waits for that.
    pub(super) fn release(&self) {
        let held = self.held.lock().expect("no holder panics").take();
        if let Some(Held { pipe, mut process }) = held {
            drop(pipe);
            // It does not fail, and there is nothing to be done if it did.
            let _ = process.wait();
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.release();
    }
}
