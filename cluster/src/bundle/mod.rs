//! An action as one content: its manifest and its files, known by the hash of their bytes.

mod cache;
pub(crate) mod contents;
mod directory;
mod in_place;
mod parts;

#[cfg(test)]
mod tests;

pub(crate) use cache::{Action, BundleCache, UnpackError};
pub use contents::BUNDLE_FILES_MAX;
pub(crate) use contents::{Contents, File};
pub use directory::BundleError;
pub use in_place::IN_PLACE_BYTES_MAX;
pub(crate) use in_place::InPlace;
pub(crate) use parts::{Arrivals, Step};

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use raptor_core::Digest;
use raptor_core::manifest::{Manifest, ManifestProblems};

use crate::wire;

/// The name of the manifest in an action's directory.
pub const MANIFEST_FILE: &str = "action-manifest.json";

/// Every node that flies an action keeps it, unpacked and as it came. OpenWhisk takes 48 MB of
/// code.
pub const BUNDLE_BYTES_MAX: usize = 64 << 20;

/// Bundles up to this size are one message. Longer ones travel in parts of it, each asked for when
/// the one before has come.
pub(crate) const PART_BYTES_MAX: usize = 15 << 20;

/// Bundles up to this size travel with the request: sending them takes less time than being asked.
pub(crate) const INLINE_BYTES_MAX: usize = 8 << 10;

/// Why a bundle cannot be used elsewhere.
pub(crate) const NOT_SENT: &str =
    "its files stay where they are, and the other node does not have them";

/// An action's manifest and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    digest: Digest,
    content: Content,
}

/// Where an action's manifest and files are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    /// In one message, as it is sent.
    Packed(Bytes),
    /// In a directory of this machine.
    InPlace(Arc<InPlace>),
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

    /// The action in a directory that has no manifest: its one function, described as in a
    /// manifest, and all files in the directory and below it. Its result is the function's value as
    /// it stands.
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
    /// If the description is refused, names a file that is not there, or if the directory holds
    /// what cannot be carried.
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

    /// An action whose files stay where they are, below `directory`: for those who have them there
    /// already, and fly the action with nobody but others who have the same. It is never sent to
    /// another node.
    ///
    /// It is known by the hash of the manifest, and of the paths and contents of all files, which
    /// are read once, here; this blocks for as long as that takes. They must not change as long as
    /// it is used, and whoever functions run as must be able to read them.
    ///
    /// # Errors
    ///
    /// If the manifest names a file that is not there, if something cannot be read, or if there are
    /// more than [`IN_PLACE_BYTES_MAX`] bytes or [`BUNDLE_FILES_MAX`] files.
    pub fn in_place(directory: &Path, manifest: Manifest) -> Result<Self, BundleError> {
        let (digest, place) = in_place::look(directory, manifest)?;
        let content = Content::InPlace(Arc::new(place));
        Ok(Self { digest, content })
    }

    /// A bundle that came over the wire, not yet looked into.
    pub(crate) fn from_bytes(bytes: Bytes) -> Self {
        Self {
            digest: Digest::of(&bytes),
            content: Content::Packed(bytes),
        }
    }

    fn pack(contents: &Contents) -> Self {
        Self::from_bytes(wire::encode_bundle(contents))
    }

    /// How many bytes it takes in memory: none if its files stay where they are.
    pub fn size_bytes(&self) -> usize {
        self.bytes().map_or(0, Bytes::len)
    }

    /// The hash by which nodes know it.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// How many members its manifest asks for; one, if it has none that can be read: whoever flies
    /// it says why.
    pub(crate) fn flight_size(&self) -> u16 {
        match &self.content {
            Content::Packed(bytes) => {
                let contents = wire::decode_bundle(bytes).ok();
                let manifest = contents.and_then(|it| Manifest::parse(&it.manifest).ok());
                manifest.map_or(1, |manifest| manifest.flight_size())
            }
            Content::InPlace(place) => place.manifest.flight_size(),
        }
    }

    /// The bytes that are sent; none of one whose files stay where they are.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Packed(bytes) => Some(bytes),
            Content::InPlace(_) => None,
        }
    }

    /// The bytes, if they are so few that sending them takes less time than being asked.
    pub(crate) fn inline(&self) -> Option<Bytes> {
        let bytes = self.bytes()?;
        (bytes.len() <= INLINE_BYTES_MAX).then(|| bytes.clone())
    }
}
