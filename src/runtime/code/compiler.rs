//! The compilers of stock ActionLoop images.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use raptor_sys::{Exit, ForkServer, Launch, Program};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

use super::CodeError;
use super::layout::Layout;
use crate::runtime::process::{self, marker};

/// How much is kept of what a compiler says; it goes into an answer.
const SAID_BYTES_MAX: usize = 64 << 10;

/// Has `OW_COMPILER` make `exec` in `compiled` of the layout's source.
pub(super) async fn compile(
    layout: &Layout,
    compiled: &Path,
    env: &[(OsString, OsString)],
    fork_server: &ForkServer,
) -> Result<(), CodeError> {
    let settings = &layout.settings;
    let Some(compiler) = settings.variables.compiler.clone() else {
        return Err(CodeError::NotCompiled);
    };
    fs::create_dir(compiled).map_err(CodeError::write(compiled))?;
    let mut variables = vec![("PATH".into(), settings.variables.search_path.clone())];
    variables.extend(process::environment(&settings.variables, env));
    let program = compiler.clone();
    let args = vec![
        OsString::from(&layout.main),
        layout.source.clone().into(),
        compiled.into(),
    ];
    run(program, args, variables, fork_server).await?;
    if !compiled.join("exec").is_file() {
        return Err(CodeError::NotCompiled);
    }
    Ok(())
}

/// Runs it to its end. Whatever it says is an error.
async fn run(
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    fork_server: &ForkServer,
) -> Result<(), CodeError> {
    let said = PathBuf::from("the compiler's pipe");
    let opened = open().map_err(CodeError::write(&said))?;
    let launch = Launch {
        program: Program::Named(program.clone()),
        argv0: program,
        args,
        env,
        // Where this program runs, as the Go proxy's compilers do.
        dir: PathBuf::from("."),
        marker: marker(),
        nice: 0,
        memory_bytes_max: None,
        credentials: None,
        stdin: opened.nothing,
        stdout: opened.stdout,
        stderr: opened.stderr,
        result: opened.result,
    };
    let mut group = fork_server.spawn(launch).await?;
    let mut outlet = opened.outlet;
    let mut said = Vec::new();
    let exit = loop {
        let mut buffer = [0; 4096];
        tokio::select! {
            exit = group.exited() => break exit,
            read = outlet.read(&mut buffer) => match read {
                Ok(count @ 1..) => keep(&mut said, &buffer[..count]),
                Ok(0) | Err(_) => break group.exited().await,
            },
        }
    };
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = outlet.try_read(&mut buffer) {
        keep(&mut said, &buffer[..count]);
    }
    if !said.is_empty() {
        let said = String::from_utf8_lossy(&said).trim_end().to_owned();
        return Err(CodeError::CompilerSpoke { said });
    }
    match exit {
        Ok(Exit::Code(0)) => Ok(()),
        Ok(Exit::Code(status)) => Err(failed(&format!("status {status}"))),
        Ok(Exit::Signal(number)) => Err(failed(&format!("signal {number}"))),
        Err(lost) => Err(failed(&lost.to_string())),
    }
}

fn failed(how: &str) -> CodeError {
    CodeError::CompilerFailed {
        how: how.to_owned(),
    }
}

fn keep(said: &mut Vec<u8>, more: &[u8]) {
    let room = SAID_BYTES_MAX.saturating_sub(said.len());
    said.extend_from_slice(&more[..more.len().min(room)]);
}

/// What a compiler is connected with.
struct Opened {
    outlet: pipe::Receiver,
    nothing: OwnedFd,
    stdout: OwnedFd,
    stderr: OwnedFd,
    result: OwnedFd,
}

fn open() -> io::Result<Opened> {
    let (ours, theirs) = io::pipe()?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    Ok(Opened {
        outlet: pipe::Receiver::from_owned_fd(ours.into())?,
        result: nothing.try_clone()?.into(),
        nothing: nothing.into(),
        stdout: theirs.try_clone()?.into(),
        stderr: theirs.into(),
    })
}
