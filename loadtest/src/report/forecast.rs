//! What was predicted of a run, in the words of its report.

/// What was predicted of a run, from one basis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forecast {
    /// What service times it was predicted from: `ideal exponential`, `single attempts`.
    pub(crate) basis: String,
    /// What each of the run's policies should do, in their order.
    pub(crate) policies: Vec<Expected>,
}

/// What one policy should do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    /// The mean latency, in seconds.
    pub(crate) mean: Expectation,
    /// The median.
    pub(crate) p50: Expectation,
    /// The 99th percentile.
    pub(crate) p99: Expectation,
    /// Attempt-seconds of a workflow.
    pub(crate) work: Expectation,
    /// The share of workflows that give no result.
    pub(crate) failure: Expectation,
}

/// One figure that was predicted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expectation {
    /// The figure.
    pub(crate) value: f64,
    /// Its standard error; 0 in closed form.
    pub(crate) standard_error: f64,
    /// How it was predicted: the formula and where it is from, or how many flights were simulated.
    pub(crate) source: String,
}
