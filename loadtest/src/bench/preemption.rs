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
use crate::bench::act::{self, Finish};

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
    let (mut from_end, mut from_act) = (Samples::default(), Samples::default());
    let mut floors = Samples::default();
    for round in 0..WARM_UP_ROUNDS + n {
        let floor = floor(&umpire, executioner)?;
        // Each member wins in its turn.
        let winner = u16::try_from(round % u32::from(NODES)).expect("it is less than NODES");
        let preempted = preempt(client, &umpire, winner).await?;
        if round >= WARM_UP_ROUNDS {
            floors.push(floor);
            from_end.extend(preempted.iter().map(|straggler| straggler.from_end));
            from_act.extend(preempted.iter().map(|straggler| straggler.from_act));
        }
    }
    umpire.say(&[], executioner)?;
    sheet.compare("preemption", &from_end, &floors);
    sheet.compare("preemption_from_last_act", &from_act, &floors);
    Ok(())
}

/// How long a straggler outlived the winner.
struct Straggler {
    /// From the end of the winner's process to that of the straggler's, both seen by pidfd.
    from_end: Duration,
    /// From the winner's last act before it exits: with what the kernel takes to end its process.
    from_act: Duration,
}

/// One flight: how long each straggler outlived the winner.
async fn preempt(client: &Client, umpire: &Umpire, winner: u16) -> Result<Vec<Straggler>, Failure> {
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
    let all = winners.into_iter().chain(stragglers);
    let pidfds: Vec<Pidfd> = all.map(|runner| runner.pidfd).collect();
    let ends = ends(&pidfds)?;
    let (winner_end, ends) = ends.split_first().ok_or("see the winner end")?;
    let answer = activation.answer().await?;
    let Answer::Landed(result) = answer else {
        return Err(format!("land: {answer}").into());
    };
    let Race { race } = serde_json::from_slice(&result)?;
    // Nothing of it runs beside the next floor.
    activation.record().await?;
    let since = |start: u64, end: u64| Duration::from_nanos(end.saturating_sub(start));
    let straggler = |end: &u64| Straggler {
        from_end: since(*winner_end, *end),
        from_act: since(race.at_ns, *end),
    };
    Ok(ends.iter().map(straggler).collect())
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
