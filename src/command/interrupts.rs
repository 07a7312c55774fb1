//! Ctrl-C, and what else asks a program to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask this program to end: the first to end in order, the second at once.
pub(super) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    count: u32,
}

impl Interrupts {
    /// From now on they are caught.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub(super) fn catch() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            count: 0,
        })
    }

    /// Waits for the first one.
    pub(super) async fn first(&mut self) {
        self.at_least(1).await;
    }

    /// Waits for the second one.
    pub(super) async fn second(&mut self) {
        self.at_least(2).await;
    }

    async fn at_least(&mut self, count: u32) {
        while self.count < count {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
            self.count += 1;
        }
    }
}
