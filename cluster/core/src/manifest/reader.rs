//! Values of the types that a manifest has, or the problem with what is there instead.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::json::Json;
use super::near::nearest;
use super::problem::{Findings, Place};
use super::{ProblemKind, quantity};

/// A value and where it stands. Each reading gives `None` if it noted a problem.
pub(super) struct Reader<'a> {
    json: Json,
    place: Place,
    findings: &'a mut Findings,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(json: Json, place: Place, findings: &'a mut Findings) -> Self {
        Self {
            json,
            place,
            findings,
        }
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// Notes a problem with this value.
    pub(super) fn refuse(&mut self, problem: impl Into<ProblemKind>) {
        self.findings.add(&self.place, problem);
    }

    /// What was read, or notes why it cannot be accepted.
    pub(super) fn accept<T>(&mut self, read: Result<T, impl Into<ProblemKind>>) -> Option<T> {
        read.map_err(|problem| self.refuse(problem)).ok()
    }

    /// The members of an object, each key once.
    pub(super) fn members(&mut self) -> Option<Members<'_>> {
        let Json::Object(all) = &mut self.json else {
            return self.refuse_type("an object");
        };
        let mut seen = BTreeSet::new();
        let (entries, again): (Vec<_>, Vec<_>) = std::mem::take(all)
            .into_iter()
            .partition(|(key, _)| seen.insert(key.clone()));
        for (key, _) in again {
            let place = self.place.key(&key);
            self.findings.add(&place, ProblemKind::DuplicateKey);
        }
        Some(Members {
            entries,
            place: self.place.clone(),
            findings: self.findings,
        })
    }

    /// The items of a list. Those that `read` refuses are left out.
    pub(super) fn items<T>(
        &mut self,
        wanted: &'static str,
        mut read: impl FnMut(usize, &mut Reader<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Json::List(items) = &mut self.json else {
            return self.refuse_type(wanted);
        };
        let items = std::mem::take(items).into_iter().enumerate();
        let read = items.filter_map(|(at, json)| {
            let place = self.place.item(at);
            read(at, &mut Reader::new(json, place, self.findings))
        });
        Some(read.collect())
    }

    pub(super) fn is_empty_list(&self) -> bool {
        matches!(&self.json, Json::List(items) if items.is_empty())
    }

    pub(super) fn text(&mut self, wanted: &'static str) -> Option<String> {
        match &mut self.json {
            Json::Text(text) => Some(std::mem::take(text)),
            _ => self.refuse_type(wanted),
        }
    }

    pub(super) fn truth(&mut self) -> Option<bool> {
        match self.json {
            Json::Bool(truth) => Some(truth),
            _ => self.refuse_type("true or false"),
        }
    }

    /// A whole number within limits, in a type that holds them.
    pub(super) fn whole<T: TryFrom<u64>>(&mut self, limits: RangeInclusive<u64>) -> Option<T> {
        let Json::Number(number) = &self.json else {
            return self.refuse_type("a whole number");
        };
        let whole = number.as_u64().filter(|whole| limits.contains(whole));
        let fitting = whole.and_then(|whole| T::try_from(whole).ok());
        let read = fitting.ok_or_else(|| ProblemKind::OutOfRange {
            found: number.to_string(),
            min: *limits.start(),
            max: *limits.end(),
        });
        self.accept(read)
    }

    pub(super) fn duration(&mut self) -> Option<Duration> {
        let text = self.text("a duration such as \"30s\"")?;
        let duration = quantity::parse_duration(&text);
        self.accept(duration.map_err(|why| ProblemKind::Duration { text, why }))
    }

    pub(super) fn memory(&mut self) -> Option<u64> {
        let text = match &self.json {
            // Plain bytes.
            Json::Number(number) => number.to_string(),
            _ => self.text("an amount of memory such as \"256m\"")?,
        };
        let memory = quantity::parse_memory(&text);
        self.accept(memory.map_err(|why| ProblemKind::Memory { text, why }))
    }

    fn refuse_type<T>(&mut self, wanted: &'static str) -> Option<T> {
        let found = self.json.kind();
        self.refuse(ProblemKind::WrongType { wanted, found });
        None
    }
}

/// The members of an object, to be taken one by one.
pub(super) struct Members<'a> {
    entries: Vec<(String, Json)>,
    place: Place,
    findings: &'a mut Findings,
}

impl Members<'_> {
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(have, _)| have == key)
    }

    /// How many have not been taken.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes the member `key`, if there is one, and reads it.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        let at = self.entries.iter().position(|(have, _)| have == key)?;
        let (_, json) = self.entries.remove(at);
        read(&mut Reader::new(json, self.place.key(key), self.findings))
    }

    /// Reads all members that have not been taken, in their order.
    pub(super) fn read_rest<T>(
        &mut self,
        mut read: impl FnMut(String, &mut Reader<'_>) -> Option<T>,
    ) -> Vec<T> {
        let entries = std::mem::take(&mut self.entries).into_iter();
        let read = entries.filter_map(|(key, json)| {
            let place = self.place.key(&key);
            read(key, &mut Reader::new(json, place, self.findings))
        });
        read.collect()
    }

    /// Notes a problem with the object as a whole.
    pub(super) fn refuse(&mut self, problem: impl Into<ProblemKind>) {
        self.findings.add(&self.place, problem);
    }

    /// Notes a problem with the member `key`.
    pub(super) fn refuse_member(&mut self, key: &str, problem: impl Into<ProblemKind>) {
        self.findings.add(&self.place.key(key), problem);
    }

    /// Removes and notes the members that are not `known` although `is_strict` of their keys.
    pub(super) fn refuse_unknown(&mut self, known: &[&str], is_strict: impl Fn(&str) -> bool) {
        let is_unknown = |key: &str| is_strict(key) && !known.contains(&key);
        for (key, _) in self.entries.extract_if(.., |(key, _)| is_unknown(key)) {
            self.findings.add_with(&self.place.key(&key), || {
                let near = nearest(&key, known.iter().copied());
                ProblemKind::UnknownKey { near }
            });
        }
    }
}
