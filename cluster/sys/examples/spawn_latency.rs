//! How long it takes to start, see exit and reap a process: through the fork server, and by plain
//! `posix_spawn` and `waitpid` from this process. Rounds of both take turns.
//!
//! `cargo run --example spawn_latency [rounds [program]]`

use std::error::Error;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use raptor_sys::{ForkServer, Launch, Program, serve_if_asked};

/// Not measured: caches fill.
const WARM_UP_ROUNDS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    serve_if_asked();
    let mut args = std::env::args().skip(1);
    let rounds: usize = args.next().map_or(Ok(2000), |text| text.parse())?;
    let program = args.next().unwrap_or_else(|| "/bin/true".to_owned());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .build()?
        .block_on(measure(rounds, &program))
}

async fn measure(rounds: usize, program: &str) -> Result<(), Box<dyn Error>> {
    let server = ForkServer::start()?;
    let (mut direct, mut served, mut started) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..WARM_UP_ROUNDS + rounds {
        let begin = Instant::now();
        spawn_directly(program)?;
        direct.push(begin.elapsed());

        let launch = launch(program, round)?;
        let begin = Instant::now();
        let mut group = server.spawn(launch).await?;
        started.push(begin.elapsed());
        group.exited().await?;
        group.reap().await?;
        served.push(begin.elapsed());
    }
    println!("{rounds} rounds of {program}      p50      p90      p99");
    report("posix_spawn, exit, reap", direct);
    report("fork server: spawned", started);
    report("fork server: exit, reap", served);
    Ok(())
}

fn report(what: &str, mut times: Vec<Duration>) {
    let mut measured = times.split_off(WARM_UP_ROUNDS);
    measured.sort();
    let at = |percent: usize| measured[(measured.len() - 1) * percent / 100].as_micros();
    println!("{what:28} {:5} us {:5} us {:5} us", at(50), at(90), at(99));
}

/// As the C library does it at its best: a group of its own, and the same descriptors.
fn spawn_directly(program: &str) -> Result<(), Box<dyn Error>> {
    let path = CString::new(program)?;
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETPGROUP)?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    let mut actions = PosixSpawnFileActions::init()?;
    for descriptor in 0..3 {
        actions.add_dup2(descriptor, descriptor)?;
    }
    let none: [CString; 0] = [];
    let child = posix_spawn(
        path.as_c_str(),
        &actions,
        &attributes,
        &[path.as_c_str()],
        &none,
    )?;
    waitpid(child, None)?;
    Ok(())
}

fn launch(program: &str, round: usize) -> io::Result<Launch> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    let null = OwnedFd::from(null);
    Ok(Launch {
        program: Program::Named(program.into()),
        argv0: program.into(),
        args: Vec::new(),
        env: Vec::new(),
        dir: "/".into(),
        marker: format!("latency-{}-{round}", std::process::id()),
        nice: 0,
        memory_bytes_max: None,
        credentials: None,
        stdin: null.try_clone()?,
        stdout: null.try_clone()?,
        stderr: null.try_clone()?,
        result: null,
    })
}
