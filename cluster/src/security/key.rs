//! Keys: the secret that makes strangers peers, and what is derived from it for those who are less.

use std::fmt;
use std::str::FromStr;

use raptor_core::Role;
use snow::params::DHChoice;
use snow::resolvers::{CryptoResolver, DefaultResolver};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Both halves of the one Diffie-Hellman pair of a key have this many bytes (Curve25519).
pub(super) const POINT_BYTES: usize = 32;

/// What keeps the keys of each use apart, so that none can be computed from another (BLAKE3, key
/// derivation mode). The role's byte follows the first.
const PASS_CONTEXT: &str = "raptor 2026-11 pre-shared key of a role";
const STATIC_CONTEXT: &str = "raptor 2026-11 static key of the nodes";
const NAME_CONTEXT: &str = "raptor 2026-11 public name of a key";

/// 32 bytes that nobody else knows. They are wiped when dropped, and never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(super) struct Secret([u8; 32]);

impl Secret {
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn derive(&self, context: &str, more: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(&self.0).update(more);
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What names a key in logs and keeps sessions apart by it. It tells nothing of the secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName([u8; 8]);

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {self}")
    }
}

/// The key of a cluster: who has it is a node, may admit others, and can make [passes](Pass).
///
/// The join key of a single flight is of the same kind: its members are what nodes are to a cluster.
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterKey {
    secret: Secret,
    /// What only nodes have, and prove to those who dial them: derived from the secret once, as is
    /// its public half.
    nodes_private: Secret,
    nodes_public: [u8; POINT_BYTES],
}

/// What a client or an administrator has of a cluster's key: it opens the nodes' doors as far as its
/// role goes, and proves the nodes to its holder. Nobody can stand in for a node with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pass {
    role: Role,
    pre_shared: Secret,
    nodes_public: [u8; POINT_BYTES],
}

impl ClusterKey {
    /// A new key, from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let key = Self::of(Secret(bytes));
        bytes.zeroize();
        Ok(key)
    }

    fn of(secret: Secret) -> Self {
        let nodes_private = secret.derive(STATIC_CONTEXT, &[]);
        Self {
            nodes_public: public_of(&nodes_private),
            nodes_private,
            secret,
        }
    }

    /// What a client or an administrator gets.
    ///
    /// # Panics
    ///
    /// Panics for the role of a node: that is the key itself.
    pub fn pass(&self, role: Role) -> Pass {
        assert!(role != Role::Node, "nodes have the key itself");
        self.credential(role)
    }

    /// What opens the doors of this key's nodes to whoever claims `role`.
    pub(super) fn credential(&self, role: Role) -> Pass {
        Pass {
            role,
            pre_shared: self.pre_shared(role),
            nodes_public: self.nodes_public,
        }
    }

    /// What both ends of a handshake share if the initiator claims `role`.
    pub(super) fn pre_shared(&self, role: Role) -> Secret {
        self.secret.derive(PASS_CONTEXT, &[role_code(role)])
    }

    pub(super) fn nodes_private(&self) -> &Secret {
        &self.nodes_private
    }

    /// Its name in logs.
    pub fn name(&self) -> KeyName {
        name_of(&self.nodes_public)
    }
}

impl Pass {
    /// What its holder may claim to be.
    pub fn role(&self) -> Role {
        self.role
    }

    pub(super) fn pre_shared(&self) -> &Secret {
        &self.pre_shared
    }

    pub(super) fn nodes_public(&self) -> &[u8; POINT_BYTES] {
        &self.nodes_public
    }

    /// The name of the key that it was made from.
    pub fn name(&self) -> KeyName {
        name_of(&self.nodes_public)
    }
}

/// The byte of a role in handshakes and derivations. Frozen.
pub(crate) fn role_code(role: Role) -> u8 {
    match role {
        Role::Node => 1,
        Role::Client => 2,
        Role::Admin => 3,
        Role::Member(_) => 4,
    }
}

fn name_of(nodes_public: &[u8; POINT_BYTES]) -> KeyName {
    let hash = blake3::derive_key(NAME_CONTEXT, nodes_public);
    KeyName(*hash.first_chunk().expect("32 bytes begin with 8"))
}

fn public_of(private: &Secret) -> [u8; POINT_BYTES] {
    let mut pair = DefaultResolver
        .resolve_dh(&DHChoice::Curve25519)
        .expect("the resolver is built with Curve25519");
    pair.set(private.bytes());
    *pair.pubkey().first_chunk().expect("32 bytes")
}

/// A line of a key file was refused: failed to read a key because ...
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It begins with no kind of key.
    #[error("it begins with none of \"node:\", \"client:\" and \"admin:\"")]
    Kind,
    /// It is a pass, where the key itself is wanted.
    #[error("it is a pass, which makes no node and no member")]
    Pass,
    /// What follows the kind is not as many hexadecimal digits as it must be.
    #[error("a {kind} key has {digits} hexadecimal digits after the colon")]
    Digits {
        /// The kind.
        kind: &'static str,
        /// How many there must be.
        digits: usize,
    },
}

const NODE: &str = "node";
const CLIENT: &str = "client";
const ADMIN: &str = "admin";

/// A line of a key file.
pub(super) enum Line {
    Cluster(ClusterKey),
    Pass(Pass),
}

impl FromStr for Line {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (kind, digits) = text.split_once(':').ok_or(KeyError::Kind)?;
        let pass = |kind, role| {
            let (pre_shared, nodes_public) = digits.split_at_checked(64).unwrap_or_default();
            let of = |part| secret(part).ok_or(KeyError::Digits { kind, digits: 128 });
            Ok(Self::Pass(Pass {
                role,
                pre_shared: of(pre_shared)?,
                nodes_public: *of(nodes_public)?.bytes(),
            }))
        };
        match kind {
            NODE => {
                let error = KeyError::Digits {
                    kind: NODE,
                    digits: 64,
                };
                let secret = secret(digits).ok_or(error)?;
                Ok(Self::Cluster(ClusterKey::of(secret)))
            }
            CLIENT => pass(CLIENT, Role::Client),
            ADMIN => pass(ADMIN, Role::Admin),
            _ => Err(KeyError::Kind),
        }
    }
}

impl FromStr for ClusterKey {
    type Err = KeyError;

    /// Reads what [`ClusterKey::to_line`] has written.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text.parse()? {
            Line::Cluster(key) => Ok(key),
            Line::Pass(_) => Err(KeyError::Pass),
        }
    }
}

fn secret(digits: &str) -> Option<Secret> {
    let hash = blake3::Hash::from_hex(digits).ok()?;
    Some(Secret(*hash.as_bytes()))
}

fn hex(bytes: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*bytes).to_string()
}

impl ClusterKey {
    /// As a line of a key file. It tells the secret.
    pub fn to_line(&self) -> String {
        format!("{NODE}:{}", hex(self.secret.bytes()))
    }
}

impl Pass {
    /// As a line of a key file. It tells the secret.
    pub fn to_line(&self) -> String {
        let kind = match self.role {
            Role::Admin => ADMIN,
            Role::Client | Role::Member(_) | Role::Node => CLIENT,
        };
        let (pre_shared, public) = (hex(self.pre_shared.bytes()), hex(&self.nodes_public));
        format!("{kind}:{pre_shared}{public}")
    }
}

impl fmt::Debug for ClusterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterKey({})", self.name())
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pass({:?}, {})", self.role, self.name())
    }
}
