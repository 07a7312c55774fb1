//! Arrivals as text: a name and its terms.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use super::Arrivals;
use super::trace::Trace;
use crate::text::read_duration;

/// The fastest that one process sends in good order is some thousands; this is far beyond.
const RATE_MAX: f64 = 1e6;

/// How long bursts last where nothing is said.
const ON: Duration = Duration::from_secs(1);

/// What every name is followed by, for those who mistype it.
const FORMS: &str = "write one of \"constant rate=20/s\", \"poisson rate=20/s\", \
    \"bursty rate=20/s burst=10 on=1s\", \"trace file=PATH speed=1\" (with function=NAME or \
    column=NAME, if only those of one function, or a column of seconds, are meant)";

/// A text is no arrivals. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the arrivals {text:?}: {why}")]
pub(crate) struct ArrivalsError {
    text: String,
    why: String,
}

impl FromStr for Arrivals {
    type Err = ArrivalsError;

    fn from_str(text: &str) -> Result<Self, ArrivalsError> {
        read(text).map_err(|why| ArrivalsError {
            text: text.to_owned(),
            why,
        })
    }
}

fn read(text: &str) -> Result<Arrivals, String> {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or(FORMS)?;
    let mut terms = Terms::read(words)?;
    let arrivals = match name {
        "constant" => Arrivals::Constant {
            rate: terms.rate()?,
        },
        "poisson" => Arrivals::Poisson {
            rate: terms.rate()?,
        },
        "bursty" => Arrivals::Bursty {
            rate: terms.rate()?,
            burst: terms
                .number("burst", |it| it > 1.0, "more than 1")?
                .ok_or("it needs burst=10: how many times as many arrive in a burst")?,
            on: terms.duration("on")?.unwrap_or(ON),
        },
        "trace" => Arrivals::Trace(Trace {
            file: terms.take("file").ok_or("it needs file=PATH")?.into(),
            function: terms.take("function"),
            column: terms.take("column"),
            speed: terms
                .number("speed", |it| it > 0.0, "more than 0")?
                .unwrap_or(1.0),
        }),
        _ => return Err(format!("there is no {name:?}: {FORMS}")),
    };
    terms.are_used()?;
    Ok(arrivals)
}

/// What stands behind the name.
struct Terms(BTreeMap<String, String>);

impl Terms {
    fn read<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut terms = BTreeMap::new();
        for word in words {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| format!("{word:?} is no term such as rate=20/s"))?;
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
        fits: impl Fn(f64) -> bool,
        range: &str,
    ) -> Result<Option<f64>, String> {
        let Some(text) = self.take(key) else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|it: &f64| it.is_finite());
        let number = number.filter(|it| fits(*it));
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(format!("{key}={text} must be a number, {range}")),
        }
    }

    fn duration(&mut self, key: &str) -> Result<Option<Duration>, String> {
        let duration = self
            .take(key)
            .map(|text| read_duration(&text))
            .transpose()?;
        match duration {
            Some(Duration::ZERO) => Err(format!("{key} must be longer than nothing")),
            duration => Ok(duration),
        }
    }

    /// How many a second.
    fn rate(&mut self) -> Result<f64, String> {
        let text = self
            .take("rate")
            .ok_or("it needs its rate, such as rate=20/s")?;
        let refused = || format!("rate={text} is no rate such as 20/s, 1200/min or 72000/h");
        let (count, unit) = text.split_once('/').ok_or_else(refused)?;
        let seconds = match unit {
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(refused()),
        };
        let count: f64 = count.parse().map_err(|_| refused())?;
        let rate = count / seconds;
        if rate > 0.0 && rate <= RATE_MAX {
            return Ok(rate);
        }
        Err(format!(
            "rate={text} must be more than 0 and at most {RATE_MAX}/s"
        ))
    }

    /// Whether all that stood there was used.
    fn are_used(&self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(key) => Err(format!("it has no {key}: {FORMS}")),
            None => Ok(()),
        }
    }
}
