//! The floor: what one writes who has nothing but tokio and bincode. TCP without Nagle's delay, frames
//! with their length before them. A task writes what waits with one call, and so does
//! the end that answers.

mod client;
mod server;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

pub(super) use client::Tcp;
pub(super) use server::serve;

/// What is read or written at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// What a short frame takes, with its length.
const FRAME_BYTES: usize = 128;

/// What the two ends say to each other.
#[derive(Debug, Serialize, Deserialize)]
enum Frame {
    /// Answered with `Answer` of the same number.
    Ask { number: u64, body: Bytes },
    /// Not answered.
    Tell { body: Bytes },
    /// Answered with how many `Tell`s have come, as a number.
    Count { number: u64 },
    /// The beginning of what was asked.
    Answer { number: u64, body: Bytes },
}

impl Frame {
    fn encode(&self) -> BytesMut {
        let mut buffer = BytesMut::with_capacity(FRAME_BYTES);
        self.append_to(&mut buffer);
        buffer
    }

    fn append_to(&self, buffer: &mut BytesMut) {
        let start = buffer.len();
        buffer.put_u32_le(0);
        let mut writer = (&mut *buffer).writer();
        let config = bincode::config::standard();
        bincode::serde::encode_into_std_write(self, &mut writer, config)
            .expect("a buffer takes everything");
        let bytes = u32::try_from(buffer.len() - start - size_of::<u32>());
        let bytes = bytes.expect("frames are short").to_le_bytes();
        buffer[start..start + bytes.len()].copy_from_slice(&bytes);
    }

    /// Takes the next whole frame from the front.
    fn take_from(buffer: &mut BytesMut) -> Option<Self> {
        let (header, rest) = buffer.split_first_chunk()?;
        let bytes = u32::from_le_bytes(*header) as usize;
        let body = rest.get(..bytes)?;
        let config = bincode::config::standard();
        let (frame, _) =
            bincode::serde::decode_from_slice(body, config).expect("both ends are this program");
        buffer.advance(size_of::<u32>() + bytes);
        Some(frame)
    }
}
