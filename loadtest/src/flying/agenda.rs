//! What is still to happen.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use raptor_core::Moment;

/// Happenings by time; of those at the same time, the one that was scheduled first comes first.
#[derive(Debug)]
pub(crate) struct Agenda<H> {
    entries: BinaryHeap<Reverse<Entry<H>>>,
    scheduled: u64,
    now: Moment,
}

#[derive(Debug)]
struct Entry<H> {
    at: Moment,
    /// Counts the entries, so that no two compare equal.
    order: u64,
    happening: H,
}

impl<H> Agenda<H> {
    /// Nothing is to happen; it is time zero.
    pub(crate) fn new() -> Self {
        Self {
            entries: BinaryHeap::new(),
            scheduled: 0,
            now: Moment::default(),
        }
    }

    /// The time of what happened last.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// Makes it happen at `at`.
    ///
    /// # Panics
    ///
    /// If that is over.
    pub(crate) fn put(&mut self, at: Moment, happening: H) {
        assert!(at >= self.now, "time does not run backwards");
        self.entries.push(Reverse(Entry {
            at,
            order: self.scheduled,
            happening,
        }));
        self.scheduled += 1;
    }
}

impl<H> Iterator for Agenda<H> {
    type Item = H;

    /// What happens next. It becomes the present.
    fn next(&mut self) -> Option<H> {
        let Reverse(entry) = self.entries.pop()?;
        self.now = entry.at;
        Some(entry.happening)
    }
}

impl<H> Ord for Entry<H> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl<H> PartialOrd for Entry<H> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<H> PartialEq for Entry<H> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<H> Eq for Entry<H> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_at_one_time_happens_in_the_order_of_its_scheduling() {
        let mut agenda = Agenda::new();
        for (at, name) in [(20, 'c'), (10, 'a'), (20, 'd'), (10, 'b')] {
            agenda.put(Moment::from_micros(at), name);
        }
        assert_eq!(agenda.next(), Some('a'));
        agenda.put(agenda.now(), 'x');
        assert_eq!(agenda.by_ref().collect::<String>(), "bxcd");
        assert_eq!(agenda.now(), Moment::from_micros(20));
    }
}
