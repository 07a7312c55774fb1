//! From a task to a process.

use std::fs;
use std::io::{self, PipeWriter, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use raptor_sys::{Credentials, Group, Launch};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;

use super::Task;
use super::environment::Scene;
use crate::node::Services;

/// What every pipe holds, even that of a user who has too many (`pipe(7)`): writing this much into
/// an empty one does not block.
const PIPE_BYTES_MIN: usize = 4_096;

/// A process, and the pipes that it speaks through.
pub(super) struct Launched {
    pub(super) group: Group,
    pub(super) result: pipe::Receiver,
    pub(super) stdout: pipe::Receiver,
    pub(super) stderr: pipe::Receiver,
}

/// Starts the process of a task.
///
/// # Errors
///
/// The text says what could not be done; nothing is left of it.
pub(super) async fn launch(task: Task, services: Rc<Services>) -> Result<Launched, String> {
    let (stdin, input) = io::pipe().map_err(|error| format!("open a pipe: {error}"))?;
    let (result, result_end) = outlet()?;
    let (stdout, stdout_end) = outlet()?;
    let (stderr, stderr_end) = outlet()?;
    let directory = make_directory(&services, &task)?;
    let function = task.action.manifest.function(task.function);
    let files = task.action.directory.as_deref();
    let start = services
        .launchers
        .launch(function, files)
        .map_err(|error| error.to_string())?;
    let scene = Scene {
        function: &function.name,
        own: &start.env,
        surroundings: &task.surroundings,
        node: &services.record.node,
        directory: &directory,
    };
    let line = start.input.line(&task.input, &scene.fields(&task));
    let env = scene.environment(Some(&task));
    let mut argv = start.argv.into_iter();
    let launch = Launch {
        program: start.program,
        argv0: argv
            .next()
            .expect("an argument vector begins with the program"),
        args: argv.collect(),
        env,
        dir: files.map_or_else(|| directory.clone(), Path::to_owned),
        marker: marker(&services, &task),
        nice: function.nice,
        memory_bytes_max: function.memory_bytes_max,
        credentials: services.credentials,
        stdin: stdin.into(),
        stdout: stdout_end,
        stderr: stderr_end,
        result: result_end,
    };
    // Before the process is there, so that it need not wait for its parameters.
    feed(input, line)?;
    let group = services.fork_server.spawn(launch).await;
    let group = group.map_err(|error| error.to_string())?;
    Ok(Launched {
        group,
        result,
        stdout,
        stderr,
    })
}

/// A pipe that we read and the process writes.
fn outlet() -> Result<(pipe::Receiver, OwnedFd), String> {
    let opened = io::pipe().and_then(|(ours, theirs)| {
        let ours = pipe::Receiver::from_owned_fd(ours.into())?;
        Ok((ours, theirs.into()))
    });
    opened.map_err(|error| format!("open a pipe: {error}"))
}

/// Gives the process its parameters, one line. A process that does not read them is free not to.
fn feed(mut pipe: PipeWriter, line: Vec<u8>) -> Result<(), String> {
    if line.len() <= PIPE_BYTES_MIN {
        let _ = pipe.write_all(&line);
        return Ok(());
    }
    let pipe = pipe::Sender::from_owned_fd(pipe.into());
    let mut pipe = pipe.map_err(|error| format!("open a pipe: {error}"))?;
    actix::spawn(async move {
        let _ = pipe.write_all(&line).await;
    });
    Ok(())
}

/// What only this attempt of all on this machine carries.
fn marker(services: &Services, task: &Task) -> String {
    let record = &services.record;
    format!(
        "{}.{}/{}/{}",
        record.node, record.incarnation.0, task.flight, task.attempt
    )
}

/// The attempt's own directory.
fn directory(services: &Services, task: &Task) -> PathBuf {
    services
        .directory
        .attempts()
        .join(format!("{}-{}", task.flight, task.attempt))
}

fn make_directory(services: &Services, task: &Task) -> Result<PathBuf, String> {
    let directory = directory(services, task);
    let made = fs::DirBuilder::new().mode(0o700).create(&directory);
    let made = made.and_then(|()| match services.credentials {
        Some(Credentials { uid, gid }) => chown(&directory, Some(uid), Some(gid)),
        None => Ok(()),
    });
    made.map_err(|error| format!("make its directory {}: {error}", directory.display()))?;
    Ok(directory)
}

/// Removes the attempt's directory with all that the function left in it.
pub(super) fn remove_directory(services: &Services, task: &Task) {
    let directory = directory(services, task);
    // Most leave nothing. What else there is may be much, and this thread has flights to fly.
    if let Err(error) = fs::remove_dir(&directory)
        && error.kind() == io::ErrorKind::DirectoryNotEmpty
    {
        // The node's own directory goes as a whole at its end.
        actix::spawn(async { tokio::task::spawn_blocking(|| fs::remove_dir_all(directory)).await });
    }
}
