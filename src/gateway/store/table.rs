//! The documents of all entities, as one node has them: a join, like all that nodes share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use raptor_core::{Digest, NodeId};
use serde::{Deserialize, Serialize};

use super::stamp::{HybridClock, Stamp};
use crate::gateway::entity::{Action, ActionPath, EntityName, Package};

/// An entity. Those of a namespace share their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Entity {
    Action(Action),
    Package(Package),
}

/// How long a node remembers that an entity was deleted: one that was cut off for longer may bring
/// it back.
const TOMBSTONE_MICROS: u64 = 24 * 3600 * 1_000_000;

/// What was last written under a name.
#[derive(Clone, Debug, PartialEq)]
struct Document {
    stamp: Stamp,
    /// None: it was deleted.
    entity: Option<Arc<Entity>>,
}

/// A document under way between nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(crate) path: ActionPath,
    pub(crate) stamp: Stamp,
    /// The entity as JSON; none: it was deleted.
    pub(crate) entity: Option<String>,
}

/// The documents of all entities, as one node has them.
#[derive(Debug)]
pub(crate) struct Table {
    clock: HybridClock,
    documents: BTreeMap<ActionPath, Document>,
}

impl Table {
    pub(crate) fn new(node: NodeId) -> Self {
        Self {
            clock: HybridClock::new(node),
            documents: BTreeMap::new(),
        }
    }

    pub(crate) fn get(&self, path: &ActionPath) -> Option<Arc<Entity>> {
        self.documents.get(path)?.entity.clone()
    }

    /// Writes an entity, or that it is deleted; gives what the other nodes are to be told.
    pub(crate) fn write(
        &mut self,
        path: ActionPath,
        entity: Option<Entity>,
        now_micros: u64,
    ) -> Letter {
        let stamp = self.clock.stamp(now_micros);
        let document = Document {
            stamp,
            entity: entity.map(Arc::new),
        };
        let letter = document.letter(&path);
        self.documents.insert(path, document);
        letter
    }

    /// Takes what another node has written, unless something later is known; says whether it did.
    pub(crate) fn merge(&mut self, letter: Letter) -> bool {
        let Letter {
            path,
            stamp,
            entity,
        } = letter;
        self.clock.see(&stamp);
        let known = self.documents.get(&path);
        if known.is_some_and(|known| known.stamp >= stamp) {
            return false;
        }
        let Some(entity) = entity
            .map(|json| serde_json::from_str(&json))
            .transpose()
            .ok()
        else {
            // A node of another version has written it: this one goes without.
            tracing::warn!(%path, "an entity of another node cannot be read");
            return false;
        };
        let entity = entity.map(Arc::new);
        self.documents.insert(path, Document { stamp, entity });
        true
    }

    /// Forgets what was deleted long ago.
    pub(crate) fn sweep(&mut self, now_micros: u64) {
        let horizon = now_micros.saturating_sub(TOMBSTONE_MICROS);
        self.documents
            .retain(|_, document| document.entity.is_some() || document.stamp.micros > horizon);
    }

    /// The actions of a namespace, or of a package in it, newest first.
    pub(crate) fn actions(
        &self,
        namespace: &EntityName,
        package: Option<&EntityName>,
    ) -> Vec<Arc<Entity>> {
        let is_meant = |entity: &Entity| match entity {
            Entity::Action(action) => package.is_none() || action.path.package.as_ref() == package,
            Entity::Package(_) => false,
        };
        self.list(namespace, is_meant)
    }

    /// The packages of a namespace, newest first.
    pub(crate) fn packages(&self, namespace: &EntityName) -> Vec<Arc<Entity>> {
        self.list(namespace, |entity| matches!(entity, Entity::Package(_)))
    }

    fn list(&self, namespace: &EntityName, is_meant: impl Fn(&Entity) -> bool) -> Vec<Arc<Entity>> {
        let documents = self.documents.iter();
        let documents = documents.filter(|(path, _)| path.namespace == *namespace);
        let found = documents.filter_map(|(_, Document { stamp, entity })| {
            let entity = entity.as_ref().filter(|entity| is_meant(entity))?;
            Some((stamp, Arc::clone(entity)))
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by(|(one, _), (other, _)| other.cmp(one));
        found.into_iter().map(|(_, entity)| entity).collect()
    }

    /// How many entities there are.
    pub(crate) fn len(&self) -> usize {
        let documents = self.documents.values();
        documents
            .filter(|document| document.entity.is_some())
            .count()
    }

    /// The code that actions have.
    pub(crate) fn code(&self) -> BTreeSet<Digest> {
        let entities = self
            .documents
            .values()
            .filter_map(|document| document.entity.as_ref());
        let code = entities.filter_map(|entity| entity.action()?.exec.code());
        code.map(|code| code.digest).collect()
    }

    /// Equal on two nodes exactly if they have the same documents.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        let mut text = String::new();
        for (path, Document { stamp, .. }) in &self.documents {
            text.push_str(&format!("{path} {} {}\n", stamp.micros, stamp.node));
        }
        *Digest::of(text.as_bytes()).as_bytes()
    }

    /// What there is, by its stamps.
    pub(crate) fn inventory(&self) -> Vec<(ActionPath, Stamp)> {
        let documents = self.documents.iter();
        documents
            .map(|(path, document)| (path.clone(), document.stamp.clone()))
            .collect()
    }

    /// Which of another node's documents are later than what is here.
    pub(crate) fn missing(&self, inventory: Vec<(ActionPath, Stamp)>) -> Vec<ActionPath> {
        let is_later = |(path, stamp): &(ActionPath, Stamp)| {
            let known = self.documents.get(path);
            known.is_none_or(|known| known.stamp < *stamp)
        };
        let later = inventory.into_iter().filter(is_later);
        later.map(|(path, _)| path).collect()
    }

    /// The documents of these paths, as many as `bytes_max` holds, and at least one.
    pub(crate) fn letters(&self, paths: &[ActionPath], bytes_max: usize) -> Vec<Letter> {
        let mut letters = Vec::new();
        let mut bytes = 0;
        for path in paths {
            let Some(document) = self.documents.get(path) else {
                continue;
            };
            let letter = document.letter(path);
            bytes += letter.entity.as_ref().map_or(0, String::len);
            if bytes > bytes_max && !letters.is_empty() {
                break;
            }
            letters.push(letter);
        }
        letters
    }
}

impl Entity {
    pub(crate) fn action(&self) -> Option<&Action> {
        match self {
            Self::Action(action) => Some(action),
            Self::Package(_) => None,
        }
    }
}

impl Document {
    fn letter(&self, path: &ActionPath) -> Letter {
        let json = |entity: &Arc<Entity>| {
            serde_json::to_string(&**entity).expect("an entity has only keys that are texts")
        };
        Letter {
            path: path.clone(),
            stamp: self.stamp.clone(),
            entity: self.entity.as_ref().map(json),
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
