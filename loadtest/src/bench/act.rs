//! The function that the benchmarks fly: it says that it is there, and then either waits for the
//! word to finish, or for its end.
//!
//! With it a benchmark knows that every member has started before the winner ends, and when
//! exactly that was.

use std::env;
use std::net::{SocketAddr, UdpSocket};
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use raptor_functions::contract::{Outlet, Params};
use serde::{Deserialize, Serialize};

use crate::bench::clock;

/// What stands on the command line of a process that is to be it.
pub(crate) const WORD: &str = "act";

/// How long it waits at most: even a benchmark that was killed leaves nothing behind for ever.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The name of the parameter that says where the umpire listens.
pub(crate) const UMPIRE: &str = "umpire";

/// The name of the parameter that says which member finishes when it is told to.
pub(crate) const WINNER: &str = "winner";

/// What it sends the umpire first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Presence {
    /// Its process.
    pub(crate) pid: i32,
    /// Whose member it is.
    pub(crate) member: u16,
}

/// What the winner gives.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Finish {
    /// When it ended, by the clock that all processes of a machine share: its last act but to say
    /// so and to exit.
    pub(crate) at_ns: u64,
}

/// Runs it.
pub(crate) fn main() -> ExitCode {
    let outlet = Outlet::take();
    let given = act().and_then(|finish| outlet.send(&finish).map_err(|error| error.to_string()));
    match given {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("failed to {why}");
            ExitCode::FAILURE
        }
    }
}

fn act() -> Result<Finish, String> {
    let params = Params::read().map_err(|error| error.to_string())?;
    let umpire: Option<SocketAddr> = params.get(UMPIRE).map_err(|error| error.to_string())?;
    let winner: Option<u16> = params.get(WINNER).map_err(|error| error.to_string())?;
    let umpire = umpire.ok_or("find the umpire: no parameter says where")?;
    let member = env::var("RAPTOR_MEMBER").map_or(Some(0), |text| text.parse().ok());
    let member = member.ok_or("know which member this is")?;
    let line = report(umpire, member).map_err(|error| format!("tell the umpire: {error}"))?;
    if winner == Some(member) {
        let told = line.recv(&mut [0; 1]);
        told.map_err(|error| format!("hear from the umpire: {error}"))?;
    } else {
        // A straggler: it is preempted, or else it has failed.
        thread::sleep(WAIT_MAX);
        return Err("be preempted".to_owned());
    }
    Ok(Finish {
        at_ns: clock::now_ns(),
    })
}

/// Says that this process is there; gives the line to the umpire.
fn report(umpire: SocketAddr, member: u16) -> std::io::Result<UdpSocket> {
    let line = UdpSocket::bind((umpire.ip(), 0))?;
    line.set_read_timeout(Some(WAIT_MAX))?;
    line.connect(umpire)?;
    let presence = Presence {
        pid: process::id().cast_signed(),
        member,
    };
    line.send(&serde_json::to_vec(&presence)?)?;
    Ok(line)
}
