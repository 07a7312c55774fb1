//! Single attempts: what service times are, with nobody to stop them.

use raptor_core::flight;

use crate::run::Run;
use crate::sample::Outcome;

/// Service times that nothing cut short.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Single {
    /// Where they are from.
    pub(super) source: String,
    /// By function, in seconds; only functions that have some.
    pub(super) functions: Vec<(String, Vec<f64>)>,
}

/// Those of attempts that were measured on their own; else those of fork-join, where every attempt
/// runs to its end. None where there is neither: of a flight, only the fastest are seen.
pub(super) fn single(run: &Run) -> Option<Single> {
    let alone = run.attempts_alone.iter();
    let alone = alone.map(|services| services.iter().map(|it| it.as_secs_f64()).collect());
    measured(run, "measured on their own".to_owned(), alone.collect()).or_else(|| {
        let mut policies = run.policies.iter().enumerate();
        let (at, policy) = policies.find(|(_, it)| it.kind == flight::Policy::ForkJoin)?;
        measured(run, format!("of {policy}"), values(run, at))
    })
}

fn measured(run: &Run, source: String, services: Vec<Vec<f64>>) -> Option<Single> {
    let functions = run.workflow.functions.iter().cloned().zip(services);
    let functions: Vec<_> = functions.filter(|(_, it)| it.len() > 1).collect();
    (!functions.is_empty()).then_some(Single { source, functions })
}

/// What the attempts of a policy took that ended with a value, by function.
fn values(run: &Run, policy: usize) -> Vec<Vec<f64>> {
    let mut values = vec![Vec::new(); run.workflow.functions.len()];
    let counted = super::super::tally::counted(&run.samples, policy);
    let attempts = counted.flat_map(|sample| &sample.attempts);
    for attempt in attempts.filter(|it| it.outcome == Outcome::Value) {
        let service = attempt.service().map(|it| it.as_secs_f64());
        values[attempt.function].extend(service);
    }
    values
}
