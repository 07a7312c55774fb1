//! The rules as text: `FROM -> TO EFFECT...` or `ONE <-> OTHER EFFECT...`.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use raptor_core::NameError;

use super::rule::{BitRate, DELAY_MAX, Effects, Latency, Place, Rule, Share, Way};

const THERE: &str = "->";
const BOTH: &str = "<->";
const ANY: &str = "*";
const CUT: &str = "cut";
const PLAIN: &str = "plain";

/// What an effect's name is followed by.
const EFFECTS: &str = "delay=, jitter=, loss=, duplicate=, reorder=, rate=, cut and plain";
const FORM: &str = "\"FROM -> TO EFFECT...\" or \"ONE <-> OTHER EFFECT...\", such as \
                    \"zone-a <-> zone-b delay=5ms loss=1%\"";
const DURATION: &str = "a duration up to 60s, such as 500us, 5ms or 1s";
const SHARE: &str = "a percentage from 0% to 100%, such as 0.5%";
const RATE: &str = "bits per second, such as 500kbit, 10mbit or 1gbit";

/// A text is no rule. It says which rule, which word of it, and what may stand there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule {rule:?}: {problem}")]
pub struct RuleError {
    rule: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("a rule is {FORM}")]
    Form,
    #[error("between the zones stands {THERE:?} or {BOTH:?}, not {word:?}")]
    Arrow { word: String },
    #[error("a zone is a name or {ANY:?}: {0}")]
    Place(#[from] NameError),
    #[error("there is no effect {word:?}; there are {EFFECTS}")]
    Unknown { word: String },
    #[error("{name}= takes {takes}, not {value:?}")]
    Value {
        name: &'static str,
        takes: &'static str,
        value: String,
    },
    #[error("{name} is said twice")]
    Twice { name: &'static str },
    #[error("{PLAIN:?} and {CUT:?} stand alone")]
    Alone,
    #[error("jitter= is at most the delay, which is {}", Span(*delay))]
    Jitter { delay: Duration },
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        parse(text).map_err(|problem| RuleError {
            rule: text.to_owned(),
            problem,
        })
    }
}

impl TryFrom<String> for Rule {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}

fn parse(text: &str) -> Result<Rule, Problem> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [from, arrow, to, effects @ ..] = &words[..] else {
        return Err(Problem::Form);
    };
    let way = match *arrow {
        THERE => Way::There,
        BOTH => Way::Both,
        other => return Err(Problem::Arrow { word: other.into() }),
    };
    Ok(Rule {
        from: place(from)?,
        way,
        to: place(to)?,
        effects: self::effects(effects)?,
    })
}

fn place(word: &str) -> Result<Place, Problem> {
    match word {
        ANY => Ok(Place::Any),
        name => Ok(Place::Zone(name.parse()?)),
    }
}

fn effects(words: &[&str]) -> Result<Effects, Problem> {
    match words {
        [] => return Err(Problem::Form),
        [PLAIN] => return Ok(Effects::default()),
        [CUT] => {
            return Ok(Effects {
                loss: Share::ALL,
                ..Effects::default()
            });
        }
        _ => {}
    }
    let mut draft = Draft::default();
    for word in words {
        draft.take(word)?;
    }
    draft.finish()
}

/// The effects that have been said so far.
#[derive(Default)]
struct Draft {
    delay: Option<Duration>,
    jitter: Option<Duration>,
    loss: Option<Share>,
    duplicate: Option<Share>,
    reorder: Option<Share>,
    rate: Option<BitRate>,
}

impl Draft {
    fn take(&mut self, word: &str) -> Result<(), Problem> {
        let unknown = || Problem::Unknown { word: word.into() };
        if [CUT, PLAIN].contains(&word) {
            return Err(Problem::Alone);
        }
        let (name, value) = word.split_once('=').ok_or_else(unknown)?;
        match name {
            "delay" => put(&mut self.delay, "delay", DURATION, value, duration),
            "jitter" => put(&mut self.jitter, "jitter", DURATION, value, duration),
            "loss" => put(&mut self.loss, "loss", SHARE, value, share),
            "duplicate" => put(&mut self.duplicate, "duplicate", SHARE, value, share),
            "reorder" => put(&mut self.reorder, "reorder", SHARE, value, share),
            "rate" => put(&mut self.rate, "rate", RATE, value, rate),
            _ => Err(unknown()),
        }
    }

    fn finish(self) -> Result<Effects, Problem> {
        let delay = self.delay.unwrap_or_default();
        let jitter = self.jitter.unwrap_or_default();
        Ok(Effects {
            latency: Latency::new(delay, jitter).ok_or(Problem::Jitter { delay })?,
            loss: self.loss.unwrap_or_default(),
            duplicate: self.duplicate.unwrap_or_default(),
            reorder: self.reorder.unwrap_or_default(),
            rate: self.rate,
        })
    }
}

fn put<T>(
    slot: &mut Option<T>,
    name: &'static str,
    takes: &'static str,
    value: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<(), Problem> {
    if slot.is_some() {
        return Err(Problem::Twice { name });
    }
    let refused = || Problem::Value {
        name,
        takes,
        value: value.into(),
    };
    *slot = Some(parse(value).ok_or_else(refused)?);
    Ok(())
}

/// Whole microseconds: the finest that is written back.
fn duration(text: &str) -> Option<Duration> {
    let micros = scaled(text, &[("us", 1), ("ms", 1_000), ("s", 1_000_000)])?;
    Some(Duration::from_micros(micros)).filter(|duration| *duration <= DELAY_MAX)
}

fn share(text: &str) -> Option<Share> {
    let millionths = scaled(text, &[("%", 10_000)])?;
    Share::from_millionths(u32::try_from(millionths).ok()?)
}

fn rate(text: &str) -> Option<BitRate> {
    let units = [
        ("gbit", 1_000_000_000),
        ("mbit", 1_000_000),
        ("kbit", 1_000),
        ("bit", 1),
    ];
    scaled(&text.to_ascii_lowercase(), &units)
        .and_then(NonZeroU64::new)
        .map(BitRate)
}

/// A decimal number with one of these units, of which each is so many of the smallest.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let mut known = units.iter();
    let (number, scale) =
        known.find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let mut sum = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    let mut place = scale;
    for digit in fraction.bytes() {
        place /= 10;
        if place == 0 && digit != b'0' {
            return None;
        }
        sum = sum.checked_add(u64::from(digit - b'0') * place)?;
    }
    Some(sum)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = match self.way {
            Way::There => THERE,
            Way::Both => BOTH,
        };
        write!(f, "{} {arrow} {}{}", self.from, self.to, self.effects)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str(ANY),
            Self::Zone(zone) => write!(f, "{zone}"),
        }
    }
}

impl fmt::Display for Effects {
    /// Each with a blank before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            latency,
            loss,
            duplicate,
            reorder,
            rate,
        } = self;
        if *self == Self::default() {
            return write!(f, " {PLAIN}");
        }
        let cut = Self {
            loss: Share::ALL,
            ..Self::default()
        };
        if *self == cut {
            return write!(f, " {CUT}");
        }
        for (name, duration) in [("delay", latency.delay()), ("jitter", latency.jitter())] {
            if !duration.is_zero() {
                write!(f, " {name}={}", Span(duration))?;
            }
        }
        for (name, share) in [
            ("loss", loss),
            ("duplicate", duplicate),
            ("reorder", reorder),
        ] {
            if *share != Share::NONE {
                write!(f, " {name}={share}")?;
            }
        }
        rate.iter().try_for_each(|rate| write!(f, " rate={rate}"))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.millionths() / 10_000, self.millionths() % 10_000);
        let fraction = format!("{rest:04}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{whole}%"),
            fraction => write!(f, "{whole}.{fraction}%"),
        }
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (1_000_000_000, "gbit"),
            (1_000_000, "mbit"),
            (1_000, "kbit"),
        ];
        let bits = self.0.get();
        let unit = units.iter().find(|(scale, _)| bits.is_multiple_of(*scale));
        match unit {
            Some((scale, unit)) => write!(f, "{}{unit}", bits / scale),
            None => write!(f, "{bits}bit"),
        }
    }
}

/// A duration in its largest whole unit.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        match micros {
            0 => f.write_str("0ms"),
            _ if micros.is_multiple_of(1_000_000) => write!(f, "{}s", micros / 1_000_000),
            _ if micros.is_multiple_of(1_000) => write!(f, "{}ms", micros / 1_000),
            _ => write!(f, "{micros}us"),
        }
    }
}
