//! Whether a run gained what theory says.

use std::fmt;
use std::str::FromStr;

use crate::report::page::figure::{percent, range};
use crate::report::summary::{Measure, Ratio, Summary};

/// How far a gain may be from the theory's, in percent of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Within(f64);

/// A text is no such share. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use {0:?}: write a share of the gain that theory says, above 0%, such as \"10%\"")]
pub(super) struct WithinError(String);

/// What one policy gained over the first: which share of the mean it saved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gain {
    policy: String,
    to: String,
    /// None if one of both landed nothing.
    measured: Option<Measure>,
    theory: f64,
    basis: String,
}

/// There is no theory to judge by. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GainError {
    #[error("judge the gain: the scenario has one policy only, and --within needs two")]
    OnePolicy,
    #[error(
        "judge the gain of {policy} over {to}: nothing says what attempts take: set workflow.service"
    )]
    NoTheory { policy: String, to: String },
    #[error("judge the gain of {policy} over {to}: theory says that there is none")]
    None { policy: String, to: String },
}

/// The gains of a run, each over the first policy.
///
/// # Errors
///
/// If there is none, or no theory of it.
pub(super) fn gains(summary: &Summary) -> Result<Vec<Gain>, GainError> {
    if summary.ratios.is_empty() {
        return Err(GainError::OnePolicy);
    }
    summary.ratios.iter().map(gain).collect()
}

fn gain(ratio: &Ratio) -> Result<Gain, GainError> {
    let (policy, to) = (ratio.policy.clone(), ratio.to.clone());
    // The first is from ideal times: what the scenario declares.
    let Some(predicted) = ratio.mean_predicted.first() else {
        return Err(GainError::NoTheory { policy, to });
    };
    let theory = 1.0 - predicted.value;
    if theory <= 0.0 {
        return Err(GainError::None { policy, to });
    }
    // The longest ratio is the smallest gain.
    let measured = ratio.mean.map(|mean| Measure {
        value: 1.0 - mean.value,
        low: mean.high.map(|high| 1.0 - high),
        high: mean.low.map(|low| 1.0 - low),
    });
    Ok(Gain {
        policy,
        to,
        measured,
        theory,
        basis: predicted.basis.clone(),
    })
}

impl Gain {
    /// By which share the measured gain differs from the theory's; none if nothing was measured.
    fn off(&self) -> Option<f64> {
        let measured = self.measured?;
        Some((measured.value / self.theory - 1.0).abs())
    }

    /// Whether it is what theory says, but for that.
    pub(super) fn is_within(&self, Within(percent): Within) -> bool {
        self.off().is_some_and(|off| off * 100.0 <= percent)
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            policy,
            to,
            theory,
            basis,
            ..
        } = self;
        write!(f, "{policy} gains ")?;
        match self.measured {
            None => write!(f, "nothing that was measured")?,
            Some(measured) => {
                let (value, range) = (percent(measured.value), range(&measured, percent));
                write!(f, "{value} of {to}'s mean (95 %: {range})")?;
            }
        }
        write!(f, "; theory says {}, from {basis}", percent(*theory))?;
        match self.off() {
            Some(off) => write!(f, ": {} of that off", percent(off)),
            None => Ok(()),
        }
    }
}

impl FromStr for Within {
    type Err = WithinError;

    fn from_str(text: &str) -> Result<Self, WithinError> {
        let percent = text.strip_suffix('%').map(str::trim_end);
        let percent = percent.and_then(|it| it.parse::<f64>().ok());
        let percent = percent.filter(|it| it.is_finite() && *it > 0.0);
        let within = percent.map(Self);
        within.ok_or_else(|| WithinError(text.to_owned()))
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[cfg(test)]
#[path = "gain_tests.rs"]
mod tests;
