//! Key rings: the keys that a process holds, two of a kind while they are being exchanged.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, RwLock};

use raptor_core::{FlightId, Role};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::key::{ClusterKey, KeyError, KeyName, Line, Pass, Secret};

/// How many keys of the cluster are valid at once: the old one and the new one, while nodes change
/// from one to the other.
pub const KEYS_MAX: usize = 2;

/// The keys that a process holds.
///
/// The first is the one that it dials with; whoever dials may have any of them. To exchange the key of
/// a cluster without an interruption, give all nodes `old, new`, then all `new, old`, then all `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRing {
    /// Those of a node.
    Cluster(Vec<ClusterKey>),
    /// Those of a client or an administrator.
    Passes(Vec<Pass>),
}

/// A key file was refused: failed to read the keys because ...
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It says nothing sensible.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyTextError,
    },
}

/// The text of a key file was refused: failed to read it because ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// A line is no key.
    #[error("line {line} is no key: {source}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        source: KeyError,
    },
    /// It has no key, or too many.
    #[error("it has {count} keys, but 1 to {KEYS_MAX} must be in it")]
    Count {
        /// How many it has.
        count: usize,
    },
    /// It mixes keys of nodes with those of others.
    #[error("keys of different kinds are in it: a file has those of nodes, or of one other role")]
    Mixed,
}

impl KeyRing {
    /// A ring with one new key of a cluster.
    ///
    /// # Errors
    ///
    /// If the operating system has no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self::Cluster(vec![ClusterKey::generate()?]))
    }

    /// Reads a key file: a key a line, after it perhaps blank lines and comments, which begin with `#`.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds anything else.
    pub fn read(path: &Path) -> Result<Self, KeyRingError> {
        let text = std::fs::read_to_string(path).map_err(|source| KeyRingError::Unreadable {
            path: path.into(),
            source,
        })?;
        text.parse().map_err(|source| KeyRingError::File {
            path: path.into(),
            source,
        })
    }

    /// What a holder of this ring may hand to clients or administrators; `None` if it holds no key of
    /// the cluster.
    pub fn passes(&self, role: Role) -> Option<Self> {
        match self {
            Self::Cluster(keys) => {
                let passes = keys.iter().map(|key| key.pass(role));
                Some(Self::Passes(passes.collect()))
            }
            Self::Passes(_) => None,
        }
    }

    /// Whether a process with this ring may be `role`.
    pub fn allows(&self, role: Role) -> bool {
        match self {
            Self::Cluster(_) => true,
            Self::Passes(passes) => passes.iter().any(|pass| pass.role() == role),
        }
    }

    /// As the text of a key file. It tells the secrets.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let lines: Vec<_> = match self {
            Self::Cluster(keys) => keys.iter().map(ClusterKey::to_line).collect(),
            Self::Passes(passes) => passes.iter().map(Pass::to_line).collect(),
        };
        for line in lines {
            writeln!(text, "{line}").expect("strings take everything");
        }
        text
    }
}

impl FromStr for KeyRing {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let (mut keys, mut passes) = (Vec::new(), Vec::new());
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            match line.parse() {
                Ok(Line::Cluster(key)) => keys.push(key),
                Ok(Line::Pass(pass)) => passes.push(pass),
                Err(source) => {
                    return Err(KeyTextError::Line {
                        line: at + 1,
                        source,
                    });
                }
            }
        }
        let count = keys.len() + passes.len();
        let same_role = passes.windows(2).all(|two| two[0].role() == two[1].role());
        if !(1..=KEYS_MAX).contains(&count) {
            Err(KeyTextError::Count { count })
        } else if passes.is_empty() {
            Ok(Self::Cluster(keys))
        } else if keys.is_empty() && same_role {
            Ok(Self::Passes(passes))
        } else {
            Err(KeyTextError::Mixed)
        }
    }
}

/// A ring goes to the processes of a local cluster as the text of its file.
impl Serialize for KeyRing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for KeyRing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The keys of a running process: its ring, which may be exchanged, and the join keys of its flights.
///
/// Links look keys up in it from the node's thread; whoever exchanges the ring or opens a flight may be
/// on any.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    held: Arc<RwLock<Held>>,
}

#[derive(Debug)]
struct Held {
    ring: KeyRing,
    flights: BTreeMap<FlightId, ClusterKey>,
}

/// What an end needs to answer whoever claims a role, by one of the keys.
pub(super) struct Lock {
    pub(super) key: KeyName,
    pub(super) pre_shared: Secret,
    pub(super) private: Secret,
}

impl Keys {
    pub(crate) fn new(ring: KeyRing) -> Self {
        let flights = BTreeMap::new();
        Self {
            held: Arc::new(RwLock::new(Held { ring, flights })),
        }
    }

    /// Exchanges the ring. Sessions by keys that are no longer held must end: [`holds`](Self::holds).
    pub(crate) fn exchange(&self, ring: KeyRing) {
        self.write().ring = ring;
    }

    /// Lets members with this key take part in a flight, and dial as one.
    pub(crate) fn open_flight(&self, flight: FlightId, key: ClusterKey) {
        self.write().flights.insert(flight, key);
    }

    pub(crate) fn close_flight(&self, flight: FlightId) {
        self.write().flights.remove(&flight);
    }

    /// Whether a session by this key may go on.
    pub(crate) fn holds(&self, name: KeyName) -> bool {
        let held = self.read();
        let in_ring = match &held.ring {
            KeyRing::Cluster(keys) => keys.iter().any(|key| key.name() == name),
            KeyRing::Passes(passes) => passes.iter().any(|pass| pass.name() == name),
        };
        in_ring || held.flights.values().any(|key| key.name() == name)
    }

    /// What to dial with, in that role.
    pub(super) fn to_dial(&self, role: Role) -> Option<Pass> {
        let held = self.read();
        if let Role::Member(flight) = role {
            return Some(held.flights.get(&flight)?.credential(role));
        }
        match &held.ring {
            KeyRing::Cluster(keys) => Some(keys.first()?.credential(role)),
            KeyRing::Passes(passes) => passes.iter().find(|pass| pass.role() == role).cloned(),
        }
    }

    /// What to try on whoever claims that role.
    pub(super) fn to_accept(&self, role: Role) -> Vec<Lock> {
        let held = self.read();
        let lock = |key: &ClusterKey| Lock {
            key: key.name(),
            pre_shared: key.pre_shared(role),
            private: key.nodes_private().clone(),
        };
        match (role, &held.ring) {
            (Role::Member(flight), _) => held.flights.get(&flight).map(lock).into_iter().collect(),
            (_, KeyRing::Cluster(keys)) => keys.iter().map(lock).collect(),
            (_, KeyRing::Passes(_)) => Vec::new(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Held> {
        self.held.read().expect("nobody panics while it holds keys")
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Held> {
        self.held
            .write()
            .expect("nobody panics while it holds keys")
    }
}
