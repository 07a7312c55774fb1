//! Packing: the plain form of a message, compressed where that pays.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 0: as it is; 1: compressed (LZ4 block format), its length in 4 bytes before |
//! | .. | the frames or records |
//!
//! The SCTP below handles every byte several times, which costs more than compressing it once. What
//! is compressed together is one message: a peer learns nothing of others from its length. Whoever
//! mixes secrets with what an attacker chooses in one envelope should not let it travel where the
//! attacker sees lengths.

use bytes::Bytes;
use lz4_flex::block;

const PLAIN: u8 = 0;
const LZ4: u8 = 1;

/// What stands before the content of a plain message.
pub(super) const PLAIN_HEADER_BYTES: usize = 1;

const LZ4_HEADER_BYTES: usize = 1 + 4;

/// A shorter message is sent as it is: it shares its packet with others, or has one to itself.
const COMPRESS_FROM_BYTES: usize = 1024;

/// Compressing must save an eighth, or the peer's work is not worth it.
const SAVES_SHARE: usize = 8;

/// After a message that did not pay, so many long ones are sent as they are: what follows is probably
/// alike.
const SKIPS_MAX: u32 = 15;

/// Compresses one end's messages.
#[derive(Default)]
pub(super) struct Packer {
    skips: u32,
}

impl Packer {
    /// Packs a message whose first byte was left for the header.
    pub(super) fn pack(&mut self, mut message: Vec<u8>) -> Vec<u8> {
        message[0] = PLAIN;
        if message.len() < COMPRESS_FROM_BYTES {
            return message;
        }
        if self.skips > 0 {
            self.skips -= 1;
            return message;
        }
        let content = &message[PLAIN_HEADER_BYTES..];
        let mut packed = vec![0; LZ4_HEADER_BYTES + block::get_maximum_output_size(content.len())];
        let bytes = block::compress_into(content, &mut packed[LZ4_HEADER_BYTES..])
            .expect("there is room for the longest output");
        if bytes + bytes / SAVES_SHARE >= content.len() {
            self.skips = SKIPS_MAX;
            return message;
        }
        packed.truncate(LZ4_HEADER_BYTES + bytes);
        packed[0] = LZ4;
        packed[1..LZ4_HEADER_BYTES].copy_from_slice(&(content.len() as u32).to_le_bytes());
        packed
    }
}

/// Unpacks a message of at most `bytes_max`; `None` if it is not one.
pub(super) fn unpack(mut message: Bytes, bytes_max: usize) -> Option<Bytes> {
    match *message.first()? {
        PLAIN => Some(message.split_off(PLAIN_HEADER_BYTES)),
        LZ4 => {
            let (bytes, packed) = message[1..].split_first_chunk()?;
            let bytes = u32::from_le_bytes(*bytes) as usize;
            if bytes > bytes_max {
                return None;
            }
            let mut content = vec![0; bytes];
            let unpacked = block::decompress_into(packed, &mut content).ok()?;
            (unpacked == bytes).then(|| content.into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES_MAX: usize = 64 * 1024;

    fn with_header(content: &[u8]) -> Vec<u8> {
        [&[0xff], content].concat()
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        (0..bytes).map(|_| next()).collect()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let text = b"raptor ".repeat(3_000);
        for content in [&b""[..], b"x", &text[..1_000], &text, &noise(20_000)] {
            let packed = Packer::default().pack(with_header(content));
            let unpacked = unpack(packed.into(), BYTES_MAX).expect("a message");
            assert!(unpacked == content, "{} bytes", content.len());
        }
        let packed = Packer::default().pack(with_header(&text));
        assert!(packed.len() < text.len() / 10, "{} bytes", packed.len());
    }

    #[test]
    fn what_does_not_pay_is_not_tried_for_a_while() {
        let text = with_header(&b"raptor ".repeat(500));
        let mut packer = Packer::default();
        assert_eq!(packer.pack(with_header(&noise(5_000))).len(), 5_001);
        for _ in 0..SKIPS_MAX {
            assert_eq!(packer.pack(text.clone()).len(), text.len());
        }
        assert!(packer.pack(text.clone()).len() < text.len() / 10);
    }

    #[test]
    fn what_is_no_packed_message_or_too_long_is_refused() {
        let bomb = Packer::default().pack(with_header(&vec![0; BYTES_MAX + 1]));
        assert_eq!(unpack(bomb.into(), BYTES_MAX), None);
        for bytes in [
            &b""[..],
            b"\x02x",
            b"\x01\x05\0\0",
            b"\x01\x05\0\0\0\xff\xff",
        ] {
            assert_eq!(unpack(Bytes::copy_from_slice(bytes), BYTES_MAX), None);
        }
    }
}
