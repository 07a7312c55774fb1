//! The far process: this program again, which answers whatever it is asked.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use raptor_cluster::security::Security;
use serde::{Deserialize, Serialize};

use super::{actors, nodes, stack, tcp};
use crate::bench::Failure;

/// What stands on the command line of a process that is to be it.
pub(crate) const FAR_WORD: &str = "messaging-far";

/// What the far process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Answers actors, plain TCP and the bare SCTP stack.
    All,
    /// Is a node, and nothing else.
    Node,
    /// Answers plain TCP, and nothing else.
    Tcp,
}

impl Service {
    const ALL: [Self; 3] = [Self::All, Self::Node, Self::Tcp];

    fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Node => "node",
            Self::Tcp => "tcp",
        }
    }

    fn has(self, other: Self) -> bool {
        self == other || self == Self::All
    }
}

/// Where the far process is reached; it prints them when it is up.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Addresses {
    node: Option<SocketAddr>,
    tcp: Option<SocketAddr>,
    stack: Option<SocketAddr>,
}

/// The far process, as the near one sees it. Dropping it ends it.
pub(super) struct Far {
    child: Child,
    security: Security,
    addresses: Addresses,
}

impl Far {
    /// Starts it. It shares the near one's processors and network, and does not outlive it.
    pub(super) fn start(service: Service) -> Result<Self, Failure> {
        let mut command = Command::new("/proc/self/exe");
        command.args([FAR_WORD, service.word()]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().expect("it is piped");
        let mut far = Self {
            child,
            security: Security::generate()?,
            addresses: Addresses::default(),
        };
        let input = far.child.stdin.as_mut().expect("it is piped");
        writeln!(input, "{}", serde_json::to_string(&far.security)?)?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        far.addresses = serde_json::from_str(&line)
            .map_err(|error| format!("hear from the far process: {error}"))?;
        Ok(far)
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        Ok(kill(Pid::from_raw(self.pid().cast_signed()), signal)?)
    }

    /// The keys of its cluster.
    pub(super) fn security(&self) -> &Security {
        &self.security
    }

    /// Where its node listens.
    pub(super) fn node(&self) -> SocketAddr {
        self.addresses.node.expect("it is a node")
    }

    /// Where plain TCP is answered.
    pub(super) fn tcp(&self) -> SocketAddr {
        self.addresses.tcp.expect("it answers TCP")
    }

    /// Where the bare stack is answered.
    pub(super) fn stack(&self) -> SocketAddr {
        self.addresses.stack.expect("it answers the stack")
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        // It may be stopped, or gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The far process.
pub(crate) fn main(mut words: impl Iterator<Item = OsString>) -> ExitCode {
    let word = words.next().unwrap_or_default();
    let service = Service::ALL.into_iter().find(|it| it.word() == word);
    match serve(service.unwrap_or(Service::All)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadtest: failed to {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the near process is gone.
fn serve(service: Service) -> Result<(), Failure> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let security = serde_json::from_str(&line)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build()?;
    let mut addresses = Addresses::default();
    if service.has(Service::Tcp) {
        addresses.tcp = Some(runtime.block_on(tcp::serve())?);
    }
    actix::System::new().block_on(async move {
        if service.has(Service::All) {
            addresses.stack = Some(stack::serve()?);
        }
        let node = match service.has(Service::Node) {
            true => Some(nodes::start("far", security).await?),
            false => None,
        };
        if let Some(node) = &node {
            actors::start(node);
            addresses.node = Some(node.address());
        }
        let line = serde_json::to_string(&addresses)?;
        writeln!(io::stdout(), "{line}")?;
        near_is_gone().await;
        Ok(())
    })
}

/// Resolves when standard input ends, which the near process holds.
async fn near_is_gone() {
    let mut input = tokio::io::stdin();
    // Nothing more is ever written to it.
    let _ = tokio::io::copy(&mut input, &mut tokio::io::sink()).await;
}
