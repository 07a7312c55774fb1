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

/// The secret half of a new key has so many random bytes, and twice as many digits: 64 characters, as
/// those that OpenWhisk makes (`Secret.scala`).
const SECRET_BYTES: usize = 32;

impl NamespaceKey {
    /// The one that everybody knows.
    pub fn guest() -> Self {
        GUEST.parse().expect("it is written as all are")
    }

    /// A new key for a namespace, from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub fn generate(namespace: &NamespaceName) -> Result<Self, getrandom::Error> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret)?;
        Ok(Self {
            namespace: namespace.0.clone(),
            uuid: uuid::Uuid::new_v4().to_string(),
            key: secret.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Both halves, as clients give them: `UUID:KEY`. It tells the secret.
    pub fn credentials(&self) -> String {
        format!("{}:{}", self.uuid, self.key)
    }
}

/// The name of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceName(String);

impl NamespaceName {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text names no namespace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no name of a namespace: it begins with a letter, a digit or '_', goes on with those, '-', \
     '.' and '@', and is not \"_\" alone"
)]
pub struct NamespaceNameError(String);

impl FromStr for NamespaceName {
    type Err = NamespaceNameError;

    fn from_str(text: &str) -> Result<Self, NamespaceNameError> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_plain = |byte: u8| is_word(byte) || b"-.@".contains(&byte);
        // To clients, `_` is the caller's own.
        let is_name = text.bytes().next().is_some_and(is_word) && text != "_";
        (is_name && text.bytes().all(is_plain))
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| NamespaceNameError(text.to_owned()))
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
        let namespace: NamespaceName = namespace.parse().map_err(|_| NamespaceKeyError)?;
        let is_half = |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_graphic());
        if !is_half(uuid) || !is_half(key) {
            return Err(NamespaceKeyError);
        }
        Ok(Self {
            namespace: namespace.0,
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
