//! Up to which load a redundant policy is faster than one that runs everything once.

use std::fmt;

use super::Cell;
use crate::simulate::cluster::scheduler::Scheduler;
use crate::simulate::cluster::tally::{Gauge, Summary};

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
    /// What it is compared with.
    base: Scheduler,
    figure: Figure,
    until: Until,
    /// Lower loads at which it is slower all the same.
    strays: Vec<f64>,
    /// Loads at which one of the two had not come to a balance: its times would be too small.
    unjudged: Vec<f64>,
    /// The lowest load at which the policy is overloaded while the other is not.
    overloaded_at: Option<f64>,
}

/// Up to where a policy is faster than the other, or at least not slower beyond noise.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Until {
    /// Up to this load, which lies on the line between two that were simulated.
    Load(f64),
    /// Up to some load between these: at the higher one it is overloaded, and has no time.
    Between(f64, f64),
    /// At no load that was judged.
    Never,
    /// At every load that was judged and that the other can bear.
    Always,
}

/// A difference counts as one if it exceeds its standard error by this factor.
const SIGNIFICANCE: f64 = 3.0;

/// Where each redundant policy of a sweep stops to pay, beside others that were in it.
pub(crate) fn payoffs(cells: &[Cell], bases: &[Scheduler]) -> Vec<Payoff> {
    let mut policies: Vec<_> = cells.iter().map(|cell| cell.policy).collect();
    policies.dedup();
    policies.retain(|policy| policy.is_redundant());
    let duels = bases.iter().flat_map(|base| {
        let others = policies.iter().filter(move |policy| *policy != base);
        others.map(move |policy| (*policy, *base))
    });
    let figures = |duel| [Figure::Mean, Figure::P99].map(|figure| (duel, figure));
    duels
        .flat_map(figures)
        .filter_map(|(duel, figure)| payoff(cells, duel, figure))
        .collect()
}

fn payoff(
    cells: &[Cell],
    (policy, base): (Scheduler, Scheduler),
    figure: Figure,
) -> Option<Payoff> {
    let (mut points, mut unjudged) = (Vec::new(), Vec::new());
    let mut overloaded_at = None;
    for (one, other) in pairs(cells, base, policy) {
        let load = one.load;
        match (one.steady(), other.steady()) {
            (Some(one), Some(other)) => points.push((load, ratio(figure, one, other))),
            (Some(_), None) if other.sound().is_none() => {
                overloaded_at = Some(load);
                break;
            }
            _ => unjudged.push(load),
        }
    }
    if points.is_empty() && overloaded_at.is_none() {
        return None;
    }
    let faster = points.iter().rposition(|(_, ratio)| !is_slower(ratio));
    let tail = faster.map_or(0, |last| last + 1);
    let strays = points[..tail].iter().filter(|(_, ratio)| is_slower(ratio));
    Some(Payoff {
        policy,
        base,
        figure,
        until: until(&points, tail, overloaded_at),
        strays: strays.map(|(load, _)| *load).collect(),
        unjudged,
        overloaded_at,
    })
}

/// Where the policy stops to pay that is slower at all points from `tail` on.
fn until(points: &[(f64, Gauge)], tail: usize, overloaded_at: Option<f64>) -> Until {
    let Some((low, last)) = tail.checked_sub(1).map(|at| points[at]) else {
        return Until::Never;
    };
    match (points.get(tail), overloaded_at) {
        (Some((high, ratio)), _) => Until::Load(crossing((low, last.value), (*high, ratio.value))),
        (None, Some(high)) => Until::Between(low, high),
        (None, None) => Until::Always,
    }
}

fn is_slower(ratio: &Gauge) -> bool {
    ratio.value > SIGNIFICANCE * ratio.error
}

/// One and the other at the same loads, as far as the one can bear them.
fn pairs(
    cells: &[Cell],
    base: Scheduler,
    policy: Scheduler,
) -> impl Iterator<Item = (&Cell, &Cell)> {
    let of = move |wanted| cells.iter().filter(move |cell| cell.policy == wanted);
    let base = of(base).take_while(|cell| cell.sound().is_some());
    base.zip(of(policy))
}

/// The logarithm of how many times as long the policy takes as the other.
fn ratio(figure: Figure, base: &Summary, other: &Summary) -> Gauge {
    let (base, other) = (figure.of(base), figure.of(other));
    let relative = |gauge: Gauge| gauge.error / gauge.value;
    Gauge {
        value: (other.value / base.value).ln(),
        error: relative(base).hypot(relative(other)),
    }
}

/// Where the line through two points crosses zero; the first point's place if it is above already,
/// within noise.
fn crossing((x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> f64 {
    if y0 >= 0.0 {
        return x0;
    }
    x0 + (x1 - x0) * -y0 / (y1 - y0)
}

impl Payoff {
    /// Whether it is about means, which most ask for first.
    pub(crate) fn is_of_means(&self) -> bool {
        self.figure == Figure::Mean
    }
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
        let base = self.base;
        write!(f, "{} is ", self.policy)?;
        match self.until {
            Until::Load(load) => {
                write!(
                    f,
                    "not measurably slower than {base} {figure} up to load {load:.2}"
                )
            }
            Until::Between(low, high) => write!(
                f,
                "not measurably slower than {base} {figure} up to load {low:.2}, and overloaded at \
                 {high:.2}"
            ),
            Until::Never => write!(f, "slower than {base} {figure} at every load"),
            Until::Always => write!(f, "not measurably slower than {base} {figure} at any load"),
        }?;
        write_loads(f, ", except at", &self.strays)?;
        if let (Until::Load(_) | Until::Never, Some(load)) = (self.until, self.overloaded_at) {
            write!(f, ", and overloaded from {load:.2} on")?;
        }
        write_loads(
            f,
            "; not judged, since no balance was reached, at",
            &self.unjudged,
        )
    }
}

fn write_loads(f: &mut fmt::Formatter<'_>, before: &str, loads: &[f64]) -> fmt::Result {
    let [first, rest @ ..] = loads else {
        return Ok(());
    };
    write!(f, "{before} {first:.2}")?;
    rest.iter().try_for_each(|load| write!(f, ", {load:.2}"))
}

#[cfg(test)]
#[path = "payoff_tests.rs"]
mod tests;
