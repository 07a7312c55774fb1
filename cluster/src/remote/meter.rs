//! What is counted and logged of mail: what goes wrong with it. The rest is counted as envelopes.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use metrics::counter;

use super::{Undeliverable, Undelivered};
use crate::observe::{Label, Metric};

const REFUSED: &str = "raptor_mail_refused_total";
const BOUNCED: &str = "raptor_mail_bounced_total";

const WHY: Label = Label::new(
    "why",
    "`no_such_actor`, `unknown_kind`, `unknown_version`, `stopped`, `malformed`, `answer_too_long`",
);

/// The metrics of mail between actors.
pub(crate) const REMOTE_METRICS: &[Metric] = &[
    Metric::counter(
        REFUSED,
        "Messages of other nodes' actors that could not be delivered here",
    )
    .with(&[WHY]),
    Metric::counter(
        BOUNCED,
        "Messages told to other nodes' actors that came back",
    )
    .with(&[WHY]),
];

/// So many different warnings are remembered, so that each is given once.
const WARNINGS_MAX: usize = 1024;

type Warning = (String, String, Undeliverable);

static WARNED: LazyLock<Mutex<HashSet<Warning>>> = LazyLock::new(Mutex::default);

/// A letter from another node was refused here.
pub(super) fn on_refused(why: Undeliverable) {
    counter!(REFUSED, "why" => why.word()).increment(1);
}

/// A letter to another node came back. The first of each kind is worth a warning.
pub(super) fn on_bounced(undelivered: &Undelivered) {
    let Undelivered {
        node,
        actor,
        kind,
        version,
        why,
    } = undelivered;
    counter!(BOUNCED, "why" => why.word()).increment(1);
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = warned.contains(&(actor.clone(), kind.clone(), *why));
    if !is_known && warned.len() < WARNINGS_MAX {
        warned.insert((actor.clone(), kind.clone(), *why));
        tracing::warn!(%node, actor, kind, version, %why, "a message came back; others like it are counted");
    }
}
