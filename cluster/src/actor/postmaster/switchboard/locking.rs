//! Keys that come and go while peers are up.

use std::time::Duration;

use raptor_core::{FlightId, Role};
use tokio::time::Instant;

use super::Switchboard;
use crate::actor::postmaster::session::Session;
use crate::actor::postmaster::{OpenFlight, PeerDownReason};
use crate::security::{KeyRing, Keys, Protection};
use crate::transport::CloseReason;

/// How long the last words to the members of a flight may take. Who does not take them by then does
/// not need them.
const PARTING_MAX: Duration = Duration::from_secs(2);

/// What a peer hears whose key is gone.
const VOID: &str = "the key of this association is not valid any more";

impl Switchboard {
    /// Goes on with other keys; peers that came with a key that is gone go too.
    pub(in super::super) fn exchange_keys(&mut self, ring: KeyRing, now: Instant) {
        if let Some(keys) = self.keys() {
            keys.exchange(ring);
            self.part_from_void(&keys, now);
        }
    }

    /// Lets the members of a flight in who have only its key.
    pub(in super::super) fn open_flight(&mut self, OpenFlight { flight, key }: OpenFlight) {
        if let Some(keys) = self.keys() {
            keys.open_flight(flight, key);
        }
    }

    pub(in super::super) fn close_flight(&mut self, flight: FlightId, now: Instant) {
        if let Some(keys) = self.keys() {
            keys.close_flight(flight);
            self.part_from_members(flight, now);
        }
    }

    /// Lets what was posted to the members of a flight leave, and ends their associations.
    fn part_from_members(&mut self, flight: FlightId, now: Instant) {
        for id in self.keeps.remove_all(Role::Member(flight)) {
            self.hang_up(id);
        }
        self.register.forget_flight(flight);
        let sessions = self.sessions.iter();
        let members = sessions.filter(|(_, session)| session.is_of(flight));
        for id in members.map(|(&id, _)| id).collect::<Vec<_>>() {
            let session = self.session(id);
            if session.peer().is_some() {
                let by = now + PARTING_MAX;
                session.leave(by);
                self.look_by(by);
                self.list(id);
            } else if !session.is_refused() {
                self.transport.abort(id);
                self.on_closed(id, CloseReason::Aborted("the flight is over".into()), now);
            }
        }
    }

    fn keys(&self) -> Option<Keys> {
        match &self.protection {
            Protection::Noise(keys) => Some(keys.clone()),
            Protection::Clear => {
                tracing::warn!("there are no keys: transport.security is \"none\"");
                None
            }
        }
    }

    fn part_from_void(&mut self, keys: &Keys, now: Instant) {
        let is_void = |session: &Session| session.link.key().is_some_and(|key| !keys.holds(key));
        let sessions = self.sessions.iter();
        let void = sessions.filter(|(_, session)| is_void(session) && !session.is_refused());
        for id in void.map(|(&id, _)| id).collect::<Vec<_>>() {
            self.session(id).link.refuse(VOID.into());
            self.part(id, PeerDownReason::Misbehaved(VOID.into()), now);
        }
    }
}
