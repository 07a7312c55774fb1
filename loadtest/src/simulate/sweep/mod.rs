//! A cluster under several policies, at one load after the other.

pub(crate) mod page;
pub(crate) mod payoff;
pub(crate) mod settings;
pub(crate) mod text;

use serde::{Serialize, Serializer};

use crate::simulate::cluster::experiment::Experiment;
use crate::simulate::cluster::horizon::RELAXATIONS_MIN;
use crate::simulate::cluster::scheduler::Scheduler;
use crate::simulate::cluster::tally::{State, Summary};

/// One policy at one load.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cell {
    /// Which.
    #[serde(serialize_with = "as_text")]
    pub(crate) policy: Scheduler,
    /// The offered load, as a share of all slots.
    pub(crate) load: f64,
    /// What came of it; none where a lower load was too much already.
    pub(crate) summary: Option<Summary>,
}

fn as_text<S: Serializer>(policy: &Scheduler, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(policy)
}

/// Runs every policy at every load, from low to high, and tells of each. A policy that is
/// overloaded is spared the higher loads.
pub(crate) fn sweep(
    experiment: &Experiment,
    policies: &[Scheduler],
    loads: &[f64],
    mut tell: impl FnMut(&Cell),
) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &policy in policies {
        let mut is_overloaded = false;
        for &load in loads {
            let experiment = Experiment {
                load,
                ..experiment.clone()
            };
            let summary = (!is_overloaded).then(|| experiment.run(policy));
            is_overloaded |= summary.as_ref().is_some_and(Summary::is_overloaded);
            let cell = Cell {
                policy,
                load,
                summary,
            };
            tell(&cell);
            cells.push(cell);
        }
    }
    cells
}

impl Summary {
    /// Whether its figures mean nothing.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.state == State::Overloaded
    }
}

impl Cell {
    /// What came of it, where that means something.
    pub(crate) fn sound(&self) -> Option<&Summary> {
        let summary = self.summary.as_ref();
        summary.filter(|summary| !summary.is_overloaded())
    }

    /// What came of it, where the cluster came to a balance.
    pub(crate) fn steady(&self) -> Option<&Summary> {
        let summary = self.summary.as_ref();
        summary.filter(|summary| summary.state == State::Steady)
    }

    /// In a word, how it stands.
    pub(crate) fn state(&self) -> &'static str {
        match self.summary.as_ref().map(|summary| summary.state) {
            Some(State::Steady) => "steady",
            Some(State::Growing) => "growing",
            Some(State::Short) => "short",
            Some(State::Overloaded) | None => "overloaded",
        }
    }
}

/// How many functions must arrive for the runs that were short not to be, as far as any number
/// will do; none if there are none such. `tasks` is how many did.
pub(crate) fn tasks_wanted(cells: &[Cell], tasks: u32) -> Option<u64> {
    let summaries = cells.iter().filter_map(|cell| cell.summary.as_ref());
    let short = summaries.filter(|it| it.state == State::Short && it.relaxations > 0.0);
    let least = short.map(|it| it.relaxations).reduce(f64::min)?;
    let wanted = f64::from(tasks) * RELAXATIONS_MIN / least;
    // To two digits, not less.
    let unit = 10_f64.powf(wanted.log10().floor() - 1.0);
    Some(((wanted / unit).ceil() * unit) as u64)
}

#[cfg(test)]
mod tests;
