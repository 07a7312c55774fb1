//! Distributions as text: a name and its terms.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::{BIMODAL_FACTOR, BIMODAL_SLOW, Distribution, PARETO_SHAPE, Shape};

/// The longest mean. Long enough for any test, and far from where times overflow.
const MEAN_MAX: Duration = Duration::from_secs(3600);

/// A text is no distribution. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the distribution {text:?}: {why}")]
pub struct DistributionError {
    text: String,
    why: String,
}

/// What every name is followed by, for those who mistype it.
const FORMS: &str = "write one of \"exp mean=200ms\", \"shifted-exp mean=200ms constant=0.5\", \
    \"const mean=200ms\", \"uniform mean=200ms spread=0.5\", \"pareto mean=200ms shape=2.1\", \
    \"lognormal mean=200ms cv=1\", \"bimodal mean=200ms slow=0.1 factor=10\", \
    \"empirical file=PATH\" (a duration in seconds on every line)";

impl FromStr for Distribution {
    type Err = DistributionError;

    fn from_str(text: &str) -> Result<Self, DistributionError> {
        read(text).map_err(|why| DistributionError {
            text: text.to_owned(),
            why,
        })
    }
}

fn read(text: &str) -> Result<Distribution, String> {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or(FORMS)?;
    let mut terms = Terms::read(words)?;
    if name == "empirical" {
        let file = terms.take("file").ok_or("it needs file=PATH")?;
        terms.is_empty()?;
        return samples(Path::new(&file)).map(Distribution::empirical);
    }
    let mean = terms
        .take("mean")
        .ok_or("it needs its mean, such as mean=200ms")?;
    let mean = read_mean(&mean)?;
    let shape = match name {
        "exp" => Shape::Exp,
        "shifted-exp" => Shape::ShiftedExp {
            constant: terms.number("constant", 0.5, |it| (0.0..=1.0).contains(&it), "0 to 1")?,
        },
        "const" => Shape::Const,
        "uniform" => Shape::Uniform {
            spread: terms.number("spread", 1.0, |it| (0.0..=1.0).contains(&it), "0 to 1")?,
        },
        "pareto" => Shape::Pareto {
            shape: terms.number("shape", PARETO_SHAPE, |it| it > 1.0, "more than 1")?,
        },
        "lognormal" => Shape::Lognormal {
            cv: terms.number("cv", 1.0, |it| it > 0.0, "more than 0")?,
        },
        "bimodal" => Shape::Bimodal {
            slow: terms.number("slow", BIMODAL_SLOW, |it| 0.0 < it && it < 1.0, "0 to 1")?,
            factor: terms.number("factor", BIMODAL_FACTOR, |it| it >= 1.0, "at least 1")?,
        },
        _ => return Err(format!("there is no {name:?}: {FORMS}")),
    };
    terms.is_empty()?;
    Ok(Distribution::new(shape, mean))
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

/// A file with one duration on every line, in seconds.
fn samples(path: &Path) -> Result<Vec<Duration>, String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|why| format!("read {name}: {why}"))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let samples = lines.map(|(at, line)| {
        let seconds: Option<f64> = line.trim().parse().ok();
        let duration = seconds.and_then(|it| Duration::try_from_secs_f64(it).ok());
        let line = at + 1;
        duration.ok_or_else(|| format!("{name} line {line}: no duration in seconds, as 0.25"))
    });
    let samples: Vec<_> = samples.collect::<Result<_, _>>()?;
    if samples.is_empty() {
        return Err(format!(
            "{name} holds no durations, one in seconds on every line"
        ));
    }
    Ok(samples)
}

/// What stands behind the name.
struct Terms(BTreeMap<String, String>);

impl Terms {
    fn read<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut terms = BTreeMap::new();
        for word in words {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| format!("{word:?} is no term such as mean=200ms"))?;
            if terms.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(format!("{key} stands there twice"));
            }
        }
        Ok(Self(terms))
    }

    fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    fn number(
        &mut self,
        key: &str,
        default: f64,
        fits: impl Fn(f64) -> bool,
        range: &str,
    ) -> Result<f64, String> {
        let Some(text) = self.take(key) else {
            return Ok(default);
        };
        let number = text.parse().ok().filter(|it: &f64| it.is_finite());
        number
            .filter(|it| fits(*it))
            .ok_or_else(|| format!("{key}={text} must be a number, {range}"))
    }

    /// Whether all that stood there was used.
    fn is_empty(&self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(key) => Err(format!("it has no {key}: {FORMS}")),
            None => Ok(()),
        }
    }
}
