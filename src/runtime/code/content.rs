//! From the text of an initialization to the bytes that it means.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::archive::Format;

/// What `code` means.
///
/// OpenWhisk calls code binary that is well-formed base64, however it was meant: also the source
/// `abcd`. So what does not decode to an archive, a program or text is taken for source.
///
/// # Errors
///
/// It is called binary, and is not base64.
pub(crate) fn content(code: &str, is_binary: bool) -> Result<Vec<u8>, base64::DecodeError> {
    if !is_binary {
        return Ok(code.as_bytes().to_vec());
    }
    let decoded = STANDARD.decode(code.trim_ascii())?;
    if Format::of(&decoded).is_some() || is_executable(&decoded) || is_text(&decoded) {
        return Ok(decoded);
    }
    Ok(code.as_bytes().to_vec())
}

/// Whether the kernel could execute it: an ELF file, or a script that names its interpreter.
pub(crate) fn is_executable(content: &[u8]) -> bool {
    content.starts_with(b"\x7fELF") || content.starts_with(b"#!")
}

fn is_text(content: &[u8]) -> bool {
    let is_printable = |letter: char| !letter.is_control() || letter.is_ascii_whitespace();
    str::from_utf8(content).is_ok_and(|text| text.chars().all(is_printable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_that_happens_to_be_base64_stays_source() {
        assert_eq!(content("abcd", true).as_deref(), Ok(&b"abcd"[..]));
    }

    #[test]
    fn encoded_source_programs_and_archives_are_decoded() {
        for bytes in [
            &b"def main(args):\n"[..],
            b"\x7fELF\x02\xff",
            b"PK\x03\x04\0\xff",
        ] {
            let code = STANDARD.encode(bytes);
            assert_eq!(content(&code, true).as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn what_is_not_base64_is_refused_only_where_it_is_said_to_be() {
        assert!(content("no base64", true).is_err());
        assert_eq!(
            content("no base64", false).as_deref(),
            Ok(&b"no base64"[..])
        );
    }
}
