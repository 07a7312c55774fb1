//! Actions as archives: what OpenWhisk takes as code.

use std::fs;
use std::io::{self, Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use raptor_cluster::bundle::MANIFEST_FILE;
use serde_json::{Map, Value, json};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

/// The manifest's key for the number of members.
const SIZE_KEY: &str = "__OW_NUM_CONCURRENCY";

/// An action's manifest and files, from which archives with other manifests are made.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    manifest: Map<String, Value>,
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    /// Its path in the directory.
    name: String,
    content: Vec<u8>,
    is_executable: bool,
}

/// A directory does not become an archive. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// A file cannot be read, or its name is not UTF-8.
    #[error("read {} for the action's archive: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The manifest is no JSON object.
    #[error("read {MANIFEST_FILE} for the action's archive: {0}")]
    Manifest(#[from] serde_json::Error),
    /// The archive cannot be written.
    #[error("write the action's archive: {0}")]
    Zip(#[from] ZipError),
}

impl Archive {
    /// The action of a manifest, which has been checked, and of the files below `directory`, if it
    /// has any.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn of(manifest: &str, directory: Option<&Path>) -> Result<Self, ArchiveError> {
        let mut files = Vec::new();
        if let Some(directory) = directory {
            read(directory, directory, &mut files)?;
        }
        files.retain(|file| file.name != MANIFEST_FILE);
        Ok(Self {
            manifest: serde_json::from_str(manifest)?,
            files,
        })
    }

    /// The action whose activations fly with so many members.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn flight(&self, size: u16) -> Result<Vec<u8>, ArchiveError> {
        let mut manifest = self.manifest.clone();
        manifest.insert(SIZE_KEY.to_owned(), size.into());
        self.zip(manifest)
    }

    /// The action of one function, whose activations are given what it depends on.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn function(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let mut function = self.manifest.get(name).cloned().unwrap_or_default();
        function["depends"] = json!([]);
        let mut manifest = Map::new();
        manifest.insert(name.to_owned(), function);
        manifest.insert(SIZE_KEY.to_owned(), 1.into());
        self.zip(manifest)
    }

    fn zip(&self, manifest: Map<String, Value>) -> Result<Vec<u8>, ArchiveError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let plain = SimpleFileOptions::default();
        archive.start_file(MANIFEST_FILE, plain)?;
        let manifest = Value::Object(manifest).to_string();
        archive
            .write_all(manifest.as_bytes())
            .map_err(ZipError::Io)?;
        for file in &self.files {
            let mode = if file.is_executable { 0o755 } else { 0o644 };
            archive.start_file(&file.name, plain.unix_permissions(mode))?;
            archive.write_all(&file.content).map_err(ZipError::Io)?;
        }
        Ok(archive.finish()?.into_inner())
    }
}

/// Reads all files below `directory`, by their paths from `root`.
fn read(root: &Path, directory: &Path, files: &mut Vec<File>) -> Result<(), ArchiveError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ArchiveError::Unreadable { path, source }
    };
    let entries = fs::read_dir(directory).map_err(failed(directory))?;
    for entry in entries {
        let path = entry.map_err(failed(directory))?.path();
        let metadata = fs::metadata(&path).map_err(failed(&path))?;
        if metadata.is_dir() {
            read(root, &path, files)?;
            continue;
        }
        let name = path.strip_prefix(root).ok().and_then(Path::to_str);
        let not_text = || io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8");
        files.push(File {
            name: name.ok_or_else(not_text).map_err(failed(&path))?.to_owned(),
            content: fs::read(&path).map_err(failed(&path))?,
            is_executable: metadata.permissions().mode() & 0o111 != 0,
        });
    }
    Ok(())
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
