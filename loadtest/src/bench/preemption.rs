//! Preemption: from the end of the winner to the death of the stragglers on other nodes.

use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use raptor_cluster::{Answer, Bundle, Client, Invocation};
use raptor_sys::Pidfd;
use serde::Deserialize;

use super::figure::{Samples, Sheet};
use super::umpire::{Runner, Umpire, ends};
use super::{Failure, NODES, PATIENCE, WARM_UP_ROUNDS, clock, process};
use crate::act::{self, Finish};

/// The action: a race that ends when the umpire says so.
#[derive(Deserialize)]
struct Race {
    race: Finish,
}

/// Measures flights in which all members have started before the winner ends, beside one datagram
/// to a thread that kills a process like theirs.
pub(super) async fn measure(sheet: &mut Sheet, client: &Client, n: u32) -> Result<(), Failure> {
    let umpire = Umpire::new()?;
    let executioner = executioner()?;
    let (mut preemptions, mut floors) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP_ROUNDS + n {
        let floor = floor(&umpire, executioner)?;
        // Each member wins in its turn.
        let winner = u16::try_from(round % u32::from(NODES)).expect("it is less than NODES");
        let preempted = preempt(client, &umpire, winner).await?;
        if round >= WARM_UP_ROUNDS {
            floors.push(floor);
            preemptions.extend(preempted);
        }
    }
    umpire.say(&[], executioner)?;
    sheet.compare("preemption", &preemptions, &floors);
    Ok(())
}

/// One flight: how long after the winner's end each straggler was seen to have ended.
async fn preempt(client: &Client, umpire: &Umpire, winner: u16) -> Result<Vec<Duration>, Failure> {
    let action = format!(
        r#"{{ "race": {{ "depends": [], "exec": ["raptor", "{}"] }} }}"#,
        act::WORD
    );
    let invocation = Invocation {
        params: umpire.params(Some(winner))?.into(),
        size: Some(NODES),
        ..Invocation::new(Bundle::from_manifest(&action)?)
    };
    let mut activation = client.invoke(invocation);
    let runners: Result<Vec<Runner>, _> = (0..NODES).map(|_| umpire.next()).collect();
    let is_winner = |runner: &Runner| runner.presence.member == winner;
    let (winners, stragglers): (Vec<_>, Vec<_>) = runners?.into_iter().partition(is_winner);
    let [first] = &winners[..] else {
        return Err("see every member start once".into());
    };
    umpire.say(b"!", first.address)?;
    let pidfds: Vec<Pidfd> = stragglers.into_iter().map(|runner| runner.pidfd).collect();
    let ends = ends(&pidfds)?;
    let answer = activation.answer().await?;
    let Answer::Landed(result) = answer else {
        return Err(format!("land: {answer}").into());
    };
    let Race { race } = serde_json::from_slice(&result)?;
    // Nothing of it runs beside the next floor.
    activation.record().await?;
    let took = |end: u64| Duration::from_nanos(end.saturating_sub(race.at_ns));
    Ok(ends.into_iter().map(took).collect())
}

/// One datagram, one kill(2), one exit seen.
fn floor(umpire: &Umpire, executioner: SocketAddr) -> Result<Duration, Failure> {
    let mut child = process::spawn(&[act::WORD], &umpire.params(None)?)?;
    let runner = umpire.next()?;
    let start = clock::now_ns();
    umpire.say(&runner.presence.pid.to_ne_bytes(), executioner)?;
    let ends = ends(&[runner.pidfd])?;
    child.wait()?;
    Ok(Duration::from_nanos(ends[0] - start))
}

/// Starts a thread that terminates what it gets the PID of, until it gets something else.
fn executioner() -> Result<SocketAddr, Failure> {
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let address = socket.local_addr()?;
    thread::spawn(move || {
        let mut pid = [0; 4];
        while let Ok(4) = socket.recv(&mut pid) {
            // One that is gone is seen to be.
            let _ = kill(Pid::from_raw(i32::from_ne_bytes(pid)), Signal::SIGTERM);
        }
    });
    Ok(address)
}
