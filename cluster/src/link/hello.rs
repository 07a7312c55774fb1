//! The greeting: the first messages of a link, on the control stream, in both directions.
//!
//! Each end says [`Hello`], judges the other's, and answers [`Greeting::Welcome`] or
//! [`Greeting::Refusal`]. An end that was welcomed may send envelopes; so whoever receives an envelope
//! has judged its sender before, in whatever order the streams deliver.
//!
//! **These bytes are frozen across protocol versions**: it is here that versions are negotiated. New
//! fields go to the end, where older readers do not look; fields are never removed and never change
//! their meaning. Numbers are little-endian and of fixed size, texts are a length in 8 bytes and UTF-8.
//!
//! | bytes | what |
//! | --- | --- |
//! | 6 | `RAPTOR` |
//! | 1 | 1 hello, 2 welcome, 3 refusal |
//! | .. | the fields of `HelloBytes`, or the refusal's reason; nothing for a welcome |

use std::net::SocketAddr;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian, standard};
use bincode::{Decode, Encode};
use raptor_core::{FlightId, Incarnation, NameError, NodeRecord, Role};

use super::version::VersionRange;
use crate::transport::Ppid;
use raptor_core::ClusterName;

/// Marks the greeting's messages: `RPT`, and zero where others have their version.
pub(super) const GREETING_PPID: Ppid = Ppid(0x5250_5400);

/// What opens every greeting, so that a stranger of another protocol is recognised at once.
const MAGIC: [u8; 6] = *b"RAPTOR";

const HELLO: u8 = 1;
const WELCOME: u8 = 2;
const REFUSAL: u8 = 3;

const ROLE_NODE: u8 = 1;
const ROLE_CLIENT: u8 = 2;
const ROLE_ADMIN: u8 = 3;
const ROLE_MEMBER: u8 = 4;

/// No field of a greeting is longer: names have 64 bytes, reasons are cut to
/// [`REASON_BYTES_MAX`], and the limit keeps a hostile length from costing memory.
const DECODE_BYTES_MAX: usize = 4096;

/// A refusal's reason is for people to read.
const REASON_BYTES_MAX: usize = 1024;

/// Who an end of a link is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The protocol versions that it speaks.
    pub versions: VersionRange,
    /// The cluster that it belongs to.
    pub cluster: ClusterName,
    /// Its name, failure domain and life. Clients have them too.
    pub record: NodeRecord,
    /// What it may ask for.
    pub role: Role,
    /// The longest message that it receives, in bytes.
    pub message_bytes_max: u32,
    /// Where it can be reached.
    pub address: SocketAddr,
}

/// One message of the greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    Hello(Hello),
    Welcome,
    Refusal(String),
}

/// A greeting was not understood: failed to read it because ... Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GreetingError {
    /// It does not begin as ours do. Nothing of it is kept.
    #[error("it is not raptor's protocol")]
    Magic,
    /// Its kind is not one that any version knows. Nothing of it is kept.
    #[error("it is of the unknown kind {0}")]
    Kind(u8),
    /// It ends too early, or a field does not decode. Nothing of it is kept.
    #[error("it is malformed: {0}")]
    Malformed(String),
    /// A name in it is none. Nothing of it is kept.
    #[error(transparent)]
    Name(#[from] NameError),
}

#[derive(Encode, Decode)]
struct HelloBytes {
    version_min: u8,
    version_max: u8,
    cluster: String,
    node: String,
    zone: String,
    incarnation: u64,
    role: u8,
    message_bytes_max: u32,
    address: String,
    /// The flight of a member; 0 for all others.
    flight: u128,
}

fn configuration() -> Configuration<LittleEndian, Fixint, Limit<DECODE_BYTES_MAX>> {
    standard()
        .with_fixed_int_encoding()
        .with_limit::<DECODE_BYTES_MAX>()
}

impl Greeting {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        match self {
            Self::Hello(hello) => {
                bytes.push(HELLO);
                append(&mut bytes, HelloBytes::from(hello));
            }
            Self::Welcome => bytes.push(WELCOME),
            Self::Refusal(reason) => {
                bytes.push(REFUSAL);
                append(
                    &mut bytes,
                    &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)],
                );
            }
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, GreetingError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(GreetingError::Magic)?;
        let (&kind, fields) = rest
            .split_first()
            .ok_or_else(|| GreetingError::Malformed("it has no kind".into()))?;
        match kind {
            HELLO => Hello::try_from(read::<HelloBytes>(fields)?).map(Self::Hello),
            WELCOME => Ok(Self::Welcome),
            REFUSAL => Ok(Self::Refusal(read(fields)?)),
            unknown => Err(GreetingError::Kind(unknown)),
        }
    }
}

fn append(bytes: &mut Vec<u8>, fields: impl Encode) {
    let mut encoded = bincode::encode_to_vec(fields, configuration());
    let encoded = encoded
        .as_mut()
        .expect("numbers and short texts always encode");
    bytes.append(encoded);
}

/// Reads the fields that this version knows, and leaves what follows them.
fn read<T: Decode<()>>(bytes: &[u8]) -> Result<T, GreetingError> {
    bincode::decode_from_slice::<T, _>(bytes, configuration())
        .map(|(fields, _)| fields)
        .map_err(|error| GreetingError::Malformed(error.to_string()))
}

impl From<&Hello> for HelloBytes {
    fn from(hello: &Hello) -> Self {
        Self {
            version_min: hello.versions.min(),
            version_max: hello.versions.max(),
            cluster: hello.cluster.to_string(),
            node: hello.record.node.to_string(),
            zone: hello.record.zone.to_string(),
            incarnation: hello.record.incarnation.0,
            role: match hello.role {
                Role::Node => ROLE_NODE,
                Role::Client => ROLE_CLIENT,
                Role::Admin => ROLE_ADMIN,
                Role::Member(_) => ROLE_MEMBER,
            },
            message_bytes_max: hello.message_bytes_max,
            address: hello.address.to_string(),
            flight: match hello.role {
                Role::Member(flight) => flight.0,
                Role::Node | Role::Client | Role::Admin => 0,
            },
        }
    }
}

impl TryFrom<HelloBytes> for Hello {
    type Error = GreetingError;

    fn try_from(bytes: HelloBytes) -> Result<Self, GreetingError> {
        let malformed = |what: &str| GreetingError::Malformed(what.into());
        Ok(Self {
            versions: VersionRange::new(bytes.version_min, bytes.version_max)
                .ok_or_else(|| malformed("its range of versions is empty"))?,
            cluster: bytes.cluster.parse()?,
            record: NodeRecord {
                node: bytes.node.parse()?,
                zone: bytes.zone.parse()?,
                incarnation: Incarnation(bytes.incarnation),
            },
            role: match bytes.role {
                ROLE_NODE => Role::Node,
                ROLE_CLIENT => Role::Client,
                ROLE_ADMIN => Role::Admin,
                ROLE_MEMBER => Role::Member(FlightId(bytes.flight)),
                _ => return Err(malformed("its role is unknown")),
            },
            message_bytes_max: bytes.message_bytes_max,
            address: bytes
                .address
                .parse()
                .map_err(|_| malformed("its address is none"))?,
        })
    }
}

#[cfg(test)]
#[path = "hello_tests.rs"]
mod tests;
