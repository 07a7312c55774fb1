//! Chance from a seed: the same on every machine.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// A stream of chance. Xoshiro256++: "Scrambled linear pseudorandom number generators", D. Blackman
/// and S. Vigna, ACM Transactions on Mathematical Software 47(4), 2021.
pub(crate) type Dice = Xoshiro256PlusPlus;

/// What a stream is for. Each purpose has its own, so that a policy that draws more servers still
/// meets the same arrivals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// When workflows arrive.
    Arrivals,
    /// How long attempts run.
    Services,
    /// Which attempts fail.
    Faults,
    /// Where things run.
    Places,
    /// When a zone is slow.
    Zone(u16),
}

/// Odd, and not the step by which seeds are spread over a generator's state: the streams of two
/// purposes do not overlap.
const STEP: u64 = 0xD1B5_4A32_D192_ED03;

impl Purpose {
    /// The stream of a seed for it.
    pub(crate) fn dice(self, seed: u64) -> Dice {
        let place = match self {
            Self::Arrivals => 1,
            Self::Services => 2,
            Self::Faults => 3,
            Self::Places => 4,
            Self::Zone(zone) => 5 + u64::from(zone),
        };
        Dice::seed_from_u64(seed.wrapping_add(STEP.wrapping_mul(place)))
    }
}
