//! Namespaces and their keys.

use std::fmt;
use std::str::FromStr;

/// The key that OpenWhisk publishes for its namespace `guest` (`ansible/files/auth.guest`).
const GUEST: &str = "guest=23bc46b1-71f6-4ed5-8c54-816aa4f8c502:\
                     123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP";

/// A namespace, and what opens it: the two halves of a key as OpenWhisk has them.
#[derive(Clone, PartialEq, Eq)]
pub struct NamespaceKey {
    /// The namespace.
    pub namespace: String,
    /// The public half.
    pub uuid: String,
    /// The secret half.
    pub key: String,
}

impl NamespaceKey {
    /// The one that everybody knows.
    pub fn guest() -> Self {
        GUEST.parse().expect("it is written as all are")
    }
}

impl fmt::Debug for NamespaceKey {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            namespace, uuid, ..
        } = self;
        write!(f, "{namespace}={uuid}:...")
    }
}

/// The text is no namespace with a key. It is not repeated: it may hold one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("takes namespaces with their keys, such as \"shop=UUID:KEY\"")]
pub struct NamespaceKeyError;

impl FromStr for NamespaceKey {
    type Err = NamespaceKeyError;

    fn from_str(text: &str) -> Result<Self, NamespaceKeyError> {
        let (namespace, credentials) = text.split_once('=').ok_or(NamespaceKeyError)?;
        let (uuid, key) = credentials.split_once(':').ok_or(NamespaceKeyError)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
        let is_name = !namespace.is_empty() && namespace.bytes().all(plain) && namespace != "_";
        let is_half = |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_graphic());
        if !is_name || !is_half(uuid) || !is_half(key) {
            return Err(NamespaceKeyError);
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            uuid: uuid.to_owned(),
            key: key.to_owned(),
        })
    }
}

/// How much a namespace may ask of one node, where that is not what others may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceLimits {
    /// The namespace.
    pub namespace: String,
    /// Invocations a minute, if it differs in that.
    pub invocations_per_minute: Option<u32>,
    /// Activations at once, if it differs in that.
    pub concurrent_invocations: Option<u32>,
}

/// The text is no namespace with limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "takes namespaces with their limits, such as \"shop: invocations_per_minute=6000 \
     concurrent_invocations=500\", not {text:?}"
)]
pub struct NamespaceLimitsError {
    text: String,
}

impl FromStr for NamespaceLimits {
    type Err = NamespaceLimitsError;

    fn from_str(text: &str) -> Result<Self, NamespaceLimitsError> {
        let refused = || NamespaceLimitsError {
            text: text.to_owned(),
        };
        let (namespace, given) = text.split_once(':').ok_or_else(refused)?;
        let mut limits = Self {
            namespace: namespace.trim().to_owned(),
            invocations_per_minute: None,
            concurrent_invocations: None,
        };
        for limit in given.split_whitespace() {
            let (name, value) = limit.split_once('=').ok_or_else(refused)?;
            let place = match name {
                "invocations_per_minute" => &mut limits.invocations_per_minute,
                "concurrent_invocations" => &mut limits.concurrent_invocations,
                _ => return Err(refused()),
            };
            let value = value.parse().map_err(|_| refused())?;
            if place.replace(value).is_some() {
                return Err(refused());
            }
        }
        let has_some = limits
            .invocations_per_minute
            .or(limits.concurrent_invocations);
        has_some.map(|_| limits).ok_or_else(refused)
    }
}
