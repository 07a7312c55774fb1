//! Containers that are processes of this machine: a runtime's, and all that it starts.

mod freezer;
mod processors;

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::sync::Mutex;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::log::Log;
use super::vessel::Place;

/// A runtime's process.
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) log: Log,
    port: u16,
    /// None while, and after, its end is waited for.
    child: Mutex<Option<Child>>,
    /// What it takes for its file system: gone with it.
    _files: TempDir,
}

impl Process {
    /// Starts a runtime: a program and its arguments.
    pub(super) fn start(runtime: &[OsString], place: &Place<'_>) -> io::Result<Self> {
        let port = free_port()?;
        let (program, arguments) = runtime
            .split_first()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no runtime is named"))?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let files = tempfile::tempdir()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args([OsString::from("--port"), port.to_string().into()])
            .env_clear()
            .env("PATH", path)
            .env("TMPDIR", files.path())
            .envs(place.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = processors::spawn_on(place.cpus(), &mut command)?;
        Ok(Self {
            pid: child.id().expect("it was just started"),
            log: Log::of(
                child.stdout.take().expect("it is piped"),
                child.stderr.take().expect("it is piped"),
            ),
            port,
            child: Mutex::new(Some(child)),
            _files: files,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    pub(super) fn has_ended(&self) -> bool {
        self.with_process(|_| ()).is_none()
    }

    /// Stops everything in it.
    pub(super) fn freeze(&self) -> bool {
        self.with_process(freezer::freeze).is_some()
    }

    /// Lets it go on; false if it has ended.
    pub(super) fn thaw(&self) -> bool {
        self.with_process(freezer::thaw).is_some()
    }

    /// Kills everything in it, without notice.
    pub(super) fn kill(&self) {
        self.with_process(freezer::kill);
    }

    /// Waits for the end of one that was killed.
    pub(super) async fn wait(&self) {
        let child = self.child.lock().expect("no holder panics").take();
        if let Some(mut child) = child {
            let _ = child.wait().await;
        }
    }

    /// Does something with its process, unless that has ended: nobody else reaps it meanwhile, so
    /// its number is not another's.
    fn with_process<T>(&self, act: impl FnOnce(u32) -> T) -> Option<T> {
        let mut child = self.child.lock().expect("no holder panics");
        match child.as_mut()?.try_wait() {
            Ok(None) => Some(act(self.pid)),
            Ok(Some(_)) | Err(_) => None,
        }
    }
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[actix_web::test]
    async fn what_has_ended_is_gone_and_its_number_is_not_used_any_more() {
        let config = Config::new(Vec::new());
        let place = Place::new(&config, "", None);
        let process = Process::start(&["true".into()], &place).expect("it starts");
        while !process.has_ended() {
            tokio::task::yield_now().await;
        }
        process.kill();
        assert!(process.with_process(|pid| pid).is_none());
        process.wait().await;
        assert!(process.has_ended());
    }
}
