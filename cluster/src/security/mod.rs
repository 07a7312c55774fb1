//! Who may speak with us, and that nobody listens: the keys, and the Noise sessions made with them.
//!
//! Every association begins with a handshake `Noise_NKpsk0_25519_AESGCM_SHA256` (the Noise Protocol
//! Framework, revision 34), by crate `snow`. Both ends prove that they have the key of the claimed role;
//! the answering end proves besides that it is a node, and not just another holder of a client's pass.
//! Everything that the handshake says in the clear is its prologue, so whoever changes a bit of it on
//! the way has no session. Every message after it is sealed: encrypted, and bound to its place
//! in its stream, so that none can be changed, replayed, moved or left out unnoticed.
//!
//! What this does not give: nodes of a cluster all have its key, so a node that was taken over can speak
//! for any other; and who is on the path can always keep messages from arriving, or end an association.

mod handshake;
mod key;
mod ring;
mod seal;

pub(crate) use handshake::{HandshakeError, Initiator, NONCE_BYTES, Responder};
pub(crate) use key::role_code;
pub use key::{ClusterKey, KeyError, KeyName, Pass};
pub(crate) use ring::Keys;
pub use ring::{KEYS_MAX, KeyRing, KeyRingError, KeyTextError};
pub(crate) use seal::{OpenError, SEAL_BYTES_MAX, Seal};

use raptor_core::Role;
use serde::{Deserialize, Serialize};

/// How a process protects what it says to its peers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Security {
    /// By keys: peers are authenticated, and nobody else can read or change what they say.
    Keys(KeyRing),
    /// Not at all: whoever reaches the port is a peer. For tests, and for networks that protect it
    /// themselves; only on the loopback.
    None,
}

impl Security {
    /// By a new key, which nobody else has.
    ///
    /// # Errors
    ///
    /// If the operating system has no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        KeyRing::generate().map(Self::Keys)
    }

    /// Whether peers are authenticated.
    pub fn authenticates(&self) -> bool {
        match self {
            Self::Keys(_) => true,
            Self::None => false,
        }
    }

    /// What a client or administrator needs to speak with those who are protected so.
    pub fn for_role(&self, role: Role) -> Self {
        match self {
            Self::Keys(ring) => Self::Keys(ring.passes(role).unwrap_or_else(|| ring.clone())),
            Self::None => Self::None,
        }
    }
}

/// The protection of a running process.
#[derive(Clone, Debug)]
pub(crate) enum Protection {
    Noise(Keys),
    Clear,
}

impl From<&Security> for Protection {
    fn from(security: &Security) -> Self {
        match security {
            Security::Keys(ring) => Self::Noise(Keys::new(ring.clone())),
            Security::None => Self::Clear,
        }
    }
}

impl Protection {
    /// Its byte in handshakes. Frozen.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Clear => 0,
            Self::Noise(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests;
