//! What happens to nodes and to the network between them.

use std::net::SocketAddr;

use raptor_core::membership::{Event, Parting};

use super::{HEARTBEAT, Happening, MS, SILENCE_MAX, World};
use crate::node::{Condition, Node};

impl World {
    /// Its process is killed. Each peer notices with its next packet, a heartbeat at the latest.
    pub(crate) fn kill(&mut self, place: usize) {
        self.nodes[place].condition = Condition::Killed;
        self.break_all(place, 0, HEARTBEAT);
    }

    /// Its host is gone, or its cable: nobody hears anything.
    pub(crate) fn vanish(&mut self, place: usize) {
        self.nodes[place].condition = Condition::Vanished;
        self.break_all(place, SILENCE_MAX, SILENCE_MAX + HEARTBEAT);
    }

    pub(super) fn break_all(&mut self, place: usize, least: u64, most: u64) {
        let life = self.life(place);
        for peer in 0..self.nodes.len() {
            let at = self.now + self.prng.between(least, most);
            self.put(
                at,
                Happening::Broken {
                    place: peer,
                    peer: place,
                    life,
                },
            );
        }
        self.open[place].fill(None);
    }

    /// Its process does nothing for that long; what comes meanwhile waits for it.
    pub(crate) fn stop(&mut self, place: usize, time: u64) {
        self.nodes[place].condition = Condition::Stopped;
        self.put(self.now + time, Happening::Resume { place });
        if time > SILENCE_MAX {
            let life = self.life(place);
            for peer in 0..self.nodes.len() {
                let at = self.now + SILENCE_MAX + self.prng.below(HEARTBEAT);
                self.put(
                    at,
                    Happening::Broken {
                        place: peer,
                        peer: place,
                        life,
                    },
                );
            }
        }
    }

    pub(super) fn resume(&mut self, place: usize) {
        if self.nodes[place].condition != Condition::Stopped {
            return;
        }
        self.nodes[place].condition = Condition::Running;
        let mut events = std::mem::take(&mut self.nodes[place].inbox);
        // Nobody says which of all that is due comes first.
        let tick = self.prng.below(events.len() as u64 + 1) as usize;
        events.insert(tick, Event::Tick);
        for event in events {
            self.tell(place, event);
        }
        // Those that gave it up have told it so.
        for peer in 0..self.nodes.len() {
            if let Some(life) = self.open[place][peer]
                && self.open[peer][place].is_none()
            {
                self.open[place][peer] = None;
                let mut record = self.nodes[peer].record.clone();
                record.incarnation.0 = life;
                let how = Parting::Broken;
                self.tell(place, Event::Unlinked { record, how });
                self.redial(place, self.nodes[peer].address, self.now);
            }
        }
    }

    /// Its host has another address: nothing comes to the former one any more, and its packets leave
    /// from the new one.
    pub(crate) fn change_address(&mut self, place: usize, address: SocketAddr) {
        self.tell(place, Event::Moved { address });
    }

    /// It leaves its associations; its peers notice when it dials them, or after some silence.
    pub(super) fn on_moved(&mut self, place: usize, address: SocketAddr, moved: u32) {
        let life = self.life(place);
        let node = &mut self.nodes[place];
        (node.address, node.moved) = (address, moved);
        for peer in 0..self.nodes.len() {
            self.parted[place][peer] = None;
            self.parted[peer][place] = None;
            self.left[peer][place] = self.open[peer][place] == Some(life);
            let at = self.now + SILENCE_MAX + self.prng.below(HEARTBEAT);
            let broken = Happening::Broken {
                place: peer,
                peer: place,
                life,
            };
            self.put(at, broken);
            if let Some(life) = self.open[place][peer].take() {
                let mut record = self.nodes[peer].record.clone();
                record.incarnation.0 = life;
                let how = Parting::Broken;
                let event = Event::Unlinked { record, how };
                let life = self.life(place);
                self.put(self.now, Happening::Arrival { place, life, event });
                self.redial(place, self.nodes[peer].address, self.now);
            }
        }
    }

    /// It takes leave and ends.
    pub(crate) fn leave(&mut self, place: usize) {
        self.tell(place, Event::LeaveAsked);
        let life = self.life(place);
        for peer in 0..self.nodes.len() {
            if self.open[peer][place].take().is_some() {
                let mut record = self.nodes[place].record.clone();
                record.incarnation.0 = life;
                let how = Parting::Closed;
                let event = Event::Unlinked { record, how };
                let at = self.now + 5 * MS + self.delay();
                let life = self.life(peer);
                self.put(
                    at,
                    Happening::Arrival {
                        place: peer,
                        life,
                        event,
                    },
                );
                self.redial(peer, self.nodes[place].address, at);
            }
        }
        self.put(self.now + 5 * MS, Happening::Gone { place });
    }

    /// Starts it again, as a new life.
    pub(crate) fn restart(&mut self, place: usize) {
        let life = self.life(place) + 1;
        let seed = self.prng.next();
        self.nodes[place] = Node::new(place, life, &self.seeds, seed);
        self.open[place].fill(None);
        self.parted[place].fill(None);
        self.left[place].fill(false);
        self.tell(place, Event::Begun);
    }

    /// Cuts the network: nodes in different parts do not hear each other.
    pub(crate) fn cut(&mut self, part: impl Fn(usize) -> u8) {
        self.part = (0..self.nodes.len()).map(part).collect();
        for one in 0..self.nodes.len() {
            for other in 0..self.nodes.len() {
                if self.is_cut(one, other)
                    && let Some(life) = self.open[one][other]
                {
                    let at = self.now + SILENCE_MAX + self.prng.below(HEARTBEAT);
                    self.put(
                        at,
                        Happening::Broken {
                            place: one,
                            peer: other,
                            life,
                        },
                    );
                }
            }
        }
    }

    /// All hear each other again.
    pub(crate) fn heal(&mut self) {
        self.part.fill(0);
    }
}
