//! Arrivals as text: a name and its terms.

use std::str::FromStr;
use std::time::Duration;

use raptor_functions::terms::Terms;

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
    let text = text.trim();
    let (name, terms) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut terms = Terms::read(terms, "rate=20/s")?;
    let arrivals = match name {
        "constant" => Arrivals::Constant {
            rate: rate(&mut terms)?,
        },
        "poisson" => Arrivals::Poisson {
            rate: rate(&mut terms)?,
        },
        "bursty" => Arrivals::Bursty {
            rate: rate(&mut terms)?,
            burst: terms
                .number("burst", |it| it > 1.0, "above 1")?
                .ok_or("it needs burst=10: how many times as many arrive in a burst")?,
            on: duration(&mut terms, "on")?.unwrap_or(ON),
        },
        "trace" => Arrivals::Trace(Trace {
            file: terms.take("file").ok_or("it needs file=PATH")?.into(),
            function: terms.take("function"),
            column: terms.take("column"),
            speed: terms
                .number("speed", |it| it > 0.0, "above 0")?
                .unwrap_or(1.0),
        }),
        "" => return Err(FORMS.to_owned()),
        _ => return Err(format!("there is no {name:?}: {FORMS}")),
    };
    match terms.left() {
        Some(key) => Err(format!("it has no {key}: {FORMS}")),
        None => Ok(arrivals),
    }
}

fn duration(terms: &mut Terms, key: &str) -> Result<Option<Duration>, String> {
    let text = terms.take(key);
    let duration = text.map(|text| read_duration(&text)).transpose()?;
    match duration {
        Some(Duration::ZERO) => Err(format!("{key} must be longer than nothing")),
        duration => Ok(duration),
    }
}

/// How many a second.
fn rate(terms: &mut Terms) -> Result<f64, String> {
    let text = terms
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
