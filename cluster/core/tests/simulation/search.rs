//! Flying many seeds, and telling of the first that goes wrong.

use std::ops::Range;

use crate::history::History;
use crate::invariant::Violation;
use crate::mark::Marks;
use crate::pilot::Pilot;
use crate::theme::Theme;
use crate::world::World;

/// The last lines of a history that a failure prints; replaying its seed prints all.
const TAIL_LINES_MAX: usize = 120;

/// A seed whose flight breaks an invariant.
#[derive(Debug)]
pub(crate) struct Counterexample {
    pub(crate) seed: u64,
    pub(crate) violation: Violation,
}

/// The first of these seeds that goes wrong; else what they met.
pub(crate) fn search<P: Pilot>(theme: Theme, seeds: Range<u64>) -> Result<Marks, Counterexample> {
    let mut marks = Marks::default();
    for seed in seeds {
        let _named = NamedOnPanic(seed);
        let flown = World::<P>::new(theme.plan(seed), History::default()).fly();
        if let Err(violation) = flown.outcome {
            return Err(Counterexample { seed, violation });
        }
        marks.add(&flown.marks);
    }
    Ok(marks)
}

/// All that goes wrong in these seeds.
pub(crate) fn violations<P: Pilot>(
    theme: Theme,
    seeds: Range<u64>,
) -> impl Iterator<Item = Violation> {
    seeds.filter_map(move |seed| {
        let _named = NamedOnPanic(seed);
        World::<P>::new(theme.plan(seed), History::default())
            .fly()
            .outcome
            .err()
    })
}

/// Flies the theme's seeds, or the one that the environment names. `test` is the caller's name.
///
/// # Panics
///
/// If one goes wrong: with its seed, the broken invariant, and the end of its history.
pub(crate) fn assert_flies<P: Pilot>(test: &str, theme: Theme, seeds: Range<u64>) -> Marks {
    if let Ok(seed) = std::env::var("RAPTOR_SEED") {
        let seed = seed.parse().expect("RAPTOR_SEED is a number");
        println!(
            "{:#?}\n{}",
            theme.plan(seed),
            replay::<P>(theme, seed).text()
        );
        return search::<P>(theme, seed..seed + 1).unwrap_or_else(|found| panic!("{found:?}"));
    }
    let count = std::env::var("RAPTOR_FLIGHTS").map(|count| count.parse());
    let count = count.map_or(seeds.end - seeds.start, |count| count.expect("a number"));
    let seeds = seeds.start..seeds.start + count;
    search::<P>(theme, seeds).unwrap_or_else(|Counterexample { seed, violation }| {
        let text = replay::<P>(theme, seed).text();
        let lines: Vec<_> = text.lines().collect();
        let tail = &lines[lines.len().saturating_sub(TAIL_LINES_MAX)..];
        panic!(
            "{violation}\nreplay: RAPTOR_SEED={seed} cargo test -p raptor-core --test simulation \
             {test} -- --nocapture\nits history ends:\n{}",
            tail.join("\n")
        )
    })
}

/// The same flight again, with its history.
pub(crate) fn replay<P: Pilot>(theme: Theme, seed: u64) -> History {
    World::<P>::new(theme.plan(seed), History::kept())
        .fly()
        .history
}

/// Says which seed it was if the machine panics.
struct NamedOnPanic(u64);

impl Drop for NamedOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was RAPTOR_SEED={}", self.0);
        }
    }
}
