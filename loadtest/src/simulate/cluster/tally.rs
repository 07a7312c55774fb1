//! What is counted in a simulated cluster, and what it says.

use std::ops::Range;
use std::time::Duration;

use raptor_core::Moment;
use serde::Serialize;

use super::trend::Trend;

/// What is counted while a cluster runs. Workflows are numbered by their arrival; those that come
/// first meet a cluster that fills, and those that come last one that empties: they count nowhere.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    counted: Range<u32>,
    /// By counted workflow.
    lives: Vec<Life>,
    /// Of counted workflows: how long attempts ran, in microseconds, and how many.
    work: u64,
    attempts: u64,
    failed: u64,
    slots: Occupancy,
    /// How the slots stood when the counted ones began and ceased to arrive.
    opened: Reading,
    closed: Reading,
    /// How many workflows are under way.
    inside: u64,
    trend: Trend,
    /// Of how many batches the errors are made.
    batches: usize,
}

/// What became of a workflow, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    /// From its arrival to its result; none if there was none.
    took: Option<u64>,
    /// How long all that ran of it waited in queues.
    waited: u64,
}

/// How many slots are taken, added up over time.
#[derive(Clone, Copy, Debug, Default)]
struct Occupancy {
    taken: u64,
    read: Reading,
}

/// A reading of the slots.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    at: Moment,
    /// Slots times microseconds since the beginning.
    area: u128,
}

/// A figure and its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Gauge {
    /// The figure.
    pub(crate) value: f64,
    /// Its standard error, from the means of batches.
    pub(crate) error: f64,
}

/// Whether a cluster came to a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It did.
    Steady,
    /// The longer it ran, the more workflows were under way, though slots were free: it needs more
    /// time than it was given, or some of its servers got too much.
    Growing,
    /// It was not looked at for long enough to tell whether it did or grows: it had less than
    /// [so many relaxation times](super::horizon::RELAXATIONS_MIN). Its times are rather too small
    /// than too large, and so are their errors.
    Short,
    /// More came than it could do: no time is enough, and its figures mean nothing.
    Overloaded,
}

/// What a run says. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Whether the rest means anything.
    pub(crate) state: State,
    /// How many [relaxation times](super::horizon::Horizon) the run had.
    pub(crate) relaxations: f64,
    /// How many workflows were counted.
    pub(crate) workflows: u64,
    /// How many of them gave no result. Response times are those of the others.
    pub(crate) failed: u64,
    /// The mean response time.
    pub(crate) mean: Gauge,
    /// The median.
    pub(crate) p50: Gauge,
    /// The 99th percentile.
    pub(crate) p99: Gauge,
    /// How long attempts of one workflow waited in queues, all together, on average.
    pub(crate) wait: Gauge,
    /// How long they ran, all together, on average: seconds of one slot if they take one.
    pub(crate) work: f64,
    /// How many ran.
    pub(crate) attempts: f64,
    /// The share of the slots that were taken on average.
    pub(crate) utilisation: f64,
}

/// A cluster all of whose slots are taken for more than this share of the time is overloaded, if
/// what it has not done grows besides.
const FULL_SHARE: f64 = 0.985;

impl Tally {
    /// Nothing counted; these workflows are to be, their errors made of so many batches, each of
    /// which should be longer than anything is remembered.
    pub(crate) fn new(counted: Range<u32>, batches: usize) -> Self {
        Self {
            lives: vec![Life::default(); counted.len()],
            trend: Trend::new(counted.clone()),
            counted,
            batches,
            work: 0,
            attempts: 0,
            failed: 0,
            slots: Occupancy::default(),
            opened: Reading::default(),
            closed: Reading::default(),
            inside: 0,
        }
    }

    /// A workflow arrives.
    pub(crate) fn on_arrived(&mut self, now: Moment, number: u32) {
        self.inside += 1;
        self.trend.push(number, self.inside);
        if number == self.counted.start {
            self.opened = self.slots.read(now);
        }
        if number == self.counted.end {
            self.closed = self.slots.read(now);
        }
    }

    /// An attempt begins to run.
    pub(crate) fn on_started(&mut self, number: u32, waited: Duration) {
        if let Some(life) = self.life(number) {
            life.waited += waited.as_micros() as u64;
            self.attempts += 1;
        }
    }

    /// An attempt has run.
    pub(crate) fn on_ran(&mut self, number: u32, ran: Duration) {
        if self.counted.contains(&number) {
            self.work += ran.as_micros() as u64;
        }
    }

    /// Slots are taken.
    pub(crate) fn on_held(&mut self, now: Moment, weight: u32) {
        self.slots.read(now);
        self.slots.taken += u64::from(weight);
    }

    /// Slots are free again.
    pub(crate) fn on_released(&mut self, now: Moment, weight: u32) {
        self.slots.read(now);
        self.slots.taken -= u64::from(weight);
    }

    /// A workflow is over.
    pub(crate) fn on_finished(&mut self, number: u32, took: Duration, has_landed: bool) {
        self.inside -= 1;
        match self.life(number) {
            Some(life) if has_landed => life.took = Some(took.as_micros() as u64),
            Some(_) => self.failed += 1,
            None => {}
        }
    }

    /// How many workflows are under way.
    pub(crate) fn inside(&self) -> u64 {
        self.inside
    }

    fn life(&mut self, number: u32) -> Option<&mut Life> {
        let at = number.checked_sub(self.counted.start)?;
        self.lives.get_mut(at as usize)
    }

    /// What it all says of a cluster with so many slots, as if it had run for ever; `is_flooded` where the run was ended
    /// because more was under way than it will ever do.
    pub(crate) fn summary(&self, capacity: u64, is_flooded: bool) -> Summary {
        let workflows = self.lives.len() as f64;
        let utilisation = self.utilisation(capacity);
        let state = match (self.trend.is_growing(), utilisation > FULL_SHARE) {
            _ if is_flooded => State::Overloaded,
            (true, true) => State::Overloaded,
            (true, false) => State::Growing,
            (false, _) => State::Steady,
        };
        let took = |life: &Life| life.took;
        Summary {
            state,
            relaxations: f64::INFINITY,
            workflows: self.lives.len() as u64,
            failed: self.failed,
            mean: self.gauge(took, mean),
            p50: self.gauge(took, |sorted| quantile(sorted, 0.5)),
            p99: self.gauge(took, |sorted| quantile(sorted, 0.99)),
            wait: self.gauge(|life| Some(life.waited), mean),
            work: self.work as f64 / 1e6 / workflows,
            attempts: self.attempts as f64 / workflows,
            utilisation,
        }
    }

    fn utilisation(&self, capacity: u64) -> f64 {
        let length = self.closed.at.since(self.opened.at).as_micros() as f64;
        let area = self.closed.area.saturating_sub(self.opened.area) as f64;
        area / length / capacity as f64
    }

    /// A figure of all lives, with its error from those of the batches.
    fn gauge(
        &self,
        pick: impl Fn(&Life) -> Option<u64> + Copy,
        figure: impl Fn(&[u64]) -> f64,
    ) -> Gauge {
        let of = |lives: &[Life]| {
            let mut picked: Vec<_> = lives.iter().filter_map(pick).collect();
            picked.sort_unstable();
            figure(&picked) / 1e6
        };
        let value = of(&self.lives);
        let batches = self.lives.chunks(self.lives.len().div_ceil(self.batches));
        let batches: Vec<_> = batches.map(of).collect();
        let count = batches.len() as f64;
        let deviations = batches.iter().map(|batch| (batch - value).powi(2));
        let variance = deviations.sum::<f64>() / (count - 1.0);
        let error = (variance / count).sqrt();
        Gauge { value, error }
    }
}

impl Occupancy {
    fn read(&mut self, now: Moment) -> Reading {
        let length = now.since(self.read.at).as_micros();
        self.read.area += u128::from(self.taken) * length;
        self.read.at = now;
        self.read
    }
}

/// The mean; not a number if there is nothing.
fn mean(sorted: &[u64]) -> f64 {
    let sum: u128 = sorted.iter().map(|micros| u128::from(*micros)).sum();
    sum as f64 / sorted.len() as f64
}

/// The least of them that this share of all does not exceed; not a number if there is nothing.
fn quantile(sorted: &[u64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    let found = sorted.get(rank.saturating_sub(1));
    found.map_or(f64::NAN, |micros| *micros as f64)
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
