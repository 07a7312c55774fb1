//! An action's manifest and files.

use bincode::{BorrowDecode, Encode};
use bytes::Bytes;

use super::super::DecodeError;
use super::{read, share, write};
use crate::bundle::contents::{self, BUNDLE_FILES_MAX};

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
        version: 1,
        manifest: &contents.manifest,
        files: files.collect(),
    })
}

pub(in super::super) fn decode_bundle(bytes: &Bytes) -> Result<contents::Contents, DecodeError> {
    let bundle: Bundle<'_> = read(bytes)?;
    if bundle.version != 1 {
        return Err(DecodeError::Version(bundle.version));
    }
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
        files: files.collect(),
    })
}
