//! Single attempts: what service times are, with nobody to stop them.

use std::time::Duration;

use crate::predict::of_run::of_fork_join;
use crate::run::Run;

use super::super::tally::seconds;

/// Service times that nothing cut short.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Single {
    /// Where they are from.
    pub(super) source: String,
    /// By function, in seconds; only functions that have some.
    pub(super) functions: Vec<(String, Vec<f64>)>,
}

/// Those of attempts that were measured on their own; else those of fork-join, as predictions take
/// them: [`of_fork_join`]. None where there is neither: of a flight, only the fastest are seen.
pub(super) fn single(run: &Run) -> Option<Single> {
    let alone = measured(run, "measured on their own", &run.attempts_alone);
    alone.or_else(|| measured(run, "of fork-join that landed", &of_fork_join(run)))
}

fn measured(run: &Run, source: &str, services: &[Vec<Duration>]) -> Option<Single> {
    let services = services.iter().map(|times| seconds(times));
    let functions = run.workflow.functions.iter().cloned().zip(services);
    let functions: Vec<_> = functions.filter(|(_, it)| it.len() > 1).collect();
    (!functions.is_empty()).then(|| Single {
        source: source.to_owned(),
        functions,
    })
}
