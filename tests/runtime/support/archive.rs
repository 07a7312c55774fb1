//! Archives of actions.

use std::io::{Cursor, Write};

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A zip of these files, all of which may be executed.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    for (name, content) in files {
        writer.start_file(*name, options).expect("it is fresh");
        writer.write_all(content.as_bytes()).expect("it is memory");
    }
    writer.finish().expect("it is memory").into_inner()
}

/// A tar of these files in gzip.
pub(crate) fn tarball(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(content.len() as u64);
        let added = builder.append_data(&mut header, name, content.as_bytes());
        added.expect("it is memory");
    }
    let encoder = builder.into_inner().expect("it is memory");
    encoder.finish().expect("it is memory")
}
