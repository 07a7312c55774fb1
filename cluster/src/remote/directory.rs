//! The actors of a node that others can reach, by name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use actix::{Message, Recipient};
use dashmap::DashMap;

use super::door::{Door, Entrance, TypedDoor};
use super::mail::Address;
use super::{RemoteMessage, Undeliverable};

/// An actor that others can reach has ended, or may have: look who is gone.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct ActorEnded;

/// Which actor of a name: a successor under the same name is another.
pub(crate) type ActorLife = u64;

/// Written by whoever registers, from any thread; read by the node's own.
pub(crate) struct Directory {
    actors: DashMap<Arc<str>, Registered>,
    lives: AtomicU64,
    bell: Arc<Bell>,
}

/// Rung when an actor may have ended. It is heard once, however often it is rung meanwhile.
pub(super) struct Bell {
    hearer: Recipient<ActorEnded>,
    is_rung: AtomicBool,
}

impl Bell {
    pub(super) fn ring(&self) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            self.hearer.do_send(ActorEnded);
        }
    }
}

struct Registered {
    life: ActorLife,
    entrances: Vec<Entrance>,
}

impl Registered {
    /// An actor has ended when any way to it has.
    fn is_open(&self) -> bool {
        self.entrances
            .iter()
            .all(|entrance| entrance.door.is_open())
    }
}

impl Directory {
    /// A directory that tells `hearer` when an actor may have ended.
    pub(super) fn new(hearer: Recipient<ActorEnded>) -> Self {
        let is_rung = AtomicBool::new(false);
        Self {
            actors: DashMap::new(),
            lives: AtomicU64::new(0),
            bell: Arc::new(Bell { hearer, is_rung }),
        }
    }

    /// Lets messages of a type reach an actor. It takes the place of whatever took these versions of
    /// this kind under the name before.
    pub(crate) fn register<M: RemoteMessage>(&self, actor: &str, recipient: Recipient<M>)
    where
        M::Result: Send,
    {
        let name: Arc<str> = actor.into();
        let door = TypedDoor::new(Arc::clone(&name), recipient, Arc::clone(&self.bell));
        let entrance = Entrance {
            kind: M::KIND,
            versions: M::ACCEPTS,
            door: Arc::new(door),
        };
        let fresh = || Registered {
            life: self.lives.fetch_add(1, Ordering::Relaxed),
            entrances: Vec::new(),
        };
        let mut registered = self.actors.entry(name).or_insert_with(fresh);
        if !registered.is_open() {
            *registered = fresh();
            self.bell.ring();
        }
        let is_other = |other: &Entrance| {
            let (ours, theirs) = (&entrance.versions, &other.versions);
            let are_apart = ours.end() < theirs.start() || theirs.end() < ours.start();
            other.kind != entrance.kind || are_apart
        };
        registered.entrances.retain(is_other);
        registered.entrances.push(entrance);
    }

    /// Lets nothing reach an actor any more.
    pub(crate) fn unregister(&self, actor: &str) {
        if self.actors.remove(actor).is_some() {
            self.bell.ring();
        }
    }

    /// The same, if it is still that one.
    pub(crate) fn unregister_life(&self, actor: &str, life: ActorLife) {
        let is_it = |_: &Arc<str>, registered: &Registered| registered.life == life;
        if self.actors.remove_if(actor, is_it).is_some() {
            self.bell.ring();
        }
    }

    /// Forgets the actors that have ended. The bell has been heard.
    pub(crate) fn forget_ended(&self) {
        self.bell.is_rung.store(false, Ordering::Release);
        self.actors.retain(|_, registered| registered.is_open());
    }

    /// The life of an actor, if it is registered and runs.
    pub(crate) fn life(&self, actor: &str) -> Option<ActorLife> {
        let registered = self.actors.get(actor)?;
        registered.is_open().then_some(registered.life)
    }

    /// The door for letters of this address.
    pub(super) fn find(&self, address: Address<'_>) -> Result<Arc<dyn Door>, Undeliverable> {
        let registered = self.actors.get(address.actor);
        let registered = registered.ok_or(Undeliverable::NoSuchActor)?;
        let (mut min, mut max, mut is_known) = (u16::MAX, u16::MIN, false);
        for entrance in &registered.entrances {
            if entrance.kind != address.kind {
                continue;
            }
            if entrance.versions.contains(&address.version) {
                return Ok(Arc::clone(&entrance.door));
            }
            is_known = true;
            min = min.min(*entrance.versions.start());
            max = max.max(*entrance.versions.end());
        }
        Err(match is_known {
            true => Undeliverable::UnknownVersion { min, max },
            false => Undeliverable::UnknownKind,
        })
    }
}
