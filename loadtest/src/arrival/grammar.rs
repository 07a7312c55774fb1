//! Arrivals as text: a name and its terms.

use std::str::FromStr;
use std::time::Duration;

use raptor_functions::terms::Terms;

use super::Arrivals;
use super::trace::Trace;
use crate::text::read_duration;

/// The fastest that one process sends in good order is some thousands; this is far beyond.
const RATE_MAX: f64 = 1e6;

/// Once a day: nobody waits for less, and a million of them are still a time that can be reckoned
/// with.
const RATE_MIN: f64 = 1.0 / 86_400.0;

/// On for a thousandth of the time: shorter, a run of any length sees no burst or nothing else.
const BURST_MAX: f64 = 1_000.0;

/// As fine as the timers that such arrivals are waited for by.
const ON_MIN: Duration = Duration::from_millis(1);

/// As long as a run is where nothing is said.
const ON_MAX: Duration = Duration::from_secs(3600);

/// A burst without an arrival is none; and whoever draws arrivals draws bursts until one has one.
const ARRIVALS_OF_BURST_MIN: f64 = 1.0;

/// Both ways, a year (the longest trace) becomes what a person waits for, or what a clock counts.
const SPEED_MAX: f64 = 1e6;
const SPEED_MIN: f64 = 1e-3;

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
        "bursty" => bursty(&mut terms)?,
        "trace" => Arrivals::Trace(Trace {
            file: terms.take("file").ok_or("it needs file=PATH")?.into(),
            function: terms.take("function"),
            column: terms.take("column"),
            speed: terms
                .number("speed", is_speed, "from 0.001 to 1000000")?
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

fn is_speed(speed: f64) -> bool {
    (SPEED_MIN..=SPEED_MAX).contains(&speed)
}

fn bursty(terms: &mut Terms) -> Result<Arrivals, String> {
    let rate = rate(terms)?;
    let fits = |it| 1.0 < it && it <= BURST_MAX;
    let burst = terms
        .number("burst", fits, "above 1, up to 1000")?
        .ok_or("it needs burst=10: how many times as many arrive in a burst")?;
    let on = on(terms)?;
    let within = rate * burst;
    if within > RATE_MAX {
        return Err(format!(
            "{within} a second arrive in a burst, which is more than {RATE_MAX}: lower rate or burst"
        ));
    }
    if within * on.as_secs_f64() < ARRIVALS_OF_BURST_MIN {
        return Err("less than one arrives in a burst on average: raise rate, burst or on".into());
    }
    Ok(Arrivals::Bursty { rate, burst, on })
}

/// How long bursts last.
fn on(terms: &mut Terms) -> Result<Duration, String> {
    let Some(text) = terms.take("on") else {
        return Ok(ON);
    };
    let on = read_duration(&text)?;
    if (ON_MIN..=ON_MAX).contains(&on) {
        return Ok(on);
    }
    let [min, max] = [ON_MIN, ON_MAX].map(humantime::format_duration);
    Err(format!("on={text} must be from {min} to {max}"))
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
    if (RATE_MIN..=RATE_MAX).contains(&rate) {
        return Ok(rate);
    }
    Err(format!(
        "rate={text} must be at least one a day (0.042/h) and at most {RATE_MAX}/s"
    ))
}
