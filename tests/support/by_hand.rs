//! Nodes started by hand: `raptor node --config FILE`.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use super::program::Running;
use super::{Process, Program, Stage, until};

/// A node started by hand.
pub(crate) struct ByHand {
    pub(crate) address: SocketAddr,
    running: Running,
    log: PathBuf,
}

/// A configuration that comes with Raptor.
pub(crate) fn conf(file: &str) -> PathBuf {
    let conf = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf");
    conf.join(file)
}

/// The configuration of a zone that comes with Raptor.
pub(crate) fn zone(letter: char) -> PathBuf {
    conf(&format!("zone-{letter}.toml"))
}

/// An address of the loopback that nobody has, for UDP and for TCP.
pub(crate) fn free_address() -> SocketAddr {
    // Below those that systems give out (ip_local_port_range), so that nobody gets it by chance.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).expect("it is small");
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

impl ByHand {
    /// Starts the node of a zone at `address`, to meet those at `seeds`.
    pub(crate) fn start(
        stage: &Stage,
        letter: char,
        address: SocketAddr,
        seeds: &[SocketAddr],
    ) -> Self {
        Self::start_with(stage, letter, address, seeds, |program| program)
    }

    /// As [`ByHand::start`], with more in its environment.
    pub(crate) fn start_with(
        stage: &Stage,
        letter: char,
        address: SocketAddr,
        seeds: &[SocketAddr],
        change: impl FnOnce(Program) -> Program,
    ) -> Self {
        let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
        let log = stage.join(&format!("node-{letter}.log"));
        let log_file = File::create(&log).expect("there is room");
        let program = Program::new(stage, &["node", "--config"]).arg(zone(letter));
        let program = program
            .env("RAPTOR__TRANSPORT__LISTEN", address.to_string())
            .env("RAPTOR__CLUSTER__SEEDS", seeds.join(","))
            .env("RAPTOR__NODE__SLOTS", "4")
            .stderr(log_file);
        Self {
            address,
            running: change(program).start(),
            log,
        }
    }

    pub(crate) fn process(&self) -> Process {
        self.running.process
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("it is there")
    }

    /// Waits until it has said something so often.
    pub(crate) async fn said(&self, what: &str, times: usize) {
        let said = || (self.log().matches(what).count() >= times).then_some(());
        until(&format!("{what:?} from a node"), said).await;
    }

    /// Waits until it has met so many other nodes.
    pub(crate) async fn met(&self, others: usize) {
        self.said("a node is up", others).await;
    }

    /// Waits for its end, and gives its exit status.
    pub(crate) async fn end(self) -> Option<i32> {
        self.running.end().await.status
    }
}
