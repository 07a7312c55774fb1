//! The plots of a page.

use crate::plot::{Axis, Chart, Series, Style};
use crate::run::Run;
use crate::sample::Sample;
use crate::statistics::{fit, quantile};

use super::super::tally::{counted, latencies};
use super::figure::{Unit, percent, time};
use super::single::Single;

/// How many points a distribution function is drawn with at most: more than there are pixels to
/// tell them apart would only make the page long.
const POINTS_MAX: usize = 400;

/// How many bars a histogram has.
const BARS: usize = 40;

/// How many points a line over time has at most.
const MOMENTS_MAX: usize = 60;

/// Of how many workflows each of them is on average, at least: of fewer, rates are mostly chance.
const MOMENT_SAMPLES_MIN: usize = 20;

/// How many functions are told apart; more of them are drawn as one.
const FUNCTIONS_MAX: usize = 4;

/// Every policy's name and latencies in seconds, the shortest first; only those that have some.
fn sorted(run: &Run) -> Vec<(String, Vec<f64>)> {
    let policies = run.policies.iter().enumerate();
    let all = policies.map(|(at, policy)| {
        let sorted = quantile::sorted(&latencies(&run.samples, at));
        (policy.to_string(), sorted)
    });
    all.filter(|(_, sorted)| !sorted.is_empty()).collect()
}

fn longest(sorted: &[(String, Vec<f64>)]) -> f64 {
    let longest = sorted.iter().filter_map(|(_, it)| it.last());
    longest.copied().fold(0.0, f64::max)
}

/// Which share of workflows took at most so long.
pub(super) fn cumulative(run: &Run) -> Chart {
    let title = "Latency: which share took at most so long".to_owned();
    cumulative_of(title, &sorted(run))
}

/// The same of any latencies in seconds, the shortest first, under their names: at least one each.
pub(crate) fn cumulative_of(title: String, sorted: &[(String, Vec<f64>)]) -> Chart {
    let unit = Unit::of(longest(sorted));
    let series = sorted.iter().map(|(name, sorted)| {
        let count = sorted.len();
        let step = count.div_ceil(POINTS_MAX);
        let kept = (0..count).filter(|at| at.is_multiple_of(step) || at + 1 == count);
        let point = |at| {
            let share = (at + 1) as f64 / count as f64;
            (sorted[at] * unit.per_second, share)
        };
        let start = (sorted[0] * unit.per_second, 0.0);
        let points = std::iter::once(start).chain(kept.map(point)).collect();
        Series::new(name, Style::Steps, points)
    });
    Chart {
        title,
        x: Axis::linear(unit.name),
        y: Axis::linear("share of workflows that landed"),
        series: series.collect(),
    }
}

/// Which share of workflows took more than so long, on logarithmic axes: the tail. A line that is
/// straight on a logarithmic share is exponential.
pub(super) fn tail(run: &Run) -> Chart {
    let sorted = sorted(run);
    let unit = Unit::of(longest(&sorted));
    let series = sorted.iter().map(|(name, sorted)| {
        let count = sorted.len();
        let step = count.div_ceil(POINTS_MAX);
        // The last of them, where the tail is, are all kept.
        let is_kept = |at: &usize| at.is_multiple_of(step) || at + POINTS_MAX / 4 > count;
        let point = |at| {
            let longer = (count - at) as f64 / count as f64;
            (sorted[at] * unit.per_second, longer)
        };
        Series::new(
            name,
            Style::Line,
            (0..count).filter(is_kept).map(point).collect(),
        )
    });
    Chart {
        title: "The tail: which share took at least so long".to_owned(),
        x: Axis::linear(unit.name),
        y: Axis::log("share of workflows that landed"),
        series: series.collect(),
    }
}

/// How many workflows took about so long.
pub(super) fn histogram(run: &Run) -> Chart {
    let sorted = sorted(run);
    let tails = sorted
        .iter()
        .filter_map(|(_, it)| quantile::of_sorted(it, 0.99));
    let end = tails.fold(0.0, f64::max) * 1.1;
    let unit = Unit::of(end);
    let width = (end / BARS as f64).max(1e-9);
    let all: usize = sorted.iter().map(|(_, it)| it.len()).sum();
    let beyond = sorted
        .iter()
        .flat_map(|(_, it)| it)
        .filter(|it| **it >= end);
    let beyond = beyond.count() as f64 / all.max(1) as f64;
    let series = sorted.iter().map(|(name, sorted)| {
        let mut counts = [0usize; BARS];
        for latency in sorted.iter().filter(|it| **it < end) {
            counts[((latency / width) as usize).min(BARS - 1)] += 1;
        }
        let left = |at: usize| at as f64 * width * unit.per_second;
        let share = |count| 100.0 * count as f64 / sorted.len() as f64;
        let bars = counts.into_iter().enumerate();
        let bars = bars.map(|(at, count)| (left(at), share(count)));
        Series::new(name, Style::Bars, bars.chain([(left(BARS), 0.0)]).collect())
    });
    Chart {
        title: format!(
            "Latency: how many took about so long ({} lie beyond)",
            percent(beyond)
        ),
        x: Axis::linear(unit.name),
        y: Axis::linear("% of workflows that landed"),
        series: series.collect(),
    }
}

/// Single attempts against the exponential distribution of their mean: on the diagonal where they
/// agree.
pub(super) fn quantiles(single: &Single) -> Chart {
    let functions = grouped(single);
    let all = functions.iter().flat_map(|(_, it)| it);
    let unit = Unit::of(all.copied().fold(0.0, f64::max));
    let mut series = Vec::new();
    let mut end: f64 = 0.0;
    for (name, services) in &functions {
        let points = fit::qq(services, POINTS_MAX / 2).into_iter();
        let points = points.map(|(x, y)| (x * unit.per_second, y * unit.per_second));
        let points: Vec<_> = points.collect();
        end = points.iter().fold(end, |end, (x, _)| end.max(*x));
        series.push(Series::new(name, Style::Points, points));
    }
    series.push(Series::new(
        "exponential",
        Style::Dashes,
        vec![(0.0, 0.0), (end, end)],
    ));
    Chart {
        title: format!(
            "Single attempts, {}, against the exponential",
            single.source
        ),
        x: Axis::linear(format!("quantile of the fitted exponential, {}", unit.name)),
        y: Axis::linear(format!("quantile measured, {}", unit.name)),
        series,
    }
}

/// Functions one by one, or all together where there are many.
fn grouped(single: &Single) -> Vec<(String, Vec<f64>)> {
    if single.functions.len() <= FUNCTIONS_MAX {
        return single.functions.clone();
    }
    let all = single.functions.iter().flat_map(|(_, it)| it).copied();
    let name = format!("all {} functions", single.functions.len());
    vec![(name, all.collect())]
}

/// How many workflows landed, and failed, in a second, over stretches of the run that are all as
/// long.
pub(super) fn throughput(run: &Run) -> Chart {
    let all = || run.samples.iter().filter(|sample| !sample.is_warm_up);
    let ends = || all().map(|sample| sample.done.as_secs_f64());
    let first = ends().fold(f64::INFINITY, f64::min);
    let last = ends().fold(0.0, f64::max);
    let moments = (all().count() / MOMENT_SAMPLES_MIN).clamp(1, MOMENTS_MAX);
    let width = ((last - first) / moments as f64).max(1e-6);
    let rate = |samples: &mut dyn Iterator<Item = &Sample>| {
        let mut counts = vec![0usize; moments];
        for sample in samples {
            let at = (sample.done.as_secs_f64() - first) / width;
            counts[(at as usize).min(moments - 1)] += 1;
        }
        let point = |(at, count)| (first + (at as f64 + 0.5) * width, count as f64 / width);
        counts
            .into_iter()
            .enumerate()
            .map(point)
            .collect::<Vec<_>>()
    };
    let policies = || run.policies.iter().enumerate();
    let landed = policies().map(|(at, policy)| {
        let landed = rate(&mut counted(&run.samples, at).filter(|it| it.has_landed()));
        Series::new(format!("{policy} landed"), Style::Line, landed)
    });
    let failed = policies().filter_map(|(at, policy)| {
        let failed = || counted(&run.samples, at).filter(|it| !it.has_landed());
        failed().next()?;
        let name = format!("{policy} failed");
        Some(Series::new(name, Style::Dashes, rate(&mut failed())))
    });
    // In this order, so that a policy's colour is that of the other plots.
    let series = landed.chain(failed).collect();
    Chart {
        title: format!("Throughput over time, each point of {}", time(width)),
        x: Axis::linear("seconds since the run began"),
        y: Axis::linear("workflows a second"),
        series,
    }
}
