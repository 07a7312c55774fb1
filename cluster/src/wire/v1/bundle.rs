//! An action's manifest and files.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::{BorrowDecode, Encode};
use bytes::Bytes;

use super::super::DecodeError;
use super::{share, write};
use crate::bundle::BUNDLE_BYTES_MAX;
use crate::bundle::contents::{self, BUNDLE_FILES_MAX};

/// The version of a bundle whose action has a manifest.
const WITH_MANIFEST: u16 = 1;

/// The version of a bundle whose action came without one. It has the same fields.
const SINGLE: u16 = 2;

/// A bundle travels in parts, so it may be longer than an envelope.
const CONFIG: Configuration<LittleEndian, Varint, Limit<BUNDLE_BYTES_MAX>> =
    bincode::config::standard().with_limit::<BUNDLE_BYTES_MAX>();

#[derive(Encode, BorrowDecode)]
struct Bundle<'a> {
    version: u16,
    manifest: &'a str,
    files: Vec<File<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct File<'a> {
    path: &'a str,
    executable: bool,
    content: &'a [u8],
}

pub(in super::super) fn encode_bundle(contents: &contents::Contents) -> Bytes {
    let files = contents.files.iter().map(|file| File {
        path: &file.path,
        executable: file.executable,
        content: &file.content,
    });
    write(&Bundle {
        version: if contents.is_single {
            SINGLE
        } else {
            WITH_MANIFEST
        },
        manifest: &contents.manifest,
        files: files.collect(),
    })
}

pub(in super::super) fn decode_bundle(bytes: &Bytes) -> Result<contents::Contents, DecodeError> {
    let (bundle, taken): (Bundle<'_>, _) = bincode::borrow_decode_from_slice(bytes, CONFIG)?;
    if taken != bytes.len() {
        return Err(DecodeError::Trailing(bytes.len() - taken));
    }
    let is_single = match bundle.version {
        WITH_MANIFEST => false,
        SINGLE => true,
        version => return Err(DecodeError::Version(version)),
    };
    if bundle.files.len() > BUNDLE_FILES_MAX {
        return Err(DecodeError::Invalid("more files than a bundle may have"));
    }
    let files = bundle.files.into_iter().map(|file| contents::File {
        path: file.path.to_owned(),
        executable: file.executable,
        content: share(bytes, file.content),
    });
    Ok(contents::Contents {
        manifest: bundle.manifest.to_owned(),
        is_single,
        files: files.collect(),
    })
}
