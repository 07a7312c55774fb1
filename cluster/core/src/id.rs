//! What things are called. Every identity is a type of its own.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A function's place in its manifest, from zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionIndex(pub u16);

impl FunctionIndex {
    /// As an index into a table of all functions.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for FunctionIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "f{}", self.0)
    }
}

/// A member's place in its flight: 0 leads, the others follow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberIndex(pub u16);

impl MemberIndex {
    /// The member that leads.
    pub const LEADER: Self = Self(0);

    /// As an index into a table of all members.
    pub const fn at(self) -> usize {
        self.0 as usize
    }

    /// Whether it is the one that leads.
    pub const fn leads(self) -> bool {
        self.0 == Self::LEADER.0
    }
}

impl fmt::Debug for MemberIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m{}", self.0)
    }
}

/// One execution of one function by one member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    /// The member that makes it.
    pub member: MemberIndex,
    /// Counts that member's attempts in this flight, from zero.
    pub number: u32,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.member.0, self.number)
    }
}

impl fmt::Debug for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{self}")
    }
}

/// A flight, and the activation that it serves: the two have one name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlightId(pub u128);

impl fmt::Display for FlightId {
    /// 32 hexadecimal digits, as OpenWhisk writes activation ids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for FlightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flight {self}")
    }
}

/// Which life of a node: later lives have greater numbers.
///
/// Nodes take the time of their start in microseconds since the UNIX epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub u64);

/// What a peer may ask for. Its key proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A node of the cluster: it flies, reports, and takes part in the membership.
    Node,
    /// A program that invokes actions and reads their results, and nothing else.
    Client,
    /// Who runs the cluster: it invokes as clients do, and administers.
    Admin,
    /// A member of this one flight, which shares no key of the cluster: it takes part in the flight
    /// and in nothing else.
    Member(FlightId),
}

/// A name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no name: use 1 to {} of the characters a-z, A-Z, 0-9, '-', '_' and '.'",
    NAME_BYTES_MAX
)]
pub struct NameError {
    text: String,
}

/// Names stand in log lines, metric labels and every hello.
const NAME_BYTES_MAX: usize = 64;

macro_rules! name {
    ($(#[$meta:meta])* $type:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(Arc<str>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let fits = (1..=NAME_BYTES_MAX).contains(&text.len());
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                if fits && text.bytes().all(plain) {
                    Ok(Self(text.into()))
                } else {
                    Err(NameError { text: text.into() })
                }
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A node's name, unique in its cluster.
    NodeId
}

name! {
    /// A failure domain, such as an availability zone.
    Zone
}

name! {
    /// A cluster's name. Nodes of different clusters refuse each other.
    ClusterName
}

impl Default for ClusterName {
    /// `raptor`.
    fn default() -> Self {
        Self("raptor".into())
    }
}

/// Who a node is: its name, where it stands, and which life of it this is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRecord {
    /// Its name.
    pub node: NodeId,
    /// Its failure domain.
    pub zone: Zone,
    /// Its life.
    pub incarnation: Incarnation,
}
