//! What it costs to start, see exit and reap a process: by the fork server, and by the C library.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use raptor_sys::{ForkServer, Launch, Program};

use super::figure::{Samples, Sheet};
use super::{Failure, WARM_UP_ROUNDS, process};

/// Measures the function that does nothing, started both ways in turns.
pub(super) async fn measure(sheet: &mut Sheet, n: u32) -> Result<(), Failure> {
    let server = ForkServer::start()?;
    let (mut served, mut floors) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP_ROUNDS + n {
        let floor = floor()?;
        let launch = launch(round)?;
        let start = Instant::now();
        let mut group = server.spawn(launch).await?;
        group.exited().await?;
        group.reap().await?;
        let took = start.elapsed();
        if round >= WARM_UP_ROUNDS {
            floors.push(floor);
            served.push(took);
        }
    }
    sheet.compare("fork", &served, &floors);
    Ok(())
}

fn floor() -> Result<Duration, Failure> {
    let start = Instant::now();
    let mut child = process::spawn(&["fn", "noop"], "{}")?;
    child.wait()?;
    Ok(start.elapsed())
}

fn launch(round: u32) -> io::Result<Launch> {
    let (stdin, mut line) = io::pipe()?;
    line.write_all(b"{}\n")?;
    let null = OwnedFd::from(File::options().read(true).write(true).open("/dev/null")?);
    Ok(Launch {
        program: Program::Own,
        argv0: "raptor".into(),
        args: ["fn", "noop"].map(Into::into).into(),
        env: Vec::new(),
        dir: "/".into(),
        marker: format!("bench-{}-{round}", std::process::id()),
        nice: 0,
        memory_bytes_max: None,
        credentials: None,
        stdin: stdin.into(),
        stdout: null.try_clone()?,
        stderr: null.try_clone()?,
        result: null,
    })
}
