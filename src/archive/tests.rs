use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{ArchiveError, ENTRIES_COUNT_MAX, Format, UNPACKED_BYTES_MAX, unpack};

/// A zip of these files: name, mode, content.
fn zip(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode, content) in files {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        if name.ends_with('/') {
            writer.add_directory(*name, options).expect("it is fresh");
            continue;
        }
        writer.start_file(*name, options).expect("it is fresh");
        writer.write_all(content).expect("it is memory");
    }
    writer.finish().expect("it is memory").into_inner()
}

/// A zip in which one name, of the same length, is another.
fn forged(files: &[(&str, u32, &[u8])], name: &str, forgery: &str) -> Vec<u8> {
    assert_eq!(name.len(), forgery.len());
    let mut bytes = zip(files);
    let at = |bytes: &[u8]| {
        let mut windows = bytes.windows(name.len());
        windows.position(|window| window == name.as_bytes())
    };
    while let Some(at) = at(&bytes) {
        bytes[at..at + name.len()].copy_from_slice(forgery.as_bytes());
    }
    bytes
}

/// One entry of a tar, whatever its name is.
struct Member<'a> {
    name: &'a str,
    kind: EntryType,
    mode: u32,
    content: &'a [u8],
}

const fn file<'a>(name: &'a str, mode: u32, content: &'a [u8]) -> Member<'a> {
    Member {
        name,
        kind: EntryType::Regular,
        mode,
        content,
    }
}

const fn special(name: &str, kind: EntryType) -> Member<'_> {
    Member {
        name,
        kind,
        mode: 0o755,
        content: &[],
    }
}

fn tarball(members: &[Member<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for member in members {
        let mut header = Header::new_ustar();
        // By hand: the crate refuses to write what an attacker writes.
        header.as_old_mut().name[..member.name.len()].copy_from_slice(member.name.as_bytes());
        header.set_entry_type(member.kind);
        header.set_mode(member.mode);
        header.set_size(member.content.len() as u64);
        if matches!(member.kind, EntryType::Symlink | EntryType::Link) {
            header.as_old_mut().linkname[..4].copy_from_slice(b"/etc");
        }
        header.set_cksum();
        builder
            .append(&header, member.content)
            .expect("it is memory");
    }
    let encoder = builder.into_inner().expect("it is memory");
    encoder.finish().expect("it is memory")
}

/// A directory that is not there yet.
fn fresh() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("there is room");
    let directory = parent.path().join("action");
    (parent, directory)
}

fn mode(path: &Path) -> u32 {
    let file = fs::metadata(path).expect("it was unpacked");
    file.permissions().mode() & 0o777
}

/// What becomes of a refused archive, of which nothing may stay.
fn refusal(bytes: &[u8]) -> ArchiveError {
    let (parent, directory) = fresh();
    let refused = unpack(bytes, &directory).expect_err("it is refused");
    let left: Vec<_> = fs::read_dir(parent.path()).expect("it is there").collect();
    assert!(left.is_empty(), "{refused}: {left:?}");
    refused
}

#[test]
fn a_zip_becomes_a_directory_of_files() {
    let (_parent, directory) = fresh();
    let bytes = zip(&[
        ("__main__.py", 0o644, b"from lib import x"),
        ("lib/", 0o755, b""),
        ("lib/__init__.py", 0o600, b"x = 1"),
        ("deep/er/still.txt", 0o444, b"here"),
        ("exec", 0o755, b"#!/bin/sh\n"),
    ]);
    assert_eq!(Format::of(&bytes), Some(Format::Zip));
    unpack(&bytes, &directory).expect("it is harmless");
    let read = |name: &str| fs::read_to_string(directory.join(name)).expect("it was unpacked");
    assert_eq!(read("__main__.py"), "from lib import x");
    assert_eq!(read("lib/__init__.py"), "x = 1");
    assert_eq!(read("deep/er/still.txt"), "here");
    assert_eq!(mode(&directory.join("exec")), 0o755);
    assert_eq!(mode(&directory.join("lib/__init__.py")), 0o644);
}

#[test]
fn a_tar_becomes_a_directory_of_files() {
    let (_parent, directory) = fresh();
    let bytes = tarball(&[
        special("./", EntryType::Directory),
        special("./lib/", EntryType::Directory),
        file("./lib/a.js", 0o644, b"exports.a = 1"),
        file("./exec", 0o700, b"#!/bin/sh\n"),
        special("old/", EntryType::Regular),
    ]);
    assert_eq!(Format::of(&bytes), Some(Format::Gzip));
    unpack(&bytes, &directory).expect("it is harmless");
    let read = |name: &str| fs::read_to_string(directory.join(name)).expect("it was unpacked");
    assert_eq!(read("lib/a.js"), "exports.a = 1");
    assert_eq!(mode(&directory.join("exec")), 0o755);
    assert!(directory.join("old").is_dir());
}

#[test]
fn long_names_of_tars_are_whole() {
    let (_parent, directory) = fresh();
    let name = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, &name, &b"ok"[..])
        .expect("it is memory");
    let encoder = builder.into_inner().expect("it is memory");
    unpack(&encoder.finish().expect("it is memory"), &directory).expect("it is harmless");
    assert_eq!(fs::read(directory.join(name)).expect("it is there"), b"ok");
}

#[test]
fn what_is_no_archive_is_refused() {
    assert!(Format::of(b"#!/bin/sh\n").is_none());
    assert!(matches!(refusal(b"#!/bin/sh\n"), ArchiveError::Unknown));
    assert!(matches!(refusal(b""), ArchiveError::Unknown));
}

#[test]
fn damaged_archives_are_refused() {
    let whole = zip(&[("a", 0o644, &[7; 4000])]);
    for cut in [4, 40, whole.len() - 30, whole.len() - 1] {
        assert!(matches!(
            refusal(&whole[..cut]),
            ArchiveError::Broken { .. }
        ));
    }
    let content: Vec<u8> = (0..40_000_u32).flat_map(u32::to_le_bytes).collect();
    let whole = tarball(&[file("a", 0o644, &content)]);
    for cut in [2, 12, whole.len() / 2] {
        assert!(matches!(
            refusal(&whole[..cut]),
            ArchiveError::Broken { .. }
        ));
    }
    let mut changed = zip(&[("a", 0o644, b"what the checksum is of")]);
    let at = changed.windows(2).position(|two| two == b"\x03\x04");
    let content = at.expect("it has a header") + 30;
    changed[content] ^= 0xff;
    assert!(matches!(refusal(&changed), ArchiveError::Broken { .. }));
}

#[test]
fn names_that_leave_the_directory_are_refused() {
    for name in ["../evil", "a/../../evil", "/etc/evil", "..", "a/.."] {
        let forgery = forged(
            &[(&"x".repeat(name.len()), 0o644, b"")],
            &"x".repeat(name.len()),
            name,
        );
        assert!(
            matches!(refusal(&forgery), ArchiveError::Outside { .. }),
            "{name}"
        );
        let tar = tarball(&[file(name, 0o644, b"")]);
        assert!(
            matches!(refusal(&tar), ArchiveError::Outside { .. }),
            "{name}"
        );
    }
}

#[test]
fn names_of_nothing_are_refused() {
    let null = forged(&[("a+b", 0o644, b"")], "a+b", "a\0b");
    assert!(matches!(refusal(&null), ArchiveError::Outside { .. }));
    let root = tarball(&[file(".", 0o644, b"")]);
    assert!(matches!(refusal(&root), ArchiveError::Outside { .. }));
}

#[test]
fn links_and_devices_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer
        .add_symlink("link", "/etc/passwd", options)
        .expect("it is fresh");
    let link = writer.finish().expect("it is memory").into_inner();
    assert!(matches!(refusal(&link), ArchiveError::NotCarried { .. }));
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
    ] {
        let tar = tarball(&[special("thing", kind)]);
        let refused = refusal(&tar);
        assert!(
            matches!(
                refused,
                ArchiveError::NotCarried { .. } | ArchiveError::Broken { .. }
            ),
            "{kind:?}: {refused}"
        );
    }
}

#[test]
fn a_name_is_in_an_archive_once() {
    let twice = forged(&[("a1", 0o644, b"x"), ("a2", 0o644, b"y")], "a2", "a1");
    assert!(matches!(refusal(&twice), ArchiveError::Duplicate { .. }));
    let same = tarball(&[file("a", 0o644, b"x"), file("./a", 0o644, b"y")]);
    assert!(matches!(refusal(&same), ArchiveError::Duplicate { .. }));
    let below = tarball(&[file("a", 0o644, b"x"), file("a/b", 0o644, b"y")]);
    assert!(matches!(refusal(&below), ArchiveError::Duplicate { .. }));
    let over = tarball(&[file("a/b", 0o644, b"x"), file("a", 0o644, b"y")]);
    assert!(matches!(refusal(&over), ArchiveError::Duplicate { .. }));
}

#[test]
fn encrypted_files_are_refused() {
    let mut bytes = zip(&[("secret", 0o644, b"x")]);
    // The lowest bit of the flags (APPNOTE 4.4.4), in both headers.
    bytes[6] |= 1;
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02");
    bytes[central.expect("it has a directory") + 8] |= 1;
    assert!(matches!(refusal(&bytes), ArchiveError::Encrypted { .. }));
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let zeros = vec![0; 64 << 20];
    let count = UNPACKED_BYTES_MAX / zeros.len() as u64;
    let names: Vec<String> = (0..=count).map(|number| number.to_string()).collect();
    let members: Vec<_> = names.iter().map(|name| file(name, 0o644, &zeros)).collect();
    assert!(matches!(
        refusal(&tarball(&members)),
        ArchiveError::TooLarge
    ));
    let files: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), 0o644, &zeros[..]))
        .collect();
    let mut bytes = zip(&files);
    assert!(matches!(refusal(&bytes), ArchiveError::TooLarge));
    // What it declares is not believed: it says that each is empty.
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
    {
        at += found + 4;
        bytes[at + 20..at + 24].fill(0);
    }
    assert!(matches!(
        refusal(&bytes),
        ArchiveError::TooLarge | ArchiveError::Broken { .. }
    ));
}

#[test]
fn headers_of_tars_are_not_taken_without_end() {
    let name = vec![b'n'; 8 << 20];
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(name.len() as u64);
    header.set_cksum();
    builder.append(&header, &name[..]).expect("it is memory");
    let encoder = builder.into_inner().expect("it is memory");
    let bytes = encoder.finish().expect("it is memory");
    assert!(matches!(refusal(&bytes), ArchiveError::TooLarge));
}

#[test]
fn too_many_entries_are_refused() {
    let names: Vec<String> = (0..=ENTRIES_COUNT_MAX)
        .map(|number| number.to_string())
        .collect();
    let members: Vec<_> = names.iter().map(|name| file(name, 0o644, b"")).collect();
    assert!(matches!(refusal(&tarball(&members)), ArchiveError::TooMany));
    let files: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), 0o644, &b""[..]))
        .collect();
    assert!(matches!(refusal(&zip(&files)), ArchiveError::TooMany));
    let deep: Vec<String> = (0..=ENTRIES_COUNT_MAX / 40)
        .map(|number| format!("{number}/{}f", "d/".repeat(40)))
        .collect();
    let members: Vec<_> = deep.iter().map(|name| file(name, 0o644, b"")).collect();
    assert!(matches!(refusal(&tarball(&members)), ArchiveError::TooMany));
}

#[test]
fn a_directory_that_is_there_is_not_touched() {
    let (_parent, directory) = fresh();
    fs::create_dir(&directory).expect("there is room");
    fs::write(directory.join("mine"), "mine").expect("there is room");
    let refused = unpack(&zip(&[("a", 0o644, b"")]), &directory).expect_err("it is there");
    assert!(matches!(refused, ArchiveError::Write { .. }));
    assert!(directory.join("mine").is_file());
}
