//! Key files, as the program finds and leaves them.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use raptor_cluster::security::{KeyRing, KeyRingError};

/// Whoever is neither the owner nor root can do something with the file.
const OTHERS: u32 = 0o077;

/// Reads a key file; warns if others can read it too.
pub(crate) fn read(path: &Path) -> Result<KeyRing, KeyRingError> {
    let ring = KeyRing::read(path)?;
    if path.metadata().is_ok_and(|file| file.mode() & OTHERS != 0) {
        let path = path.display();
        tracing::warn!("others can read the keys in {path}: chmod 600 {path}");
    }
    Ok(ring)
}

/// Leaves a key file that only its owner can read. One that exists is not touched.
pub(crate) fn write(path: &Path, ring: &KeyRing) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(ring.to_text().as_bytes())?;
    file.sync_all()
}
