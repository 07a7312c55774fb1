//! Distributions as text: a name and its terms.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::samples;
use super::{BIMODAL_FACTOR, BIMODAL_SLOW, Distribution, PARETO_SHAPE, Shape};
use crate::terms::Terms;

/// The longest mean. Long enough for any test, and far from where times overflow.
const MEAN_MAX: Duration = Duration::from_secs(3600);

/// The largest coefficient of variation of the lognormal distribution. At 100, half of all times
/// are below a hundredth of the mean; beyond, no test is long enough to see the mean.
const CV_MAX: f64 = 100.0;

/// The largest factor of the bimodal distribution, for the same reason.
const FACTOR_MAX: f64 = 1e6;

/// A text is no distribution. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the distribution {text:?}: {why}")]
pub struct DistributionError {
    text: String,
    why: String,
}

/// Every distribution by its name, written out.
const FORMS: [(&str, &str); 8] = [
    ("exp", "exp mean=200ms"),
    ("shifted-exp", "shifted-exp mean=200ms constant=0.5"),
    ("const", "const mean=200ms"),
    ("uniform", "uniform mean=200ms spread=0.5"),
    ("pareto", "pareto mean=200ms shape=2.1"),
    ("lognormal", "lognormal mean=200ms cv=1"),
    ("bimodal", "bimodal mean=200ms slow=0.1 factor=10"),
    ("empirical", "empirical file=PATH"),
];

impl FromStr for Distribution {
    type Err = DistributionError;

    fn from_str(text: &str) -> Result<Self, DistributionError> {
        read(text, Path::new(""))
    }
}

/// As [`Distribution::read`].
pub(super) fn read(text: &str, directory: &Path) -> Result<Distribution, DistributionError> {
    parse(text.trim(), directory).map_err(|why| DistributionError {
        text: text.to_owned(),
        why,
    })
}

fn parse(text: &str, directory: &Path) -> Result<Distribution, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let form = FORMS.iter().find(|(known, _)| *known == name);
    let form = form.ok_or_else(|| unknown(name))?.1;
    let read = match name {
        "empirical" => empirical(rest.trim(), directory),
        _ => by_mean(name, rest),
    };
    read.map_err(|why| match why {
        Mistake::InText(why) => format!("{why}: write it as \"{form}\""),
        Mistake::InFile(why) => why,
    })
}

fn unknown(name: &str) -> String {
    let forms = FORMS.map(|(_, form)| format!("\"{form}\"")).join(", ");
    match name {
        "" => format!("it is empty: write one of {forms}"),
        _ => format!("there is no {name:?}: write one of {forms}"),
    }
}

/// What is wrong.
enum Mistake {
    /// With what is written.
    InText(String),
    /// With the file that it names.
    InFile(String),
}

impl From<String> for Mistake {
    fn from(why: String) -> Self {
        Self::InText(why)
    }
}

/// The only term is a path, which may hold spaces.
fn empirical(term: &str, directory: &Path) -> Result<Distribution, Mistake> {
    let file = term.strip_prefix("file=").filter(|file| !file.is_empty());
    let file = file.ok_or_else(|| "it needs its file of samples, and nothing else".to_owned())?;
    let samples = samples::read(&directory.join(file)).map_err(Mistake::InFile)?;
    Ok(Distribution {
        file: Some(Arc::from(file)),
        ..Distribution::empirical(samples)
    })
}

fn by_mean(name: &str, terms: &str) -> Result<Distribution, Mistake> {
    let mut terms = Terms::read(terms, "mean=200ms")?;
    let mean = terms.take("mean").ok_or("it needs its mean".to_owned())?;
    let mean = read_mean(&mean)?;
    let shape = shape(name, &mut terms)?;
    match terms.left() {
        Some(key) => Err(format!("{name} has no {key}").into()),
        None => Ok(Distribution::new(shape, mean)),
    }
}

fn shape(name: &str, terms: &mut Terms) -> Result<Shape, String> {
    let share = |it: f64| (0.0..=1.0).contains(&it);
    let mut number = |key, default, fits: &dyn Fn(f64) -> bool, range| {
        let number = terms.number(key, fits, range)?;
        Ok::<f64, String>(number.unwrap_or(default))
    };
    Ok(match name {
        "exp" => Shape::Exp,
        "shifted-exp" => Shape::ShiftedExp {
            constant: number("constant", 0.5, &share, "from 0 to 1")?,
        },
        "const" => Shape::Const,
        "uniform" => Shape::Uniform {
            spread: number("spread", 1.0, &share, "from 0 to 1")?,
        },
        "pareto" => Shape::Pareto {
            shape: number("shape", PARETO_SHAPE, &|it| it > 1.0, "above 1")?,
        },
        "lognormal" => {
            let fits = |it| 0.0 < it && it <= CV_MAX;
            let cv = number("cv", 1.0, &fits, "above 0, up to 100")?;
            Shape::Lognormal { cv }
        }
        "bimodal" => {
            let is_share = |it| 0.0 < it && it < 1.0;
            let is_factor = |it| (1.0..=FACTOR_MAX).contains(&it);
            Shape::Bimodal {
                slow: number("slow", BIMODAL_SLOW, &is_share, "between 0 and 1")?,
                factor: number("factor", BIMODAL_FACTOR, &is_factor, "from 1 to 1000000")?,
            }
        }
        _ => unreachable!("{name:?} is none of the forms with a mean"),
    })
}

/// A mean, as `200ms`.
pub(crate) fn read_mean(text: &str) -> Result<Duration, String> {
    let mean = humantime::parse_duration(text)
        .map_err(|why| format!("{text:?} is no duration such as \"200ms\": {why}"))?;
    if mean > MEAN_MAX {
        let max = humantime::format_duration(MEAN_MAX);
        return Err(format!("{text} is more than {max}"));
    }
    Ok(mean)
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
