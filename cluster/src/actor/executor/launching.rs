//! From a function to a process, and from a task to a process that has its parameters.

use std::io::{self, PipeWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use raptor_core::FunctionIndex;
use raptor_core::manifest::Program;
use raptor_sys::{Group, Launch, Pidfd};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;

use super::Task;
use super::directory::PrivateDirectory;
use super::environment::{Scene, fields};
use crate::actor::warm_pool::Take;
use crate::bundle::Action;
use crate::launcher::{self, Input};
use crate::node::Services;
use crate::surroundings::Surroundings;

/// What every pipe holds, even that of a user who has too many (`pipe(7)`): writing this much into
/// an empty one does not block.
const PIPE_BYTES_MIN: usize = 4_096;

/// A process, and the directory that is its own, and outlives it.
#[derive(Debug)]
pub(super) struct Launched {
    pub(super) process: Process,
    pub(super) directory: PrivateDirectory,
}

/// A process, and the pipes that it speaks through.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) group: Group,
    pub(super) result: pipe::Receiver,
    pub(super) stdout: pipe::Receiver,
    pub(super) stderr: pipe::Receiver,
}

/// A process that has not got its parameters yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    launched: Launched,
    stdin: PipeWriter,
}

/// A function whose process is to be started ahead.
pub(crate) struct Ahead<'a> {
    pub(crate) action: &'a Action,
    pub(crate) function: FunctionIndex,
    pub(crate) surroundings: &'a Surroundings,
    /// Unlike that of any other process of this node.
    pub(crate) name: String,
}

/// Has a process for a task, and gives it its parameters.
///
/// # Errors
///
/// The text says what could not be done; nothing is left of it.
pub(super) async fn launch(task: Task, services: Rc<Services>) -> Result<Launched, String> {
    if let Some(waiting) = waiting(&task, &services).await {
        feed(waiting.stdin, line(Input::ActionLoop, &task))?;
        return Ok(waiting.launched);
    }
    let name = format!("{}/{}", task.flight, task.attempt);
    let mut set = Set::make(&services, &name)?;
    let function = (&*task.action, task.function);
    let (launch, input) = set.launch(&services, function, &task.surroundings, Some(&task))?;
    // Before the process is there, so that it need not wait for its parameters.
    feed(set.stdin, line(input, &task))?;
    set.parts.start(&services, launch).await
}

/// A process that was started ahead for such a task, if there is one.
async fn waiting(task: &Task, services: &Services) -> Option<Waiting> {
    let function = task.action.manifest.function(task.function);
    if services.config.warm_max == 0 || !can_be_ahead(&function.program) {
        return None;
    }
    let take = Take {
        action: task.action.bundle.digest(),
        env: task.surroundings.env.clone(),
        function: task.function,
    };
    services.warm_pool.send(take).await.ok().flatten()
}

/// Whether a process of it need not know its attempt when it starts: a launcher reads it.
pub(crate) const fn can_be_ahead(program: &Program) -> bool {
    matches!(program, Program::File(_))
}

/// Starts a process that waits for its parameters.
///
/// # Errors
///
/// The text says what could not be done; nothing is left of it.
pub(crate) async fn launch_ahead(
    ahead: &Ahead<'_>,
    services: &Services,
) -> Result<Waiting, String> {
    let mut set = Set::make(services, &ahead.name)?;
    let function = (ahead.action, ahead.function);
    let (mut launch, _) = set.launch(services, function, ahead.surroundings, None)?;
    launch
        .env
        .push((launcher::READY_VARIABLE.into(), "1".into()));
    let launched = set.parts.start(services, launch).await?;
    Ok(Waiting {
        launched,
        stdin: set.stdin,
    })
}

impl Waiting {
    /// Whether its process has not ended, as far as the system knows this very moment.
    pub(crate) fn is_alive(&self) -> bool {
        // It is not reaped, so its number is its own.
        let process = Pidfd::open(self.launched.process.group.pid());
        process.is_ok_and(|process| !process.wait(Duration::ZERO))
    }

    /// Sees when it has loaded its file, or ends, whoever has the process by then.
    pub(crate) fn loading(&self) -> io::Result<impl Future<Output = ()> + use<>> {
        let pipe = self.launched.process.result.as_fd();
        let pipe = pipe::Receiver::from_owned_fd(pipe.try_clone_to_owned()?)?;
        Ok(async move {
            // Nothing is taken out of it.
            let _ = pipe.readable().await;
        })
    }

    /// Ends it, and waits until nothing is left of it.
    pub(crate) async fn end(self) {
        let Self { launched, stdin } = self;
        drop(stdin);
        // If the fork server is gone, so is the process.
        let _ = launched.process.group.reap().await;
        drop(launched.directory);
    }
}

/// The pipes and the directory of a process that is not there yet.
struct Set {
    stdin: PipeWriter,
    parts: Parts,
    /// The ends of the process itself.
    theirs: Option<[OwnedFd; 4]>,
    marker: String,
}

/// What is kept of a set.
struct Parts {
    result: pipe::Receiver,
    stdout: pipe::Receiver,
    stderr: pipe::Receiver,
    directory: PrivateDirectory,
}

impl Set {
    /// Makes them. No other process of this node goes by `name`.
    fn make(services: &Services, name: &str) -> Result<Self, String> {
        let (stdin, input) = io::pipe().map_err(|error| format!("open a pipe: {error}"))?;
        let (result, result_end) = outlet()?;
        let (stdout, stdout_end) = outlet()?;
        let (stderr, stderr_end) = outlet()?;
        let path = services.directory.attempts().join(name.replace('/', "-"));
        let record = &services.record;
        Ok(Self {
            stdin: input,
            parts: Parts {
                result,
                stdout,
                stderr,
                directory: PrivateDirectory::make(path, services.credentials)?,
            },
            theirs: Some([stdin.into(), stdout_end, stderr_end, result_end]),
            marker: format!("{}.{}/{name}", record.node, record.incarnation.0),
        })
    }

    /// How the function is started with them; once.
    fn launch(
        &mut self,
        services: &Services,
        (action, function): (&Action, FunctionIndex),
        surroundings: &Surroundings,
        task: Option<&Task>,
    ) -> Result<(Launch, Input), String> {
        let function = action.manifest.function(function);
        let files = action.directory.as_deref();
        let start = services.launchers.launch(function, files);
        let start = start.map_err(|error| error.to_string())?;
        let directory = self.parts.directory.path();
        let scene = Scene {
            function: &function.name,
            own: &start.env,
            surroundings,
            node: &services.record.node,
            directory,
        };
        let env = scene.environment(task);
        let mut argv = start.argv.into_iter();
        let theirs = self.theirs.take();
        let [stdin, stdout, stderr, result] = theirs.expect("a set is for one process");
        let launch = Launch {
            program: start.program,
            argv0: argv
                .next()
                .expect("an argument vector begins with the program"),
            args: argv.collect(),
            env,
            dir: files.map_or_else(|| directory.to_owned(), Path::to_owned),
            marker: self.marker.clone(),
            nice: function.nice,
            memory_bytes_max: function.memory_bytes_max,
            credentials: services.credentials,
            stdin,
            stdout,
            stderr,
            result,
        };
        Ok((launch, start.input))
    }
}

impl Parts {
    async fn start(self, services: &Services, launch: Launch) -> Result<Launched, String> {
        let group = services.fork_server.spawn(launch).await;
        let Self {
            result,
            stdout,
            stderr,
            directory,
        } = self;
        let process = Process {
            group: group.map_err(|error| error.to_string())?,
            result,
            stdout,
            stderr,
        };
        Ok(Launched { process, directory })
    }
}

/// A pipe that we read and the process writes.
fn outlet() -> Result<(pipe::Receiver, OwnedFd), String> {
    let opened = io::pipe().and_then(|(ours, theirs)| {
        let ours = pipe::Receiver::from_owned_fd(ours.into())?;
        Ok((ours, theirs.into()))
    });
    opened.map_err(|error| format!("open a pipe: {error}"))
}

/// What the process of a task is given.
fn line(input: Input, task: &Task) -> Vec<u8> {
    let function = &task.action.manifest.function(task.function).name;
    input.line(&task.input, &fields(function, &task.surroundings, task))
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
