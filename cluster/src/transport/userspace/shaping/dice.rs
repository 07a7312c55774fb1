//! Dice that fall the same way whenever they are thrown from the same seed.

use crate::transport::shaping::Share;

/// One link's dice: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
/// 2014).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The dice of the link between these zones.
    pub(super) fn new(seed: u64, between: [&str; 2]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        for zone in between {
            // No zone has a zero in its name.
            hasher.update(zone.as_bytes()).update(&[0]);
        }
        let hash = hasher.finalize();
        let first = hash.as_bytes().first_chunk();
        Self(u64::from_le_bytes(
            *first.expect("a hash has more than eight bytes"),
        ))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, each as likely.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// Whether a packet is one of that share.
    pub(super) fn hits(&mut self, share: Share) -> bool {
        self.below(Share::ALL.millionths().into()) < share.millionths().into()
    }
}
