//! What functions give: bytes with the hash of their content.

use std::fmt;

use bytes::Bytes;

/// The BLAKE3 hash of a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The hash of `content`.
    pub fn of(content: &[u8]) -> Self {
        Self(*blake3::hash(content).as_bytes())
    }

    /// A digest that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    /// All of it, in lowercase hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    /// The first four bytes: enough to tell values apart in a trace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#")?;
        self.0[..4]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The value of a function: the JSON text that it gave, known by its content.
///
/// Two values are equal exactly if their digests are, whichever member computed them.
#[derive(Clone)]
pub struct Value {
    digest: Digest,
    body: Bytes,
}

impl Value {
    /// A value of this content.
    pub fn new(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self {
            digest: Digest::of(&body),
            body,
        }
    }

    /// The hash of the content.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The content.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Value {}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({:?}, {} B)", self.digest, self.body.len())
    }
}
