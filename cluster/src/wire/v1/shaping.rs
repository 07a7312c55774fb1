//! What is done to packets.

use std::num::NonZeroU64;
use std::time::Duration;

use bincode::{BorrowDecode, Encode};

use super::super::DecodeError;
use super::record::zone;
use crate::transport::shaping::{self, BitRate, Effects, Latency, Place, Share, Way};

#[derive(Encode, BorrowDecode)]
pub(super) struct Shaping<'a> {
    seed: u64,
    rules: Vec<Rule<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct Rule<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
    is_both_ways: bool,
    delay_micros: u64,
    jitter_micros: u64,
    loss_millionths: u32,
    duplicate_millionths: u32,
    reorder_millionths: u32,
    /// 0: as many as there are.
    bits_per_second: u64,
}

impl<'a> From<&'a shaping::Shaping> for Shaping<'a> {
    fn from(shaping: &'a shaping::Shaping) -> Self {
        Self {
            seed: shaping.seed,
            rules: shaping.rules.iter().map(Rule::from).collect(),
        }
    }
}

impl Shaping<'_> {
    pub(super) fn into_domain(self) -> Result<shaping::Shaping, DecodeError> {
        let rules = self.rules.into_iter().map(Rule::into_domain);
        Ok(shaping::Shaping {
            seed: self.seed,
            rules: rules.collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> From<&'a shaping::Rule> for Rule<'a> {
    fn from(rule: &'a shaping::Rule) -> Self {
        let place = |place: &'a Place| match place {
            Place::Any => None,
            Place::Zone(zone) => Some(zone.as_str()),
        };
        let Effects {
            latency,
            loss,
            duplicate,
            reorder,
            rate,
        } = &rule.effects;
        Self {
            from: place(&rule.from),
            to: place(&rule.to),
            is_both_ways: rule.way == Way::Both,
            delay_micros: latency.delay().as_micros() as u64,
            jitter_micros: latency.jitter().as_micros() as u64,
            loss_millionths: loss.millionths(),
            duplicate_millionths: duplicate.millionths(),
            reorder_millionths: reorder.millionths(),
            bits_per_second: rate.map_or(0, |BitRate(rate)| rate.get()),
        }
    }
}

impl Rule<'_> {
    fn into_domain(self) -> Result<shaping::Rule, DecodeError> {
        let place = |name: Option<&str>| match name {
            None => Ok(Place::Any),
            Some(name) => zone(name).map(Place::Zone),
        };
        let micros = Duration::from_micros;
        let latency = Latency::new(micros(self.delay_micros), micros(self.jitter_micros));
        Ok(shaping::Rule {
            from: place(self.from)?,
            to: place(self.to)?,
            way: if self.is_both_ways {
                Way::Both
            } else {
                Way::There
            },
            effects: Effects {
                latency: latency.ok_or(DecodeError::Invalid("a delay that none can have"))?,
                loss: share(self.loss_millionths)?,
                duplicate: share(self.duplicate_millionths)?,
                reorder: share(self.reorder_millionths)?,
                rate: NonZeroU64::new(self.bits_per_second).map(BitRate),
            },
        })
    }
}

fn share(millionths: u32) -> Result<Share, DecodeError> {
    Share::from_millionths(millionths).ok_or(DecodeError::Invalid("a share of more than all"))
}
