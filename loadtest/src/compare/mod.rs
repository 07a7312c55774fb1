//! Two runs side by side: what differs beyond noise, and what does not.

mod circumstance;
pub(crate) mod page;
mod row;
pub(crate) mod text;

use serde::Serialize;

use crate::report::Saved;
use crate::report::summary::Summary;

use circumstance::Circumstance;
use row::{Row, Verdict};

/// Two runs side by side.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    /// The first run: what the second is compared with.
    pub(crate) a: Side,
    /// The second.
    pub(crate) b: Side,
    /// Under which circumstances they were made differently: what differs may be due to these.
    pub(crate) circumstances: Vec<Circumstance>,
    /// Policies that only the first run has.
    pub(crate) only_a: Vec<String>,
    /// Policies that only the second run has.
    pub(crate) only_b: Vec<String>,
    /// Every figure of every policy that both have, and of every ratio.
    pub(crate) rows: Vec<Row>,
}

/// One of two runs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Side {
    /// Where it lies, as it was named.
    pub(crate) directory: String,
    /// What was asked for.
    pub(crate) title: String,
    /// When it began.
    pub(crate) began: String,
}

/// Two runs have nothing that could be compared. Fits after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "compare {a} with {b}: no policy is in both: the first has {has_a}, the second {has_b}; \
    compare runs that share one"
)]
pub(crate) struct NothingShared {
    a: String,
    b: String,
    has_a: String,
    has_b: String,
}

/// Puts two runs side by side, each with its directory.
///
/// # Errors
///
/// If they share no policy.
pub(crate) fn compare(
    (directory_a, a): (&str, &Saved),
    (directory_b, b): (&str, &Saved),
) -> Result<Comparison, NothingShared> {
    let (names_a, names_b) = (names(&a.summary), names(&b.summary));
    let only = |ours: &[String], others: &[String]| {
        let only = ours.iter().filter(|name| !others.contains(name));
        only.cloned().collect::<Vec<_>>()
    };
    let only_a = only(&names_a, &names_b);
    if only_a.len() == names_a.len() {
        return Err(NothingShared {
            a: directory_a.to_owned(),
            b: directory_b.to_owned(),
            has_a: names_a.join(", "),
            has_b: names_b.join(", "),
        });
    }
    Ok(Comparison {
        a: Side::of(directory_a, &a.summary),
        b: Side::of(directory_b, &b.summary),
        circumstances: circumstance::differing(&a.summary, &b.summary),
        only_b: only(&names_b, &names_a),
        only_a,
        rows: row::rows(a, b),
    })
}

fn names(summary: &Summary) -> Vec<String> {
    summary
        .policies
        .iter()
        .map(|it| it.policy.clone())
        .collect()
}

impl Side {
    fn of(directory: &str, summary: &Summary) -> Self {
        Self {
            directory: directory.to_owned(),
            title: summary.title.clone(),
            began: summary.began.clone(),
        }
    }
}

impl Comparison {
    /// The figures of which that can be said.
    pub(crate) fn judged(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// What differs and what does not, in words, a line each.
    pub(crate) fn words(&self) -> Vec<String> {
        if self.rows.is_empty() {
            let none = "Nothing can be compared: a run has no samples of any policy.";
            return vec![none.to_owned()];
        }
        let mut words: Vec<_> = self.judged(Verdict::Differs).map(Row::words).collect();
        if words.is_empty() {
            words.push("Nothing differs beyond noise.".to_owned());
        }
        for (verdict, said) in [
            (Verdict::WithinNoise, "Within noise"),
            (Verdict::TooFewSamples, "Too few samples to say"),
        ] {
            let names: Vec<_> = self.judged(verdict).map(Row::name).collect();
            if !names.is_empty() {
                words.push(format!("{said}: {}.", names.join(", ")));
            }
        }
        words.push(self.chance());
        words
    }

    /// How many figures differ whatever the runs are: intervals hold with 95 %.
    fn chance(&self) -> String {
        let judged = self.rows.len() - self.judged(Verdict::TooFewSamples).count();
        let chance = judged as f64 / 20.0;
        format!("Of {judged} figures, about {chance:.1} would differ by chance alone.")
    }

    /// What must be known before any of it is believed, a line each; usually nothing.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let circumstances = self.circumstances.iter().map(Circumstance::words);
        let only = |names: &[String], side: &str| {
            let names = names.join(", ");
            (!names.is_empty()).then(|| format!("only {side} has {names}: left out"))
        };
        let only = [
            only(&self.only_a, "the first run"),
            only(&self.only_b, "the second run"),
        ];
        circumstances.chain(only.into_iter().flatten()).collect()
    }
}

#[cfg(test)]
mod tests;
