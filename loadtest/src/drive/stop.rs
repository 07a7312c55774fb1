//! What ends a run before all was asked for.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Sleep, sleep};

/// Why a run ended before all was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// It took as long as the scenario lets it.
    TimeOver,
    /// The trace has no more arrivals.
    TraceEnded,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "it was interrupted",
            Self::TimeOver => "the scenario's time_max has passed",
            Self::TraceEnded => "the trace has no more arrivals",
        })
    }
}

/// Hears what ends a run: Ctrl-C and its like, or the time.
#[derive(Debug)]
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    over: Pin<Box<Sleep>>,
    cut: Option<Cut>,
}

impl Stop {
    /// From now on signals are caught, and the time runs.
    ///
    /// # Errors
    ///
    /// If the system does not let signals be caught.
    pub(super) fn catch(time_max: Duration) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            over: Box::pin(sleep(time_max)),
            cut: None,
        })
    }

    /// Waits until the run is to end; at once, if that has been heard before. May be dropped and
    /// called again.
    pub(super) async fn asked(&mut self) -> Cut {
        if let Some(cut) = self.cut {
            return cut;
        }
        let cut = tokio::select! {
            () = interrupted(&mut self.interrupt, &mut self.terminate) => Cut::Interrupted,
            () = &mut self.over => Cut::TimeOver,
        };
        self.cut = Some(cut);
        cut
    }

    /// Waits until somebody does not want to wait for what is under way either.
    pub(super) async fn again(&mut self) {
        interrupted(&mut self.interrupt, &mut self.terminate).await;
        self.cut = Some(Cut::Interrupted);
    }
}

async fn interrupted(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
