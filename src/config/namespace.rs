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
