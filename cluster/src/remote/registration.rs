//! The end of an actor, told by itself.

use std::fmt;
use std::sync::Arc;

use super::ActorLife;
use super::mailroom::Mailroom;

/// Keeps an actor registered. An actor that holds it is missed by others in the moment in which it is
/// dropped; one that does not, within a tenth of a second.
pub struct Registration {
    mailroom: Arc<Mailroom>,
    actor: Arc<str>,
    /// Which actor of that name; none if there was none.
    life: Option<ActorLife>,
}

impl Registration {
    pub(crate) fn new(mailroom: Arc<Mailroom>, actor: &str) -> Self {
        let life = mailroom.directory.life(actor);
        let actor = actor.into();
        Self {
            mailroom,
            actor,
            life,
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // A successor of the same name stays.
        if let Some(life) = self.life {
            self.mailroom.directory.unregister_life(&self.actor, life);
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.actor).finish()
    }
}
