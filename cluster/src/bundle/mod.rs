//! An action as one content: its manifest and its files, known by the hash of their bytes.

mod cache;
pub(crate) mod contents;
mod directory;

#[cfg(test)]
mod tests;

pub(crate) use cache::{Action, BundleCache, UnpackError};
pub use contents::BUNDLE_FILES_MAX;
pub(crate) use contents::{Contents, File};
pub use directory::BundleError;

use std::path::Path;

use bytes::Bytes;
use raptor_core::Digest;
use raptor_core::manifest::{Manifest, ManifestProblems};

use crate::wire;

/// The name of the manifest in an action's directory.
pub const MANIFEST_FILE: &str = "action-manifest.json";

/// A bundle is one message, and every node that flies the action keeps it unpacked.
pub const BUNDLE_BYTES_MAX: usize = 15 << 20;

/// Bundles up to this size travel with the request: sending them takes less time than being asked.
pub(crate) const INLINE_BYTES_MAX: usize = 8 << 10;

/// An action's manifest and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    digest: Digest,
    bytes: Bytes,
}

impl Bundle {
    /// The action in a directory: its `action-manifest.json` and all files beside and below it;
    /// with the manifest, read.
    ///
    /// # Errors
    ///
    /// If the manifest is missing or refused, names a file that is not there, or if the directory
    /// holds what cannot be carried.
    pub fn from_directory(directory: &Path) -> Result<(Self, Manifest), BundleError> {
        let (contents, manifest) = directory::read(directory)?;
        Ok((Self::pack(&contents), manifest))
    }

    /// An action without files: all its functions are programs that the nodes have.
    ///
    /// # Errors
    ///
    /// If the manifest is refused.
    pub fn from_manifest(manifest: &str) -> Result<Self, ManifestProblems> {
        Manifest::parse(manifest)?;
        Ok(Self::pack(&Contents {
            manifest: manifest.to_owned(),
            files: Vec::new(),
        }))
    }

    /// A bundle that came over the wire, not yet looked into.
    pub(crate) fn from_bytes(bytes: Bytes) -> Self {
        Self {
            digest: Digest::of(&bytes),
            bytes,
        }
    }

    fn pack(contents: &Contents) -> Self {
        Self::from_bytes(wire::encode_bundle(contents))
    }

    /// The hash by which nodes know it.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}
