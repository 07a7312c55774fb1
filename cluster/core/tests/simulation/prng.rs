//! Chance from a seed: the same on every machine.

/// SplitMix64, from `Fast Splittable Pseudorandom Number Generators`, G. Steele, D. Lea and
/// C. Flood, OOPSLA 2014.
#[derive(Clone, Debug)]
pub(crate) struct Prng(u64);

impl Prng {
    /// The stream of draws that belongs to `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not zero. The bias is below one in 2^32 for all our bounds.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from `low` to `high`, both included.
    pub(crate) const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Yes, `times` times in a thousand.
    pub(crate) const fn chance(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// One of these.
    pub(crate) const fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A number above zero and below one.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// An exponentially distributed number, at least one.
    pub(crate) fn exponential(&mut self, mean: u64) -> u64 {
        ((-(mean as f64) * self.unit().ln()).round() as u64).max(1)
    }
}
