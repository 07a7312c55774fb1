//! Nodes, the network between them, and the time.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use raptor_core::Moment;
use raptor_core::membership::{Command, Event, Load, Parting};

use crate::node::{Condition, Node, Told, address, name, place_of};
use crate::prng::Prng;

/// A millisecond, in the world's microseconds.
pub(crate) const MS: u64 = 1_000;
/// A second.
pub(crate) const SECOND: u64 = 1_000_000;

/// An idle association sends a heartbeat this often, and so meets a host on which nobody listens.
const HEARTBEAT: u64 = 500 * MS;
/// An association whose other end is silent is given up after this.
const SILENCE_MAX: u64 = 5_600 * MS;
/// A handshake that nobody answers is given up after this.
const HANDSHAKE_MAX: u64 = 1_400 * MS;
/// An address is dialed again after this, twice as long each time it fails, up to two seconds.
const REDIAL: u64 = 50 * MS;

/// How many in a thousand packets find that their association was idle for too long: it has ended,
/// and neither end was told.
const ENDS_IDLE: u64 = 20;

/// What packets go through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) delay: (u64, u64),
    /// How many in a thousand are lost. SCTP would send most of them again; here they are gone.
    pub(crate) loss: u64,
}

impl Weather {
    /// That of a loopback.
    pub(crate) const FAIR: Self = Self {
        delay: (20, 200),
        loss: 0,
    };
    /// One packet in twenty is lost.
    pub(crate) const LOSSY: Self = Self {
        delay: (100, 2 * MS),
        loss: 50,
    };
}

/// The part of a network that is cut which reaches all others.
pub(crate) const BOTH: u8 = u8::MAX;

enum Happening {
    Wake {
        place: usize,
        setting: u32,
    },
    Arrival {
        place: usize,
        life: u64,
        event: Event,
    },
    Send {
        from: usize,
        to: usize,
        event: Event,
    },
    Uncalled {
        from: usize,
        to: usize,
    },
    Dial {
        place: usize,
        to: SocketAddr,
    },
    Linked {
        one: usize,
        other: usize,
        lives: (u64, u64),
    },
    Broken {
        place: usize,
        peer: usize,
        life: u64,
    },
    Resume {
        place: usize,
    },
    Gone {
        place: usize,
    },
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) weather: Weather,
    seeds: Vec<String>,
    agenda: BTreeMap<(u64, u64), Happening>,
    count: u64,
    prng: Prng,
    /// By place and peer: the life of the peer with which the place holds an association.
    open: Vec<Vec<Option<u64>>>,
    /// The same for associations that have ended because they were idle.
    parted: Vec<Vec<Option<u64>>>,
    /// The handshakes under way that nobody has answered.
    called: Vec<Vec<bool>>,
    /// Which part of a network that is cut each node is in.
    part: Vec<u8>,
}

impl World {
    /// `size` nodes that start within 10 ms of each other, the first three of which are the seeds.
    pub(crate) fn new(size: usize, weather: Weather, seed: u64) -> Self {
        let seeds: Vec<String> = (0..size.min(3))
            .map(|place| address(place).to_string())
            .collect();
        let mut prng = Prng::new(seed);
        let node = |place| Node::new(place, 1, &seeds, prng.next());
        let nodes = (0..size).map(node).collect();
        let mut world = Self {
            now: 0,
            nodes,
            weather,
            seeds,
            agenda: BTreeMap::new(),
            count: 0,
            prng,
            open: vec![vec![None; size]; size],
            parted: vec![vec![None; size]; size],
            called: vec![vec![false; size]; size],
            part: vec![0; size],
        };
        for place in 0..size {
            let at = world.prng.below(10 * MS);
            world.put(
                at,
                Happening::Arrival {
                    place,
                    life: 1,
                    event: Event::Begun,
                },
            );
        }
        world
    }

    /// The same after all nodes have found each other.
    pub(crate) fn met(size: usize, weather: Weather, seed: u64) -> Self {
        let mut world = Self::new(size, weather, seed);
        let met = world.run_until(60 * SECOND, Self::all_know_all);
        assert!(met.is_some(), "they never met: seed {seed}");
        world.run_for(2 * SECOND);
        world
    }

    fn put(&mut self, at: u64, happening: Happening) {
        self.count += 1;
        self.agenda.insert((at, self.count), happening);
    }

    /// Whether each running node holds exactly the other running ones for up.
    pub(crate) fn all_know_all(&self) -> bool {
        let running = self.nodes.iter().filter(|node| node.is_running());
        let running: BTreeMap<_, _> = running
            .map(|n| (n.record.node.clone(), &n.record))
            .collect();
        running.keys().all(|name| {
            let node = self.nodes.iter().find(|n| n.record.node == *name);
            let node = node.expect("it runs");
            let others = running.values().filter(|record| record.node != *name);
            node.up.len() + 1 == running.len()
                && others.into_iter().all(|r| node.up.get(&r.node) == Some(r))
        })
    }

    pub(crate) fn run_for(&mut self, time: u64) {
        let until = self.now + time;
        self.run_until(time, |_| false);
        self.now = until;
    }

    /// Lets time pass until something is so; says when that was, if it was within `time`.
    pub(crate) fn run_until(&mut self, time: u64, is_so: impl Fn(&Self) -> bool) -> Option<u64> {
        let end = self.now + time;
        let mut looked = self.now;
        loop {
            // It is costly to look at everything after every packet.
            if self.now >= looked {
                if is_so(self) {
                    return Some(self.now);
                }
                looked = self.now + 5 * MS;
            }
            let (&(at, _), _) = self.agenda.first_key_value()?;
            if at > end {
                return None;
            }
            let (_, happening) = self.agenda.pop_first().expect("it was looked at");
            self.now = self.now.max(at);
            self.happen(happening);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake { place, setting } => {
                let node = &self.nodes[place];
                if node.settings == setting && node.is_running() {
                    self.tell(place, Event::Tick);
                }
            }
            Happening::Arrival { place, life, event } => {
                if self.nodes[place].record.incarnation.0 == life {
                    self.hand(place, event);
                }
            }
            Happening::Send { from, to, event } => self.send(from, to, event),
            Happening::Uncalled { from, to } => self.on_uncalled(from, to),
            Happening::Dial { place, to } => self.dial(place, to),
            Happening::Linked { one, other, lives } => self.link(one, other, lives),
            Happening::Broken { place, peer, life } => self.lose(place, peer, life),
            Happening::Resume { place } => self.resume(place),
            Happening::Gone { place } => self.nodes[place].condition = Condition::Killed,
        }
    }

    /// Gives a node an event, now or when it goes on.
    pub(crate) fn hand(&mut self, place: usize, event: Event) {
        match self.nodes[place].condition {
            Condition::Running => self.tell(place, event),
            Condition::Stopped => self.nodes[place].inbox.push(event),
            Condition::Killed | Condition::Vanished => {}
        }
    }

    fn tell(&mut self, place: usize, event: Event) {
        let now = Moment::from_micros(self.now);
        self.nodes[place].machine.handle(now, event);
        while let Some(command) = self.nodes[place].machine.poll_command() {
            self.obey(place, command);
        }
        let node = &mut self.nodes[place];
        node.settings += 1;
        let setting = node.settings;
        if let Some(at) = node.machine.poll_timeout() {
            let at = at.as_micros().max(self.now) + self.prng.below(2 * MS);
            self.put(at, Happening::Wake { place, setting });
        }
    }

    fn obey(&mut self, place: usize, command: Command) {
        let now = self.now;
        let node = &mut self.nodes[place];
        match command {
            Command::Resolve { seed } => panic!("{seed} is an address"),
            Command::Keep { address } => self.keep(place, address),
            Command::Forget { address } => drop(node.kept.remove(&address)),
            Command::Introduce { record, address } => {
                assert!(node.introduced.insert(record), "it was introduced before");
                assert_ne!(address, node.address, "it is the node itself");
            }
            Command::Dismiss { record, address } => {
                assert!(node.introduced.remove(&record), "it was not introduced");
                assert_ne!(address, node.address, "it is the node itself");
            }
            Command::Refuse { .. } => {}
            Command::Send { to, report, packet } => {
                node.bytes_sent += packet.len() as u64;
                node.packets_sent += 1;
                let from = node.record.clone();
                let event = Event::GossipHeard {
                    from,
                    report,
                    packet,
                };
                self.send(place, place_of_name(&to.node), event);
            }
            Command::Up { record, .. } => {
                let before = node.up.insert(record.node.clone(), record.clone());
                assert_eq!(before, None, "it was up");
                node.told.push((now, Told::Up(record)));
            }
            Command::Changed { record, .. } => {
                assert_eq!(node.up.get(&record.node), Some(&record), "it is not up");
            }
            Command::Relinked { record, .. } => {
                assert_eq!(node.up.get(&record.node), Some(&record), "it is not up");
                node.told.push((now, Told::Relinked(record)));
            }
            Command::Down { record } => {
                let before = node.up.remove(&record.node);
                assert_eq!(before.as_ref(), Some(&record), "it was not up");
                node.told.push((now, Told::Down(record)));
            }
            Command::Notice(notice) => node.notices.push(notice),
        }
    }

    fn keep(&mut self, place: usize, to: SocketAddr) {
        if to != self.nodes[place].address && self.nodes[place].kept.insert(to, 0).is_none() {
            self.put(self.now, Happening::Dial { place, to });
        }
    }

    fn delay(&mut self) -> u64 {
        let (least, most) = self.weather.delay;
        self.prng.between(least, most)
    }

    fn is_cut(&self, one: usize, other: usize) -> bool {
        let parts = [self.part[one], self.part[other]];
        parts[0] != parts[1] && !parts.contains(&BOTH)
    }

    fn send(&mut self, from: usize, to: usize, event: Event) {
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
        if self.is_cut(from, to) || is_lost {
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
    fn dial_to_send(&mut self, from: usize, to: usize, event: Event) {
        let condition = match self.nodes[to].condition {
            _ if self.is_cut(from, to) => Condition::Vanished,
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
    fn on_uncalled(&mut self, from: usize, to: usize) {
        self.called[from][to] = false;
        if self.open[from][to].is_some() {
            return;
        }
        if self.nodes[to].is_running() && !self.is_cut(from, to) {
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

    fn dial(&mut self, place: usize, to: SocketAddr) {
        let peer = place_of(to);
        let node = &self.nodes[place];
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

    fn redial(&mut self, place: usize, to: SocketAddr, after: u64) {
        if let Some(failures) = self.nodes[place].kept.get_mut(&to) {
            let wait = (REDIAL << (*failures).min(6)).min(2 * SECOND);
            *failures += 1;
            let wait = self.prng.between(wait / 2, wait);
            self.put(after + wait, Happening::Dial { place, to });
        }
    }

    fn life(&self, place: usize) -> u64 {
        self.nodes[place].record.incarnation.0
    }

    fn link(&mut self, one: usize, other: usize, lives: (u64, u64)) {
        let is_there = |place: usize| self.nodes[place].is_running();
        let same = lives == (self.life(one), self.life(other));
        if !same || !is_there(one) || !is_there(other) || self.is_cut(one, other) {
            return self.redial(one, address(other), self.now);
        }
        for (place, peer, life) in [(one, other, lives.1), (other, one, lives.0)] {
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
            self.nodes[place]
                .kept
                .entry(address(peer))
                .and_modify(|failures| *failures = 0);
            let record = self.nodes[peer].record.clone();
            let address = self.nodes[peer].address;
            self.tell(place, Event::Linked { record, address });
        }
    }

    /// A node notices that its association with that life of a peer is over.
    fn lose(&mut self, place: usize, peer: usize, life: u64) {
        if self.open[place][peer] != Some(life) {
            return;
        }
        let node = &self.nodes[peer];
        let is_same = node.record.incarnation.0 == life;
        if is_same && node.is_running() && !self.is_cut(place, peer) {
            return;
        }
        self.open[place][peer] = None;
        let mut record = node.record.clone();
        record.incarnation.0 = life;
        let how = Parting::Broken;
        self.hand(place, Event::Unlinked { record, how });
        self.redial(place, address(peer), self.now);
    }

    /// Every node is busier or less busy than before.
    pub(crate) fn change_loads(&mut self, turn: u64) {
        for place in 0..self.nodes.len() {
            let load = Load {
                flights: u32::try_from(turn).expect("few turns"),
                weight: 1,
                slots: 2,
                is_draining: false,
            };
            self.hand(place, Event::LoadChanged { load });
        }
    }

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

    fn break_all(&mut self, place: usize, least: u64, most: u64) {
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

    fn resume(&mut self, place: usize) {
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
                self.redial(place, address(peer), self.now);
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
                self.redial(peer, address(place), at);
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

    /// The others' times until they told that a node is down, in microseconds since `since`; those
    /// that never did are not among them.
    pub(crate) fn missed_after(&self, place: usize, since: u64) -> Vec<u64> {
        let record = &self.nodes[place].record;
        let others = self.nodes.iter().filter(|node| node.is_running());
        let missed = others.filter_map(|node| node.missed(record, since));
        missed.map(|at| at - since).collect()
    }
}

fn place_of_name(name: &raptor_core::NodeId) -> usize {
    let number = name.as_str().trim_start_matches("node-");
    number.parse().expect("a place")
}
