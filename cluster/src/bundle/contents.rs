//! What a bundle holds.

use bytes::Bytes;

/// More files than any action needs; unpacking makes each of them.
pub const BUNDLE_FILES_MAX: usize = 10_000;

/// What a bundle holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The text of the manifest.
    pub(crate) manifest: String,
    /// Whether the action came without one: then its result is its one function's value.
    pub(crate) is_single: bool,
    /// Every other file, by its path.
    pub(crate) files: Vec<File>,
}

/// One file of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its path in the action's directory, with `/` between the names.
    pub(crate) path: String,
    /// Whether it can be executed.
    pub(crate) executable: bool,
    /// What is in it.
    pub(crate) content: Bytes,
}
