//! What cannot be read.

/// A part of a request is not what it must be; the text says what, in OpenWhisk's words where it
/// has some. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// It is of another type or form.
    #[error("The request content was malformed:\n{0}")]
    Content(String),
    /// It can be read, and says what cannot be.
    #[error("{0}")]
    Refused(String),
}

impl Malformed {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self::Content(what.into())
    }

    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::Refused(what.into())
    }
}
