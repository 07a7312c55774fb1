//! Text that proves who wrote it.
//!
//! What a leader tells its followers travels as one parameter of an ordinary invocation, through a
//! platform that may write JSON anew and that lets users send whatever they like. So it is one
//! string, and it is believed only with the right code of authentication (HMAC-SHA-256, RFC 2104).

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// What the text begins with: the form of the rest.
const FORM: &str = "raptor1";

/// More than an activation's parameters may have (`whisk.activation.payload.max`, 1 MiB), and what
/// surrounds them: what unpacks to more was not made by us.
const CONTENT_BYTES_MAX: u64 = 4 << 20;

/// Why a text is not believed. It is then what a user wrote, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotOurs {
    /// It has another form.
    #[error("it has no form of ours")]
    Form,
    /// Its code is not that of this key.
    #[error("it was not signed with this key")]
    Signature,
    /// It is signed, and says nothing that this version understands.
    #[error("it is signed, but cannot be read: another version wrote it")]
    Content,
}

/// Writes a content down, signed with a key.
pub(crate) fn sign(key: &str, content: &impl Serialize) -> String {
    let content = serde_json::to_vec(content).expect("contents are made of what JSON has");
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    let packed = packed
        .write_all(&content)
        .and_then(|()| packed.finish())
        .expect("memory takes every byte");
    let body = format!("{FORM}.{}", URL_SAFE_NO_PAD.encode(packed));
    let code = mac(key, &body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(code))
}

/// Reads a content that was signed with this key.
///
/// # Errors
///
/// If it was not.
pub(crate) fn open<T: DeserializeOwned>(key: &str, text: &str) -> Result<T, NotOurs> {
    let (body, code) = text.rsplit_once('.').ok_or(NotOurs::Form)?;
    let packed = body
        .strip_prefix(FORM)
        .and_then(|rest| rest.strip_prefix('.'))
        .ok_or(NotOurs::Form)?;
    let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| NotOurs::Form)?;
    mac(key, body)
        .verify_slice(&code)
        .map_err(|_| NotOurs::Signature)?;
    let packed = URL_SAFE_NO_PAD
        .decode(packed)
        .map_err(|_| NotOurs::Content)?;
    let mut content = Vec::new();
    let read = DeflateDecoder::new(&*packed)
        .take(CONTENT_BYTES_MAX)
        .read_to_end(&mut content);
    read.map_err(|_| NotOurs::Content)?;
    serde_json::from_slice(&content).map_err(|_| NotOurs::Content)
}

fn mac(key: &str, body: &str) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes())
        .expect("an HMAC takes keys of any length");
    mac.update(body.as_bytes());
    mac
}

#[cfg(test)]
#[path = "signed_tests.rs"]
mod tests;
