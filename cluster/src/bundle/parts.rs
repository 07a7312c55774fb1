//! Code that is longer than one message, while it comes.

use std::collections::BTreeMap;

use bytes::Bytes;
use raptor_core::Digest;

use super::BUNDLE_BYTES_MAX;

/// How many contents may be on their way in parts at once: each takes its length of memory.
const ARRIVING_COUNT_MAX: usize = 4;

/// Contents that come in parts, one part of each at a time.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(BTreeMap<Digest, Vec<u8>>);

/// What a part means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The next one is to be asked for, from here on.
    Next(u64),
    /// This is the whole.
    Whole(Bytes),
    /// It came before, or fits nowhere.
    Nothing,
}

impl Arrivals {
    /// Takes a part of a content of `total` bytes.
    pub(crate) fn take(&mut self, digest: Digest, total: u64, offset: u64, part: &[u8]) -> Step {
        let is_first = offset == 0;
        let has_room = self.0.contains_key(&digest) || self.0.len() < ARRIVING_COUNT_MAX;
        if total > BUNDLE_BYTES_MAX as u64 || part.is_empty() || (is_first && !has_room) {
            return Step::Nothing;
        }
        if is_first {
            self.0.entry(digest).or_default();
        }
        let Some(arrived) = self.0.get_mut(&digest) else {
            return Step::Nothing;
        };
        let fits = arrived.len() as u64 == offset && offset + part.len() as u64 <= total;
        if !fits {
            return Step::Nothing;
        }
        arrived.extend_from_slice(part);
        match arrived.len() as u64 {
            length if length == total => {
                let whole = self.0.remove(&digest).unwrap_or_default();
                Step::Whole(whole.into())
            }
            length => Step::Next(length),
        }
    }

    /// Nobody waits for it any more.
    pub(crate) fn forget(&mut self, digest: Digest) {
        self.0.remove(&digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: Digest = Digest::from_bytes([1; 32]);

    #[test]
    fn parts_in_their_order_make_the_whole() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.take(DIGEST, 5, 0, b"ab"), Step::Next(2));
        assert_eq!(arrivals.take(DIGEST, 5, 2, b"cd"), Step::Next(4));
        let whole = Step::Whole(Bytes::from_static(b"abcde"));
        assert_eq!(arrivals.take(DIGEST, 5, 4, b"e"), whole);
        assert!(arrivals.0.is_empty());
    }

    #[test]
    fn a_part_that_comes_twice_out_of_order_or_beyond_the_end_changes_nothing() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.take(DIGEST, 5, 2, b"cd"), Step::Nothing);
        assert_eq!(arrivals.take(DIGEST, 5, 0, b"ab"), Step::Next(2));
        assert_eq!(arrivals.take(DIGEST, 5, 0, b"ab"), Step::Nothing);
        assert_eq!(arrivals.take(DIGEST, 5, 3, b"d"), Step::Nothing);
        assert_eq!(arrivals.take(DIGEST, 5, 2, b"cdefg"), Step::Nothing);
        assert_eq!(
            arrivals.take(DIGEST, 5, 2, b"cde"),
            Step::Whole(Bytes::from_static(b"abcde"))
        );
    }

    #[test]
    fn what_is_too_long_or_too_much_is_not_begun() {
        let mut arrivals = Arrivals::default();
        let long = BUNDLE_BYTES_MAX as u64 + 1;
        assert_eq!(arrivals.take(DIGEST, long, 0, b"a"), Step::Nothing);
        for number in 0..ARRIVING_COUNT_MAX as u8 {
            let digest = Digest::from_bytes([number + 2; 32]);
            assert_eq!(arrivals.take(digest, 5, 0, b"a"), Step::Next(1));
        }
        assert_eq!(arrivals.take(DIGEST, 5, 0, b"a"), Step::Nothing);
        arrivals.forget(Digest::from_bytes([2; 32]));
        assert_eq!(arrivals.take(DIGEST, 5, 0, b"a"), Step::Next(1));
    }
}
