//! Raptor's flights: the `Flight` machine of every member, on servers with queues.

use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;
use raptor_core::{AttemptId, FunctionIndex, MemberIndex, Moment};
use slotmap::SlotMap;

use super::Dispatcher;
use crate::flying::{Crew, Message, Orders, Surroundings, Values};
use crate::policy::Policy;
use crate::simulate::cluster::Cluster;
use crate::simulate::cluster::copies::{CopyKey, Ended, Errand};
use crate::simulate::cluster::layout::{Layout, ServerId};
use crate::simulate::cluster::workload::Workload;

slotmap::new_key_type! {
    /// A flight under way. Never used twice.
    pub(crate) struct FlightKey;
}

/// Flights, each with its members on servers by chance: the leader's is any, the others' are in
/// the zones that have fewest members.
pub(crate) struct Flights {
    orders: Orders,
    aloft: SlotMap<FlightKey, Aloft>,
}

/// One flight under way.
struct Aloft {
    crew: Crew,
    ground: Ground,
}

/// What its members stand on.
struct Ground {
    number: u32,
    arrived: Moment,
    /// By member: where it is.
    servers: Vec<ServerId>,
    /// The attempts that have not ended.
    live: Vec<(AttemptId, CopyKey)>,
    /// How many messages are under way.
    parcels: u32,
}

/// An attempt of a flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    flight: FlightKey,
    attempt: AttemptId,
}

/// A message under way.
#[derive(Debug)]
pub(crate) struct Parcel {
    flight: FlightKey,
    from: MemberIndex,
    to: MemberIndex,
    message: Message,
}

impl Flights {
    /// Flights of so many members, each of which runs `slots` attempts at once.
    pub(crate) fn new(workload: &Workload, size: u16, slots: u16, values: Values) -> Self {
        let policy = Policy {
            kind: raptor_core::flight::Policy::Flight,
            size,
        };
        let orders = Orders {
            manifest: Arc::clone(&workload.manifest),
            policy,
            slots,
            values,
        };
        Self {
            orders,
            aloft: SlotMap::with_key(),
        }
    }

    /// How many members a cluster has room for: as many different servers as the fullest zone of a
    /// flight needs, in every zone.
    pub(crate) fn size_max(layout: &Layout) -> u32 {
        let smallest = layout.zone_size(usize::from(layout.zones) - 1);
        smallest * u32::from(layout.zones)
    }

    /// Lets something happen to a flight, and forgets it when nothing more can.
    fn touch(
        &mut self,
        cluster: &mut Cluster<Self>,
        key: FlightKey,
        happen: impl FnOnce(&mut Crew, &Orders, &mut Round),
    ) {
        let Some(aloft) = self.aloft.get_mut(key) else {
            return;
        };
        let mut round = Round {
            cluster,
            ground: &mut aloft.ground,
            key,
        };
        happen(&mut aloft.crew, &self.orders, &mut round);
        if aloft.ground.parcels == 0 && aloft.ground.live.is_empty() {
            assert!(
                aloft.crew.is_settled(),
                "a flight to which nothing more can happen is over"
            );
            self.aloft.remove(key);
        }
    }
}

impl Dispatcher for Flights {
    type Job = Job;
    type Due = Box<Parcel>;

    fn on_arrival(&mut self, cluster: &mut Cluster<Self>, number: u32) {
        let ground = Ground {
            number,
            arrived: cluster.now(),
            servers: servers(cluster, self.orders.policy.size),
            live: Vec::new(),
            parcels: 0,
        };
        let crew = Crew::new(&self.orders);
        let key = self.aloft.insert(Aloft { crew, ground });
        self.touch(cluster, key, |crew, orders, round| {
            crew.begin(round.cluster.now(), orders, round);
        });
    }

    fn on_ended(&mut self, cluster: &mut Cluster<Self>, ended: Ended<Job>) {
        let Job { flight, attempt } = ended.job;
        self.touch(cluster, flight, |crew, orders, round| {
            round.ground.live.retain(|(live, _)| *live != attempt);
            let which = (attempt, ended.function);
            crew.on_ended(round.cluster.now(), orders, which, ended.end, round);
        });
    }

    fn on_turn(&mut self, _: &mut Cluster<Self>, _: CopyKey) {
        unreachable!("it sends no tickets");
    }

    fn on_due(&mut self, cluster: &mut Cluster<Self>, parcel: Box<Parcel>) {
        let Parcel {
            flight,
            from,
            to,
            message,
        } = *parcel;
        self.touch(cluster, flight, |crew, orders, round| {
            round.ground.parcels -= 1;
            crew.on_message(round.cluster.now(), orders, (from, to), message, round);
        });
    }
}

/// Different servers for the members of a flight.
fn servers(cluster: &mut Cluster<Flights>, size: u16) -> Vec<ServerId> {
    let layout = cluster.layout.clone();
    let dice = cluster.places();
    let leader = ServerId(dice.random_range(0..layout.servers));
    let home = layout.zone(leader);
    let mut others: Vec<_> = (0..usize::from(layout.zones))
        .filter(|zone| *zone != home)
        .collect();
    others.shuffle(dice);
    let zones = std::iter::once(home).chain(others);
    let zones: Vec<_> = zones.collect();
    let mut servers = Vec::with_capacity(usize::from(size));
    servers.push(leader);
    for zone in zones.iter().cycle().take(usize::from(size)).skip(1) {
        loop {
            let place = dice.random_range(0..layout.zone_size(*zone));
            let server = layout.in_zone(*zone, place);
            if !servers.contains(&server) {
                servers.push(server);
                break;
            }
        }
    }
    servers
}

/// What is round the members of a flight in a cluster.
struct Round<'a> {
    cluster: &'a mut Cluster<Flights>,
    ground: &'a mut Ground,
    key: FlightKey,
}

impl Round<'_> {
    fn server(&self, member: MemberIndex) -> ServerId {
        self.ground.servers[member.at()]
    }
}

impl Surroundings for Round<'_> {
    fn send(&mut self, from: MemberIndex, to: MemberIndex, message: Message) {
        let (here, there) = (self.server(from), self.server(to));
        let delay = self.cluster.layout.delay(here, there);
        let flight = self.key;
        let parcel = Parcel {
            flight,
            from,
            to,
            message,
        };
        self.ground.parcels += 1;
        self.cluster.later(delay, Box::new(parcel));
    }

    fn launch(&mut self, attempt: AttemptId, function: FunctionIndex) {
        let errand = Errand {
            job: Job {
                flight: self.key,
                attempt,
            },
            number: self.ground.number,
            function,
        };
        let here = self.server(attempt.member);
        let copy = self.cluster.send(here, here, errand);
        self.ground.live.push((attempt, copy));
    }

    fn preempt(&mut self, attempt: AttemptId) {
        let live = self.ground.live.iter();
        let copy = live.rev().find(|(live, _)| *live == attempt);
        let (_, copy) = copy.expect("only what was launched is preempted");
        self.cluster.stop(*copy);
    }

    fn settle(&mut self, member: MemberIndex, has_landed: bool) {
        if member.leads() {
            let took = self.cluster.now().since(self.ground.arrived);
            let number = self.ground.number;
            self.cluster.tally.on_finished(number, took, has_landed);
        }
    }
}
