//! Up to which load a policy is faster than fork-join.

use std::fmt;

use super::scheduler::Scheduler;
use super::sweep::Cell;
use super::tally::{Gauge, Summary};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// The mean response time.
    Mean,
    /// Its 99th percentile.
    P99,
}

/// Where a policy stops to pay.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payoff {
    policy: Scheduler,
    figure: Figure,
    until: Until,
    /// The lowest load at which the policy is overloaded while fork-join is not.
    overloaded_at: Option<f64>,
}

/// Up to where a policy is faster than fork-join, or at least not slower beyond noise.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Until {
    /// Up to this load, which lies on the line between two that were simulated.
    Load(f64),
    /// Up to some load between these: at the higher one it is overloaded, and has no time.
    Between(f64, f64),
    /// Not at the lowest load that was simulated.
    Never,
    /// At every load that was simulated and that fork-join can bear.
    Always,
}

/// A difference counts as one if it exceeds its standard error by this factor.
const SIGNIFICANCE: f64 = 3.0;

/// Where each redundant policy of a sweep stops to pay, if fork-join was in it.
pub(crate) fn payoffs(cells: &[Cell]) -> Vec<Payoff> {
    let mut policies: Vec<_> = cells.iter().map(|cell| cell.policy).collect();
    policies.dedup();
    let redundant = policies.into_iter().filter(|policy| policy.is_redundant());
    let figures = |policy| [Figure::Mean, Figure::P99].map(|figure| (policy, figure));
    redundant
        .flat_map(figures)
        .filter_map(|(policy, figure)| payoff(cells, policy, figure))
        .collect()
}

fn payoff(cells: &[Cell], policy: Scheduler, figure: Figure) -> Option<Payoff> {
    let mut until = None;
    let mut before = None;
    for (base, other) in pairs(cells, policy) {
        let load = base.load;
        let Some(ratio) = ratio(figure, base.sound()?, other.sound()) else {
            let end = before.map_or(Until::Never, |(low, _)| Until::Between(low, load));
            until = until.or(Some(end));
            return until.map(|until| Payoff {
                policy,
                figure,
                until,
                overloaded_at: Some(load),
            });
        };
        if until.is_none() && ratio.value > SIGNIFICANCE * ratio.error {
            until = Some(before.map_or(Until::Never, |(low, last)| {
                Until::Load(crossing((low, last), (load, ratio.value)))
            }));
        }
        before = Some((load, ratio.value));
    }
    before.map(|_| Payoff {
        policy,
        figure,
        until: until.unwrap_or(Until::Always),
        overloaded_at: None,
    })
}

/// Fork-join and the policy at the same loads, as far as fork-join can bear them.
fn pairs(cells: &[Cell], policy: Scheduler) -> impl Iterator<Item = (&Cell, &Cell)> {
    let of = move |wanted| cells.iter().filter(move |cell| cell.policy == wanted);
    let base = of(Scheduler::ForkJoin).take_while(|cell| cell.sound().is_some());
    base.zip(of(policy))
}

/// The logarithm of how many times as long the policy takes as fork-join.
fn ratio(figure: Figure, base: &Summary, other: Option<&Summary>) -> Option<Gauge> {
    let (base, other) = (figure.of(base), figure.of(other?));
    let relative = |gauge: Gauge| gauge.error / gauge.value;
    Some(Gauge {
        value: (other.value / base.value).ln(),
        error: relative(base).hypot(relative(other)),
    })
}

/// Where the line through two points crosses zero; the first point's place if it is above already,
/// within noise.
fn crossing((x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> f64 {
    if y0 >= 0.0 {
        return x0;
    }
    x0 + (x1 - x0) * -y0 / (y1 - y0)
}

impl Figure {
    fn of(self, summary: &Summary) -> Gauge {
        match self {
            Self::Mean => summary.mean,
            Self::P99 => summary.p99,
        }
    }
}

impl fmt::Display for Payoff {
    /// One sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = match self.figure {
            Figure::Mean => "on average",
            Figure::P99 => "in the 99th percentile",
        };
        write!(f, "{} is ", self.policy)?;
        match self.until {
            Until::Load(load) => write!(f, "slower than fork-join {figure} from load {load:.2} on"),
            Until::Between(low, high) => write!(
                f,
                "no slower than fork-join {figure} up to load {low:.2}, and overloaded at {high:.2}"
            ),
            Until::Never => write!(f, "slower than fork-join {figure} at every load"),
            Until::Always => write!(f, "no slower than fork-join {figure} at any load"),
        }?;
        match (self.until, self.overloaded_at) {
            (Until::Load(_) | Until::Never, Some(load)) => {
                write!(f, ", and overloaded from {load:.2} on")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "payoff_tests.rs"]
mod tests;
