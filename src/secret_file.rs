//! Files with secrets, as the program finds and leaves them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// Whoever is neither the owner nor root can do something with the file.
const OTHERS: u32 = 0o077;

/// Its group may read the file.
const GROUP_READS: u32 = 0o040;

/// What the names of files begin with that are not whole yet.
const DRAFT_PREFIX: &str = ".raptor-draft-";

/// Says so in the log if others than its owner can read a file with secrets.
pub fn warn_if_shared(path: &Path) {
    let shared =
        |file: fs::Metadata| is_shared(file.mode(), file.uid(), raptor_sys::effective_uid());
    if path.metadata().is_ok_and(shared) {
        let path = path.display();
        tracing::warn!("others can read the secrets in {path}: chmod 600 {path}");
    }
}

/// Root hands secrets to those who are not root by a group of theirs that may read them, as Kubernetes
/// does (`fsGroup`): that is no sharing.
fn is_shared(mode: u32, owner: u32, reader: u32) -> bool {
    let is_handed_out = owner == 0 && reader != 0;
    let others = if is_handed_out {
        OTHERS & !GROUP_READS
    } else {
        OTHERS
    };
    mode & others != 0
}

/// Leaves a file that only its owner can read: whole, or not at all.
///
/// # Errors
///
/// If there is one of that name, which is not touched; or if the system does not take it.
pub fn make(path: &Path, text: &str) -> io::Result<()> {
    draft(path, text)?.persist_noclobber(path)?;
    sync(directory(path))
}

/// Leaves a file that only its owner can read, in the place of the one that is there. Whoever reads it
/// meanwhile gets either.
///
/// # Errors
///
/// If the system does not take it; what was there is there still.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    draft(path, text)?.persist(path)?;
    sync(directory(path))
}

/// A file beside it, with mode 600, that goes if it is not given its name.
fn draft(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut draft = NamedTempFile::with_prefix_in(DRAFT_PREFIX, directory(path))?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// A name outlives a loss of power once its directory is written.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Takes a directory for itself until the file is dropped: others who ask for it too wait.
///
/// # Errors
///
/// If it cannot be opened or locked.
pub fn lock(directory: &Path) -> io::Result<File> {
    let locked = File::open(directory)?;
    locked.lock()?;
    Ok(locked)
}

/// Whether two paths lead to the same file or directory, as far as can be seen.
pub fn are_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_is_made_is_its_owners_alone_and_one_that_exists_is_not_touched() {
        let directory = tempfile::tempdir().expect("there is room");
        let path = directory.path().join("secret");
        make(&path, "first").expect("it is made");
        assert_eq!(path.metadata().expect("it is there").mode() & 0o777, 0o600);
        let refused = make(&path, "second").expect_err("it is there");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "first");
        let count = fs::read_dir(directory.path()).expect("it is there").count();
        assert_eq!(count, 1, "no draft is left");
    }

    #[test]
    fn a_file_that_is_replaced_is_its_owners_alone_whatever_it_was() {
        let directory = tempfile::tempdir().expect("there is room");
        let path = directory.path().join("secret");
        fs::write(&path, "first").expect("there is room");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("it is ours");
        replace(&path, "second").expect("it is replaced");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "second");
        assert_eq!(path.metadata().expect("it is there").mode() & 0o777, 0o600);
    }

    #[test]
    fn what_root_hands_out_by_a_group_is_not_shared_and_what_all_may_read_is() {
        let (root, other) = (0, 65_532);
        assert!(!is_shared(0o440, root, other));
        assert!(is_shared(0o440, root, root));
        assert!(is_shared(0o440, other, other));
        for mode in [0o444, 0o460, 0o604] {
            assert!(is_shared(mode, root, other), "{mode:o}");
        }
        assert!(!is_shared(0o600, other, other));
    }

    #[test]
    fn a_directory_is_the_same_under_another_name_and_not_another() {
        let directory = tempfile::tempdir().expect("there is room");
        let (path, inner) = (directory.path(), directory.path().join("inner"));
        fs::create_dir(&inner).expect("there is room");
        assert!(are_same(path, &inner.join("..")));
        assert!(!are_same(path, &inner));
        assert!(!are_same(&inner, &path.join("none")));
    }
}
