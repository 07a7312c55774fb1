//! What a metric is: its name, its labels, and what it says.

use metrics::Unit;

/// A metric: its name, its unit, its labels, and what it says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name, with the base unit at its end, as Prometheus wants it.
    pub name: &'static str,
    /// What kind it is.
    pub kind: MetricKind,
    /// Its unit; none for a plain count.
    pub unit: Option<Unit>,
    /// What its series differ in.
    pub labels: &'static [Label],
    /// The upper bounds of a histogram's buckets, in its unit, without the infinite one; none for
    /// other kinds. Whoever installs a recorder sets them: those of several nodes can be added
    /// only if all have the same.
    pub buckets: &'static [f64],
    /// What it says.
    pub help: &'static str,
}

/// A label of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Which values it has, in words or one by one.
    pub values: &'static str,
}

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// A distribution.
    Histogram,
}

/// Bounds of what takes from a millisecond to minutes: flights, attempts, requests. Six a decade:
/// a quantile is told to within its bucket, whose ends are, below half a minute, at most 5 to 3.
pub const DURATIONS_S: &[f64] = &[
    0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2,
    0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0,
];

/// Bounds of what takes from a tenth of a millisecond to a second: the end of a process. By default
/// it is killed after 20 ms.
pub const MOMENTS_S: &[f64] = &[
    0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015,
    0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0,
];

impl Metric {
    /// What only grows.
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            kind: MetricKind::Counter,
            unit: None,
            labels: &[],
            buckets: &[],
            help,
        }
    }

    /// What goes up and down.
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        let kind = MetricKind::Gauge;
        Self {
            kind,
            ..Self::counter(name, help)
        }
    }

    /// A distribution of times, with these bounds of buckets, in seconds.
    pub const fn seconds(name: &'static str, buckets: &'static [f64], help: &'static str) -> Self {
        Self {
            kind: MetricKind::Histogram,
            unit: Some(Unit::Seconds),
            buckets,
            ..Self::counter(name, help)
        }
    }

    /// The same in a unit.
    #[must_use]
    pub const fn in_unit(self, unit: Unit) -> Self {
        let unit = Some(unit);
        Self { unit, ..self }
    }

    /// The same with these labels.
    #[must_use]
    pub const fn with(self, labels: &'static [Label]) -> Self {
        Self { labels, ..self }
    }

    /// Tells the recorder that is installed what it means.
    pub fn describe(&self) {
        let Self {
            name, kind, help, ..
        } = *self;
        let unit = self.unit.unwrap_or(Unit::Count);
        match kind {
            MetricKind::Counter => metrics::describe_counter!(name, unit, help),
            MetricKind::Gauge => metrics::describe_gauge!(name, unit, help),
            MetricKind::Histogram => metrics::describe_histogram!(name, unit, help),
        }
    }
}

impl Label {
    /// A label and its values.
    pub const fn new(name: &'static str, values: &'static str) -> Self {
        Self { name, values }
    }
}
