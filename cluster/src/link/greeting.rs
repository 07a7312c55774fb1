//! The greeting: the first two messages of a link, on the stream of the link itself.
//!
//! The end that dialed sends an *opening*, in which it says who it is; the other judges it and sends an
//! *answer*: who it is itself, or why it refuses. The first end judges that, and its next message
//! welcomes the peer or refuses it. Who was not spoken to says nothing: an end that accepted an
//! association is silent until an opening comes that was made with a key of ours.
//!
//! **These bytes are frozen across protocol versions**: it is here that versions are negotiated. New
//! fields go to the end of a payload, where older readers do not look; fields are never removed and
//! never change their meaning. Numbers are little-endian and of fixed size, texts are a length in 8
//! bytes and UTF-8.
//!
//! An opening:
//!
//! | bytes | what |
//! | --- | --- |
//! | 6 | `RAPTOR` |
//! | 1 | 1: an opening |
//! | 1 | 0: in the clear; 1: by `Noise_NKpsk0_25519_AESGCM_SHA256` |
//! | 1 | the role that the peer claims: 1 node, 2 client, 3 administrator, 4 member of one flight |
//! | 16 | the flight of a member; 0 for others |
//! | 32 | never used again: the ephemeral key, or random |
//! | .. | [`Hello`], encrypted |
//!
//! All before the last two are the handshake's prologue. An answer:
//!
//! | bytes | what |
//! | --- | --- |
//! | 6 | `RAPTOR` |
//! | 1 | 2: an answer |
//! | .. | encrypted: 1 and [`Hello`], or 2 and a reason for a refusal |

use raptor_core::{FlightId, Role};

use super::hello::{Hello, append, read};
use crate::security::{NONCE_BYTES, Protection, role_code};
use crate::transport::Ppid;

/// Marks the greeting's messages: `RPT`, and zero where others have their version.
pub(super) const GREETING_PPID: Ppid = Ppid(0x5250_5400);

/// What opens every greeting, so that a stranger of another protocol is recognised at once.
const MAGIC: [u8; 6] = *b"RAPTOR";

const OPENING: u8 = 1;
const ANSWER: u8 = 2;

const WELCOME: u8 = 1;
const REFUSAL: u8 = 2;

/// Everything of an opening that is not encrypted, but for the nonce.
const PROLOGUE_BYTES: usize = MAGIC.len() + 3 + 16;

/// A refusal's reason is for people to read.
pub(super) const REASON_BYTES_MAX: usize = 1024;

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
    Name(#[from] raptor_core::NameError),
}

/// An opening as it arrives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opening<'a> {
    pub(super) prologue: &'a [u8],
    pub(super) protection: u8,
    pub(super) role: Role,
    pub(super) nonce: [u8; NONCE_BYTES],
    /// The nonce and what follows it.
    pub(super) body: &'a [u8],
}

/// The clear beginning of an opening.
pub(super) fn prologue(protection: &Protection, role: Role) -> Vec<u8> {
    let flight = match role {
        Role::Member(flight) => flight.0,
        Role::Node | Role::Client | Role::Admin => 0,
    };
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[OPENING, protection.code(), role_code(role)]);
    bytes.extend_from_slice(&flight.to_le_bytes());
    bytes
}

/// A message of the greeting as it arrives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Greeting<'a> {
    Opening(Opening<'a>),
    Answer(&'a [u8]),
}

impl<'a> Greeting<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, GreetingError> {
        let malformed = |what: &str| GreetingError::Malformed(what.into());
        let rest = bytes.strip_prefix(&MAGIC).ok_or(GreetingError::Magic)?;
        match rest.split_first() {
            Some((&ANSWER, body)) => Ok(Self::Answer(body)),
            Some((&OPENING, _)) => {
                let (prologue, body) = bytes
                    .split_at_checked(PROLOGUE_BYTES)
                    .ok_or_else(|| malformed("its opening is cut"))?;
                let nonce = body
                    .first_chunk()
                    .ok_or_else(|| malformed("its opening is cut"))?;
                let (&[protection, role], flight) = prologue[MAGIC.len() + 1..]
                    .split_first_chunk()
                    .expect("the prologue is whole");
                let flight = u128::from_le_bytes(*flight.first_chunk().expect("it is whole"));
                Ok(Self::Opening(Opening {
                    prologue,
                    protection,
                    role: role_of(role, flight).ok_or_else(|| malformed("its role is unknown"))?,
                    nonce: *nonce,
                    body,
                }))
            }
            Some((&unknown, _)) => Err(GreetingError::Kind(unknown)),
            None => Err(malformed("it has no kind")),
        }
    }
}

fn role_of(code: u8, flight: u128) -> Option<Role> {
    let roles = [
        Role::Node,
        Role::Client,
        Role::Admin,
        Role::Member(FlightId(flight)),
    ];
    roles.into_iter().find(|&role| role_code(role) == code)
}

/// Puts an answer's sealed payload into its message.
pub(super) fn answer(sealed: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.push(ANSWER);
    bytes.extend_from_slice(sealed);
    bytes
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Welcome(Hello),
    Refusal(String),
}

impl Verdict {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Welcome(hello) => {
                let mut bytes = vec![WELCOME];
                bytes.extend(hello.encode());
                bytes
            }
            Self::Refusal(reason) => {
                let mut bytes = vec![REFUSAL];
                append(&mut bytes, shortened(reason));
                bytes
            }
        }
    }

    pub(super) fn decode(bytes: &[u8], role: Role) -> Result<Self, GreetingError> {
        match bytes.split_first() {
            Some((&WELCOME, hello)) => Hello::decode(hello, role).map(Self::Welcome),
            Some((&REFUSAL, reason)) => Ok(Self::Refusal(read(reason)?)),
            Some((&unknown, _)) => Err(GreetingError::Kind(unknown)),
            None => Err(GreetingError::Malformed("it is empty".into())),
        }
    }
}

/// As much of a reason as is sent, cut between characters.
pub(super) fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)]
}

#[cfg(test)]
#[path = "greeting_tests.rs"]
mod tests;
