//! Associations: when they begin, carry something, and end.

use std::net::SocketAddr;

use raptor_core::membership::{Event, Parting};

use super::{BOTH, HANDSHAKE_MAX, Happening, MS, SECOND, World};
use crate::node::{Condition, Node, name};

/// How many in a thousand packets find that their association was idle for too long: it has ended,
/// and neither end was told.
const ENDS_IDLE: u64 = 20;

/// An address is dialed again after this, twice as long each time it fails, up to two seconds.
const REDIAL: u64 = 50 * MS;

impl World {
    pub(super) fn keep(&mut self, place: usize, to: SocketAddr) {
        if to != self.nodes[place].address && self.nodes[place].kept.insert(to, 0).is_none() {
            self.put(self.now, Happening::Dial { place, to });
        }
    }

    pub(super) fn delay(&mut self) -> u64 {
        let (least, most) = self.weather.delay;
        self.prng.between(least, most)
    }

    pub(super) fn is_cut(&self, one: usize, other: usize) -> bool {
        let parts = [self.part[one], self.part[other]];
        parts[0] != parts[1] && !parts.contains(&BOTH)
    }

    pub(super) fn send(&mut self, from: usize, to: usize, event: Event) {
        let Some(life) = self.open[from][to] else {
            return self.dial_to_send(from, to, event);
        };
        let is_idle = self.prng.chance(ENDS_IDLE);
        if is_idle && self.open[to][from].is_some() {
            // Neither end is told.
            self.parted[from][to] = self.open[from][to].take();
            self.parted[to][from] = self.open[to][from].take();
            return self.dial_to_send(from, to, event);
        }
        let arrives = self.now + self.delay();
        let is_lost = self.prng.chance(self.weather.loss);
        if self.is_cut(from, to) || is_lost || self.left[from][to] {
            return;
        }
        match self.nodes[to].condition {
            Condition::Running | Condition::Stopped => {
                self.put(
                    arrives,
                    Happening::Arrival {
                        place: to,
                        life,
                        event,
                    },
                );
            }
            Condition::Killed => self.put(
                arrives,
                Happening::Broken {
                    place: from,
                    peer: to,
                    life,
                },
            ),
            Condition::Vanished => {}
        }
    }

    /// Begins an association in order to send something.
    pub(super) fn dial_to_send(&mut self, from: usize, to: usize, event: Event) {
        let condition = match self.nodes[to].condition {
            _ if self.is_cut(from, to) || !self.knows_where(from, to) => Condition::Vanished,
            condition => condition,
        };
        match condition {
            Condition::Running => {
                let lives = (self.life(from), self.life(to));
                let at = self.now + self.delay() + self.delay();
                self.put(
                    at,
                    Happening::Linked {
                        one: from,
                        other: to,
                        lives,
                    },
                );
                self.put(at, Happening::Send { from, to, event });
            }
            Condition::Killed => {
                let arrives = self.now + self.delay();
                let (place, life) = (from, self.life(from));
                let event = match self.parted[from][to].take() {
                    Some(life) => {
                        let mut record = self.nodes[to].record.clone();
                        record.incarnation.0 = life;
                        let how = Parting::Refused;
                        Event::Unlinked { record, how }
                    }
                    None => Event::Unreached {
                        node: name(to),
                        is_refused: true,
                    },
                };
                self.put(arrives, Happening::Arrival { place, life, event });
            }
            Condition::Stopped | Condition::Vanished => {
                if !std::mem::replace(&mut self.called[from][to], true) {
                    let at = self.now + HANDSHAKE_MAX;
                    self.put(at, Happening::Uncalled { from, to });
                }
            }
        }
    }

    /// A handshake has had its time. It is tried again meanwhile: who goes on has answered.
    pub(super) fn on_uncalled(&mut self, from: usize, to: usize) {
        self.called[from][to] = false;
        if self.open[from][to].is_some() {
            return;
        }
        if self.nodes[to].is_running() && !self.is_cut(from, to) && self.knows_where(from, to) {
            let lives = (self.life(from), self.life(to));
            return self.link(from, to, lives);
        }
        let event = match self.parted[from][to].take() {
            Some(life) => {
                let mut record = self.nodes[to].record.clone();
                record.incarnation.0 = life;
                let how = Parting::Broken;
                Event::Unlinked { record, how }
            }
            None => Event::Unreached {
                node: name(to),
                is_refused: false,
            },
        };
        self.hand(from, event);
    }

    pub(super) fn dial(&mut self, place: usize, to: SocketAddr) {
        let node = &self.nodes[place];
        let Some(peer) = self.nodes.iter().position(|node| node.address == to) else {
            return self.redial(place, to, self.now + HANDSHAKE_MAX);
        };
        if !node.kept.contains_key(&to) || self.open[place][peer].is_some() || !node.is_running() {
            return;
        }
        let answer = self.now + self.delay() + self.delay();
        let lives = (self.life(place), self.life(peer));
        let condition = if self.is_cut(place, peer) {
            Condition::Vanished
        } else {
            self.nodes[peer].condition
        };
        match condition {
            Condition::Running => {
                self.put(
                    answer,
                    Happening::Linked {
                        one: place,
                        other: peer,
                        lives,
                    },
                );
            }
            Condition::Killed => self.redial(place, to, answer),
            Condition::Stopped | Condition::Vanished => {
                self.redial(place, to, self.now + HANDSHAKE_MAX);
            }
        }
    }

    pub(super) fn redial(&mut self, place: usize, to: SocketAddr, after: u64) {
        if let Some(failures) = self.nodes[place].kept.get_mut(&to) {
            let wait = (REDIAL << (*failures).min(6)).min(2 * SECOND);
            *failures += 1;
            let wait = self.prng.between(wait / 2, wait);
            self.put(after + wait, Happening::Dial { place, to });
        }
    }

    pub(super) fn life(&self, place: usize) -> u64 {
        self.nodes[place].record.incarnation.0
    }

    pub(super) fn link(&mut self, one: usize, other: usize, lives: (u64, u64)) {
        let is_there = |place: usize| self.nodes[place].is_running();
        let same = lives == (self.life(one), self.life(other));
        if !same || !is_there(one) || !is_there(other) || self.is_cut(one, other) {
            return self.redial(one, self.nodes[other].address, self.now);
        }
        for (place, peer, life) in [(one, other, lives.1), (other, one, lives.0)] {
            if std::mem::take(&mut self.left[place][peer]) {
                self.end(place, peer, life);
            }
            // A new life takes the place of an association with an old one.
            if self.open[place][peer] == Some(life) {
                continue;
            }
            if let Some(old) = self.open[place][peer] {
                self.lose(place, peer, old);
            }
            self.open[place][peer] = Some(life);
            if self.parted[place][peer].take() == Some(life) {
                continue;
            }
            let Node {
                record,
                address,
                moved,
                ..
            } = &self.nodes[peer];
            let (record, address, moved) = (record.clone(), *address, *moved);
            let kept = &mut self.nodes[place].kept;
            kept.entry(address).and_modify(|failures| *failures = 0);
            let linked = Event::Linked {
                record,
                address,
                moved,
            };
            self.tell(place, linked);
        }
    }

    /// A node notices that its association with that life of a peer is over.
    pub(super) fn lose(&mut self, place: usize, peer: usize, life: u64) {
        if self.open[place][peer] != Some(life) {
            return;
        }
        let node = &self.nodes[peer];
        let is_same = node.record.incarnation.0 == life;
        let has_left = self.left[place][peer];
        if is_same && node.is_running() && !self.is_cut(place, peer) && !has_left {
            return;
        }
        self.end(place, peer, life);
    }

    /// The association of a node with that life of a peer is over.
    fn end(&mut self, place: usize, peer: usize, life: u64) {
        self.left[place][peer] = false;
        let node = &self.nodes[peer];
        self.open[place][peer] = None;
        let mut record = node.record.clone();
        record.incarnation.0 = life;
        let how = Parting::Broken;
        self.hand(place, Event::Unlinked { record, how });
        self.redial(place, self.nodes[peer].address, self.now);
    }

    /// Whether a node would dial another one where that is.
    fn knows_where(&self, from: usize, to: usize) -> bool {
        let node = &self.nodes[to];
        let known = self.nodes[from].introduced.get(&node.record);
        known.is_none_or(|address| *address == node.address)
    }
}
