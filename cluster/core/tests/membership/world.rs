//! Nodes, the network between them, and the time.

mod association;
mod mishap;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use raptor_core::Moment;
use raptor_core::membership::{Command, Event, Load};

use crate::node::{Condition, Node, Told, address};
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
    /// That between regions of one continent, as in conf/regions.toml, the longest way included.
    pub(crate) const FAR: Self = Self {
        delay: (9 * MS, 33 * MS),
        loss: 1,
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
    /// By place and peer: whether the peer has moved since their association began.
    left: Vec<Vec<bool>>,
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
            left: vec![vec![false; size]; size],
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
                let before = node.introduced.insert(record, address);
                assert_ne!(before, Some(address), "it was introduced before");
                assert_ne!(address, node.address, "it is the node itself");
            }
            Command::Dismiss { record, address } => {
                let before = node.introduced.remove(&record);
                assert_eq!(before, Some(address), "it was not introduced there");
            }
            Command::Move { address, moved } => self.on_moved(place, address, moved),
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
