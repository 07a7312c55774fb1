//! An action as one content: its manifest and its files, known by the hash of their bytes.

mod cache;
pub(crate) mod contents;
mod directory;
mod parts;

#[cfg(test)]
mod tests;

pub(crate) use cache::{Action, BundleCache, UnpackError};
pub use contents::BUNDLE_FILES_MAX;
pub(crate) use contents::{Contents, File};
pub use directory::BundleError;
pub(crate) use parts::{Arrivals, Step};

use std::path::Path;

use bytes::Bytes;
use raptor_core::Digest;
use raptor_core::manifest::{Manifest, ManifestProblems};

use crate::wire;

/// The name of the manifest in an action's directory.
pub const MANIFEST_FILE: &str = "action-manifest.json";

/// Every node that flies an action keeps it, unpacked and as it came. OpenWhisk takes 48 MB of code.
pub const BUNDLE_BYTES_MAX: usize = 64 << 20;

/// Bundles up to this size are one message. Longer ones travel in parts of it, each asked for when
/// the one before has come.
pub(crate) const PART_BYTES_MAX: usize = 15 << 20;

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

    /// The action in a directory that has no manifest: its one function, described as in a manifest,
    /// and all files in the directory and below it. Its result is the function's value as it stands.
    ///
    /// ```no_run
    /// # use raptor_cluster::Bundle;
    /// let main = r#"{ "depends": [], "file": "__main__.py" }"#;
    /// let action = Bundle::single("hello".as_ref(), "main", main)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the description is refused, names a file that is not there, or if the directory holds what
    /// cannot be carried.
    pub fn single(directory: &Path, name: &str, function: &str) -> Result<Self, BundleError> {
        Ok(Self::pack(&directory::read_single(
            directory, name, function,
        )?))
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
            is_single: false,
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
