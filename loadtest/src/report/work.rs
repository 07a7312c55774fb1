//! What a workflow's attempts took, and which of them were for nothing.

use std::time::Duration;

use crate::sample::{Attempt, Outcome, Sample};

/// What the attempts of one workflow took, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Attempt-seconds: the time from launch to end of every attempt, added up. Attempts whose end
    /// nobody knows add nothing.
    pub(crate) all: Duration,
    /// The part of attempts that did not give the value that counted: they were stopped, failed,
    /// or came second. In a workflow that did not land, all of it.
    pub(crate) wasted: Duration,
}

/// What a workflow's attempts took; none where the target told of no attempts.
pub(crate) fn of(sample: &Sample) -> Option<Work> {
    if sample.attempts.is_empty() {
        return None;
    }
    let mut work = Work::default();
    for (attempt, has_won) in sample.attempts.iter().zip(won(sample)) {
        let service = attempt.service().unwrap_or_default();
        work.all += service;
        if !has_won {
            work.wasted += service;
        }
    }
    Some(work)
}

/// For every attempt of a workflow whether it gave the value that counted: where it landed, the
/// first of its function, and of two at the same microsecond that of the lowest member; else none.
///
/// In a flight the leader seals the value that it hears of first. Ends are of different nodes'
/// clocks, and messages take their time: of two values that end within a network delay, or within
/// what the clocks differ by, the one that is taken here may be the other. What is wasted hardly
/// depends on it: both took about as long.
pub(crate) fn won(sample: &Sample) -> Vec<bool> {
    if sample.has_landed() {
        first(&sample.attempts)
    } else {
        vec![false; sample.attempts.len()]
    }
}

fn first(attempts: &[Attempt]) -> Vec<bool> {
    let rank = |at: usize| {
        let attempt = &attempts[at];
        (attempt.end_us, attempt.member, at)
    };
    let is_value = |at: &usize| {
        let attempt = &attempts[*at];
        attempt.outcome == Outcome::Value && attempt.end_us.is_some()
    };
    let is_first = |at: usize| {
        let others = (0..attempts.len()).filter(is_value);
        let mut same = others.filter(|other| attempts[*other].function == attempts[at].function);
        same.all(|other| rank(at) <= rank(other))
    };
    (0..attempts.len())
        .map(|at| is_value(&at) && is_first(at))
        .collect()
}
