//! The death of the far node: until the near one notices, and until a question that it will never answer
//! is resolved.

use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;

use super::super::args::Args;
use super::far::{Far, Service};
use super::nodes::{DEADLINE, Nodes};
use super::rounds::Rounds;
use super::sheet::{Aim, Sheet};
use crate::bench::{Failure, PATIENCE};

/// Each takes seconds.
const ROUNDS_MAX: u32 = 3;

/// A question is under way by then, and the association idle.
const SETTLE: Duration = Duration::from_millis(300);

/// How the far node ends for the near one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// Its process is killed.
    Killed,
    /// Its process is stopped: it is silent.
    Stopped,
    /// The network carries nothing any more, in either direction.
    Cut,
}

impl Death {
    /// The names of its figures, and after how many milliseconds it is to be noticed.
    fn figures(self) -> ([&'static str; 2], f64) {
        match self {
            Self::Killed => (["killed_noticed", "killed_ask_resolved"], 1_500.0),
            Self::Stopped => (["stopped_noticed", "stopped_ask_resolved"], 3_000.0),
            Self::Cut => (["cut_noticed", "cut_ask_resolved"], 3_000.0),
        }
    }

    fn befall(self, far: &Far) -> Result<(), Failure> {
        match self {
            Self::Killed => far.signal(Signal::SIGKILL),
            Self::Stopped => far.signal(Signal::SIGSTOP),
            Self::Cut => Ok(loopback("down")?),
        }
    }
}

/// Measures those that are wanted.
pub(super) fn measure(
    sheet: &mut Sheet,
    bench: &Args,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    for death in [Death::Killed, Death::Stopped, Death::Cut] {
        let (names, ms_max) = death.figures();
        if !names.into_iter().any(&is_wanted) {
            continue;
        }
        if death == Death::Cut
            && let Err(why) = enter_network()
        {
            eprintln!("skipped: to cut a link takes a network of one's own: {why}");
            continue;
        }
        let mut rounds = [Rounds::default(), Rounds::default()];
        for _ in 0..bench.rounds.min(ROUNDS_MAX) {
            for (rounds, took) in rounds.iter_mut().zip(die(death)?) {
                rounds.push(took.as_secs_f64() * 1e3);
            }
        }
        for (name, rounds) in names.into_iter().zip(&rounds) {
            sheet.tell(name, "ms", rounds, Some(Aim::ValueMax(ms_max)));
        }
    }
    Ok(())
}

/// How long until the death was noticed, and until the question was resolved.
fn die(death: Death) -> Result<[Duration; 2], Failure> {
    if death == Death::Cut {
        loopback("up")?;
    }
    let far = Far::start(Service::Node)?;
    let nodes = Nodes::start(&far)?;
    let (lost, resolved) = (nodes.watch_loss(), nodes.ask_in_vain());
    std::thread::sleep(SETTLE);
    let start = Instant::now();
    death.befall(&far)?;
    let patience = DEADLINE + PATIENCE;
    let lost = lost.recv_timeout(patience).map_err(|_| never("noticed"))?;
    let (resolved, error) = resolved
        .recv_timeout(patience)
        .map_err(|_| never("resolved"))?;
    if error.is_none() {
        return Err("ask in vain: there was an answer".into());
    }
    Ok([lost - start, resolved - start])
}

fn never(what: &str) -> String {
    format!("see that the far node's death was {what} within {DEADLINE:?} and {PATIENCE:?}")
}

/// From here on this process, and those that it starts, have a network of their own, with nothing but a
/// loopback. To cut it is to cut the link between the two nodes: what is sent is lost, and nobody says
/// so to whoever hears nothing. A link with two ends would need nodes that listen beyond the loopback.
fn enter_network() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    loopback("up")
}

/// Takes the loopback up or down.
fn loopback(state: &str) -> io::Result<()> {
    let status = Command::new("ip")
        .args(["link", "set", "lo", state])
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "ip link set lo {state}: {status}"
        ))),
    }
}
