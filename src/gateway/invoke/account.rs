//! Who flew an activation, as its record tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use raptor_cluster::{AttemptOutcome, MemberIndex, MemberRecord, Progress, Record};
use serde_json::{Value, json};

/// Who has given what, as far as was heard of it while the flight was in the air: what its members did
/// is in its own record, but not whose value was taken where several gave one.
pub(super) struct Account {
    functions: Arc<[String]>,
    won: BTreeMap<MemberIndex, Vec<u16>>,
}

impl Account {
    /// Of a flight of these functions that has just begun.
    pub(super) fn new(functions: Arc<[String]>) -> Self {
        Self {
            functions,
            won: BTreeMap::new(),
        }
    }

    pub(super) fn on_progress(&mut self, progress: Progress) {
        if let Progress::Won(member, function) = progress {
            self.won.entry(member).or_default().push(function);
        }
    }

    /// What an activation's record says of its flight, beside what OpenWhisk's records say.
    pub(super) fn annotation(&self, flown: &Record) -> Value {
        let members = flown.members.iter().map(|member| self.member(member));
        let is_preempted =
            |end: &Option<_>| matches!(end, Some((_, AttemptOutcome::Preempted { .. })));
        let attempts = flown.attempts.iter();
        json!({
            "id": flown.activation.to_string(),
            "size": flown.size_wanted,
            "members": members.collect::<Value>(),
            "attempts": flown.attempts.len(),
            "preempted": attempts.filter(|line| is_preempted(&line.end)).count(),
        })
    }

    fn member(&self, member: &MemberRecord) -> Value {
        let won = self.won.get(&member.index).into_iter().flatten();
        let won = won.map(|function| &*self.functions[usize::from(*function)]);
        json!({
            "member": member.index.0,
            "node": member.node.as_str(),
            "zone": member.zone.as_str(),
            "present": member.present,
            "won": won.collect::<Vec<_>>(),
        })
    }
}
