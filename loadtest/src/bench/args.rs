//! What benchmarks are asked for.

use std::time::Duration;

use clap::ValueEnum;

/// What to measure, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure.
    #[arg(value_enum)]
    pub(crate) subject: Subject,
    /// How many samples of each figure of flights and transports.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) n: u32,
    /// Only these figures: those whose name begins so.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub(crate) only: String,
    /// No table.
    #[arg(long)]
    pub(crate) json_only: bool,
    /// Messaging: how the processors are given to its two processes.
    #[arg(long, value_enum, default_value_t = Setting::Both)]
    pub(crate) setting: Setting,
    /// Messaging: how often value and floors take their turns.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: u32,
    /// Messaging: how long each turn lasts [default: 0.3]. Harness: how long requests come [default:
    /// 10].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) seconds: Option<Duration>,
    /// Harness: how many requests come in a second.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,
}

/// The longest turn: more than any figure needs.
const SECONDS_MAX: f64 = 60.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if !(seconds > 0.0 && seconds <= SECONDS_MAX) {
        return Err(format!("it must be more than 0 and at most {SECONDS_MAX}"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// How the processors are given to processes that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Setting {
    /// As the operating system likes: what a user sees, and idle processors that must be woken.
    Free,
    /// One processor for everything: what the work itself costs.
    Pinned,
    /// One after the other.
    Both,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Flights that do nothing, preemption, forks, the death of a node.
    Flight,
    /// The action runtime, beside a launcher driven over its pipes; flights between containers.
    Runtime,
    /// Round trips between two postmasters.
    Transport,
    /// The load test's own harness, at a host that does nothing: fails where it does not keep its
    /// times.
    Harness,
    /// Messages between actors of two nodes, beside plain TCP and beside the SCTP stack alone.
    Messaging,
}
