//! Layers: what several files and the environment say of each key.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use config::{Environment, File, FileFormat, Map, Source, Value, ValueKind};

use super::problem::{Place, Problem, Problems};
use super::raw::{Literal, Raw};
use super::reference;

/// Below this likeness (Jaro-Winkler, 1 is the same) two keys have nothing to do with each other.
const LIKENESS_MIN: f64 = 0.85;

/// What the layers say and nobody has read yet, and what is wrong with what was read.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// By key; the last layer has the last word.
    given: BTreeMap<String, (Place, Raw)>,
    /// Where the keys were given that have been read.
    places: BTreeMap<String, Place>,
    problems: Vec<Problem>,
}

impl Layers {
    /// Adds a file, which wins over what was added before.
    pub(super) fn add_file(&mut self, file: &Path) {
        let content = match fs::read_to_string(file) {
            Ok(content) => content,
            Err(error) => {
                return self.problems.push(Problem::Unreadable {
                    file: file.to_path_buf(),
                    reason: error.to_string(),
                });
            }
        };
        match File::from_str(&content, FileFormat::Toml).collect() {
            Ok(table) => self.add("", &Place::File(file.to_path_buf()), table),
            Err(error) => self.problems.push(Problem::NotToml {
                file: file.to_path_buf(),
                reason: error.to_string(),
            }),
        }
    }

    /// Adds the environment, which wins over what was added before.
    pub(super) fn add_environment(&mut self, environment: &Environment) {
        match environment.collect() {
            Ok(table) => self.add("", &Place::Environment, table),
            Err(error) => self.problems.push(Problem::Environment {
                reason: error.to_string(),
            }),
        }
    }

    fn add(&mut self, prefix: &str, place: &Place, table: Map<String, Value>) {
        for (key, value) in table {
            let key = format!("{prefix}{key}");
            if let ValueKind::Table(inner) = value.kind {
                self.add(&format!("{key}."), place, inner);
            } else {
                let raw = Raw::from(&value);
                self.given.insert(key, (place.clone(), raw));
            }
        }
    }

    /// Takes the value of `key`, the default if nobody gave one. None leaves a problem.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        default: Literal,
        parse: impl Fn(&Raw) -> Result<T, String>,
    ) -> Option<T> {
        let (place, raw) = self
            .given
            .remove(key)
            .unwrap_or_else(|| (Place::Default, default.into()));
        self.places.insert(key.to_owned(), place);
        parse(&raw).map_err(|reason| self.refuse(key, reason)).ok()
    }

    /// The value that was read of `key` is of no use.
    pub(super) fn refuse(&mut self, key: &str, reason: String) {
        let place = self.places.get(key).cloned();
        self.problems.push(Problem::Refused {
            place: place.expect("a key is read before it is refused"),
            key: key.to_owned(),
            reason,
        });
    }

    /// What is wrong, after all keys were read: what is left over is known to nobody.
    pub(super) fn into_problems(mut self) -> Option<Problems> {
        for (key, (place, _)) in self.given {
            let hint = hint(&place, &key);
            self.problems.push(Problem::Unknown { place, key, hint });
        }
        Problems::of(self.problems)
    }
}

/// Which key may have been meant.
fn hint(place: &Place, key: &str) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(known, key);
    let nearest = reference::keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest {
        Some(known) if likeness(known) >= LIKENESS_MIN => {
            format!("did you mean {}?", place.key(known))
        }
        Some(_) | None => "conf/node.toml lists all keys".to_owned(),
    }
}
