//! Key files, as the program finds and leaves them.

use std::io;
use std::path::Path;

use raptor::secret_file;
use raptor_cluster::security::{KeyRing, KeyRingError};

/// Reads a key file; warns if others can read it too.
pub(crate) fn read(path: &Path) -> Result<KeyRing, KeyRingError> {
    let ring = KeyRing::read(path)?;
    secret_file::warn_if_shared(path);
    Ok(ring)
}

/// Leaves a key file that only its owner can read. One that exists is not touched.
pub(crate) fn write(path: &Path, ring: &KeyRing) -> io::Result<()> {
    secret_file::make(path, &ring.to_text())
}
