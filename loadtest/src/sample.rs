//! What a load test keeps of every workflow that it asked for.

use std::fmt;
use std::time::Duration;

/// One workflow, from the moment at which it was to be asked for to its end. Times are since the
/// run's beginning.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Which of the run's policies ran it.
    pub(crate) policy: usize,
    /// Whether it only warmed the target up: it is kept, and counts nowhere.
    pub(crate) is_warm_up: bool,
    /// When it was to be sent: latency counts from here, whoever was late.
    pub(crate) intended: Duration,
    /// When it was sent.
    pub(crate) sent: Duration,
    /// When its end was heard of.
    pub(crate) done: Duration,
    /// How it ended.
    pub(crate) ending: Ending,
    /// Which of the run's zones led it, where that is known.
    pub(crate) zone: Option<usize>,
    /// What its members did; empty where the target does not tell.
    pub(crate) attempts: Vec<Attempt>,
}

/// How a workflow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It gave its result.
    Landed,
    /// A function failed on every member that might have run it.
    Failed(String),
    /// It was refused: too much at once, or too often.
    Refused(String),
    /// It took too long.
    TimedOut,
    /// Its end was not heard of: the node, or the connection, was lost.
    Lost(String),
}

/// One attempt of a workflow. Times are microseconds since the workflow reached its leader, by the
/// clock of the attempt's own node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Which of the workflow's functions it computed.
    pub(crate) function: usize,
    /// Whose member's it was.
    pub(crate) member: u16,
    /// Which of the run's zones it ran in, where that is known.
    pub(crate) zone: Option<usize>,
    /// When it was launched.
    pub(crate) launch_us: i64,
    /// When its process ran; its end, if it never did.
    pub(crate) start_us: i64,
    /// When it ended; none where nobody was left to say.
    pub(crate) end_us: Option<i64>,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a value.
    Value,
    /// Without one, by itself.
    Fault,
    /// By a signal, because somebody else was done first or the workflow was over.
    Stopped,
    /// Nobody was left to say.
    Unknown,
}

impl Sample {
    /// From the moment at which it was to be sent to its end: what its user waited.
    pub(crate) fn latency(&self) -> Duration {
        self.done.saturating_sub(self.intended)
    }

    /// How much later than intended it was sent: what the harness, and not the target, was late.
    pub(crate) fn lateness(&self) -> Duration {
        self.sent.saturating_sub(self.intended)
    }

    /// Whether it gave its result.
    pub(crate) fn has_landed(&self) -> bool {
        self.ending == Ending::Landed
    }
}

impl Attempt {
    /// From its launch to its end, where that is known: with what it waited for a slot, and with
    /// what its process took to start.
    pub(crate) fn turnaround(&self) -> Option<Duration> {
        let micros = u64::try_from(self.end_us?.checked_sub(self.launch_us)?).ok()?;
        Some(Duration::from_micros(micros))
    }

    /// How long its process ran, where that is known.
    pub(crate) fn service(&self) -> Option<Duration> {
        let micros = u64::try_from(self.end_us?.checked_sub(self.start_us)?).ok()?;
        Some(Duration::from_micros(micros))
    }
}

impl fmt::Display for Ending {
    /// As what a workflow did.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Landed => f.write_str("landed"),
            Self::Failed(function) => write!(f, "{function:?} failed on every member"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Lost(why) => write!(f, "lost: {why}"),
        }
    }
}
