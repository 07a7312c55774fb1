//! What a message costs in each layer above the transport, without input or output:
//!
//! `cargo bench -p raptor-cluster --features bench [codec|noise|envelope]`

mod codec;
mod envelope;
mod noise;

use bytes::Bytes;
use criterion::{criterion_group, criterion_main};

/// The short message of an actor, one of a few packets, and as much as one message of SCTP takes of a
/// long one.
const SIZES_BYTES: [usize; 3] = [100, 4 * 1024, 16 * 1024];

criterion_group!(messages, codec::measure, noise::measure, envelope::measure);
criterion_main!(messages);

/// So many bytes that nothing makes shorter.
fn payload(bytes: usize) -> Bytes {
    // Xorshift (Marsaglia: Xorshift RNGs, 2003).
    let mut state: u32 = 2_463_534_242;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[3]
    };
    (0..bytes).map(byte).collect()
}
