//! A container that is driven by hand.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::super::{Failure, PATIENCE};
use super::http;
use crate::container::WORD;

/// A container that listens.
pub(super) struct Container {
    child: Child,
    address: SocketAddr,
    /// What it takes for its file system: gone with it.
    _files: TempDir,
}

impl Container {
    /// Starts one, and waits until it listens.
    pub(super) fn start() -> Result<Self, Failure> {
        let port = free_port()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let files = tempfile::tempdir()?;
        let child = Command::new(std::env::current_exe()?)
            .env("TMPDIR", files.path())
            .args([WORD, "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let container = Self {
            child,
            address,
            _files: files,
        };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > PATIENCE {
                return Err("reach a container".into());
            }
            std::thread::yield_now();
        }
        Ok(container)
    }

    pub(super) fn init(&self, code: &str) -> io::Result<()> {
        http::post(self.address, "/init", &http::init_body(code)).map(drop)
    }

    pub(super) fn run(&self, body: &str) -> io::Result<()> {
        http::post(self.address, "/run", body).map(drop)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
