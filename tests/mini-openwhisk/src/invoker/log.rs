//! The log of a container.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::Notify;

/// What ends an activation's log on each stream (`Container.scala`).
const SENTINEL: &str = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX";

/// How long the collector waits for another line.
const LINE_TIMEOUT: Duration = Duration::from_secs(2);

/// What the collector says when a sentinel does not come.
const INCOMPLETE: &str = "There was an issue while collecting your logs. Data might be missing.";

/// What a container has written and nobody has collected.
pub(super) struct Log {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    lines: Mutex<Vec<Line>>,
    grown: Notify,
}

struct Line {
    at: SystemTime,
    stream: &'static str,
    text: String,
}

impl Log {
    /// Reads both streams of a container.
    pub(super) fn of(
        stdout: impl AsyncRead + Unpin + 'static,
        stderr: impl AsyncRead + Unpin + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        actix_web::rt::spawn(read("stdout", stdout, Arc::clone(&shared)));
        actix_web::rt::spawn(read("stderr", stderr, Arc::clone(&shared)));
        Self { shared }
    }

    /// The log of an activation, in OpenWhisk's format, and whether both streams had ended it.
    /// Where the container failed, nobody waits for that.
    pub(super) async fn collect(&self, wait: bool) -> (Vec<String>, bool) {
        loop {
            let grown = self.shared.grown.notified();
            if let Some(lines) = self.take(2) {
                return (lines, true);
            }
            let grew = tokio::time::timeout(LINE_TIMEOUT, grown);
            if !wait || grew.await.is_err() {
                let mut lines = self.take(0).unwrap_or_default();
                if wait {
                    lines.push(INCOMPLETE.to_owned());
                }
                return (lines, false);
            }
        }
    }

    /// All lines up to the last of so many sentinels, if there are as many; with none wanted, all.
    fn take(&self, sentinels: usize) -> Option<Vec<String>> {
        let mut lines = self.shared.lines.lock().expect("no holder panics");
        let ends = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.text == SENTINEL);
        let end = match sentinels {
            0 => lines.len(),
            _ => ends.map(|(at, _)| at + 1).nth(sentinels - 1)?,
        };
        let taken = lines.drain(..end);
        Some(
            taken
                .filter(|line| line.text != SENTINEL)
                .map(|line| line.format())
                .collect(),
        )
    }
}

impl Line {
    /// `2026-11-23T06:00:00.000000000Z stdout: text` (`DockerToActivationLogStore.scala`).
    fn format(&self) -> String {
        let at = humantime::format_rfc3339_nanos(self.at).to_string();
        format!("{at:<30} {}: {}", self.stream, self.text)
    }
}

async fn read(stream: &'static str, from: impl AsyncRead + Unpin, shared: Arc<Shared>) {
    let mut lines = BufReader::new(from).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = Line {
            at: SystemTime::now(),
            stream,
            text: String::from_utf8_lossy(&line).into_owned(),
        };
        shared.lines.lock().expect("no holder panics").push(line);
        shared.grown.notify_waiters();
    }
}
