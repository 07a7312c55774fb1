//! Hosts of their own on one network: network namespaces on a bridge, as containers are.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The port on which the nodes of such hosts listen.
const PORT: u16 = 9899;

/// A network with a host for each of some letters. Dropping it takes it away.
pub(crate) struct Lan {
    /// What the names of its namespaces begin with.
    name: String,
    letters: Vec<char>,
}

/// An address of a host on it.
pub(crate) fn address(host: u8) -> SocketAddr {
    (Ipv4Addr::new(10, 78, 0, host), PORT).into()
}

fn ip(words: &str) -> Result<(), String> {
    let ran = Command::new("ip").args(words.split(' ')).output();
    let ran = ran.map_err(|error| format!("ip cannot be started: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ran.status
        .success()
        .then_some(())
        .ok_or_else(|| format!("ip {words}: {said}"))
}

impl Lan {
    /// A host for each letter: the first has address 1, and so on.
    ///
    /// # Errors
    /// This machine has no namespaces for this process.
    pub(crate) fn lay(letters: &[char]) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let lan = Self {
            name: format!("raptor-{}-{count}", std::process::id()),
            letters: letters.to_vec(),
        };
        let hub = lan.hub();
        ip(&format!("netns add {hub}"))?;
        ip(&format!("-n {hub} link add bridge type bridge"))?;
        ip(&format!("-n {hub} link set bridge up"))?;
        for (letter, host) in letters.iter().zip(1..) {
            let namespace = lan.namespace(*letter);
            ip(&format!("netns add {namespace}"))?;
            ip(&format!(
                "-n {hub} link add to-{letter} type veth peer name eth0 netns {namespace}"
            ))?;
            ip(&format!("-n {hub} link set to-{letter} master bridge up"))?;
            ip(&format!("-n {namespace} link set lo up"))?;
            lan.connect(*letter, host);
        }
        Ok(lan)
    }

    fn hub(&self) -> String {
        format!("{}-hub", self.name)
    }

    /// The network namespace that is the host of a letter.
    pub(crate) fn namespace(&self, letter: char) -> String {
        format!("{}-{letter}", self.name)
    }

    /// Takes a host off the network, with its address.
    pub(crate) fn disconnect(&self, letter: char) {
        let namespace = self.namespace(letter);
        self.run(&format!("-n {namespace} address flush dev eth0"));
        self.run(&format!("-n {namespace} link set eth0 down"));
    }

    /// Puts a host on the network at an address.
    pub(crate) fn connect(&self, letter: char, host: u8) {
        let namespace = self.namespace(letter);
        let ip = address(host).ip();
        self.run(&format!("-n {namespace} link set eth0 up"));
        self.run(&format!("-n {namespace} address add {ip}/24 dev eth0"));
    }

    fn run(&self, words: &str) {
        ip(words).unwrap_or_else(|why| panic!("{}: {why}", self.name));
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        let hosts = self.letters.iter().map(|letter| self.namespace(*letter));
        for namespace in hosts.chain([self.hub()]) {
            // What was not made cannot be taken away.
            let _ = ip(&format!("netns del {namespace}"));
        }
    }
}
