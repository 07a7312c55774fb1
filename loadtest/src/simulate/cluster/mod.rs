//! The cluster: servers with their queues, what runs on them, and the time.

pub(crate) mod arrivals;
pub(crate) mod copies;
mod dice;
pub(crate) mod experiment;
pub(crate) mod horizon;
pub(crate) mod layout;
pub(crate) mod modulation;
pub(crate) mod scheduler;
pub(crate) mod tally;
mod trend;
pub(crate) mod workload;

use std::collections::VecDeque;
use std::time::Duration;

use rand::RngExt;
use raptor_core::{FunctionIndex, Moment};
use slotmap::SlotMap;

use crate::flying::End;
use crate::flying::agenda::Agenda;
use copies::{CopyKey, Ended, Errand, Placed, Stage};
use dice::{Dice, Purpose};
use layout::{Layout, ServerId};
use modulation::Trajectory;
use scheduler::Dispatcher;
use tally::Tally;
use workload::Workload;

/// What happens in a cluster.
#[derive(Debug)]
pub(crate) enum Happening<D> {
    /// A workflow arrives.
    Arrival,
    /// A copy reaches its server.
    Reached(CopyKey),
    /// A copy ends, unless it ended before.
    Ended(CopyKey),
    /// The order to stop a copy reaches its server.
    Cancelled(CopyKey),
    /// What the scheduler waited for.
    Due(D),
}

/// The cluster, as its scheduler uses it.
pub(crate) struct Cluster<D: Dispatcher> {
    /// What it is made of.
    pub(crate) layout: Layout,
    /// What arrives.
    pub(crate) workload: Workload,
    /// What is counted.
    pub(crate) tally: Tally,
    pub(super) agenda: Agenda<Happening<D::Due>>,
    servers: Vec<Server>,
    copies: SlotMap<CopyKey, Placed<D::Job>>,
    /// Tickets whose turn has come, of which the scheduler has not been told.
    turns: VecDeque<CopyKey>,
    /// By zone, if they are slow at times: how fast attempts run.
    speeds: Option<Vec<Trajectory>>,
    services: Dice,
    faults: Dice,
    places: Dice,
}

/// One server: its slots, and the queue for them, first come, first served, as `Slots` in
/// `raptor-core`: whoever is at its head is next, however heavy.
#[derive(Clone, Debug)]
struct Server {
    free: u32,
    /// Those withdrawn are still in it.
    queue: VecDeque<CopyKey>,
}

impl<D: Dispatcher> Cluster<D> {
    /// An idle cluster at time zero.
    pub(crate) fn new(layout: Layout, workload: Workload, tally: Tally, seed: u64) -> Self {
        let server = Server {
            free: layout.slots,
            queue: VecDeque::new(),
        };
        let speeds = layout.slowness.map(|slowness| {
            let zones = (0..layout.zones).map(|zone| Purpose::Zone(zone).dice(seed));
            zones
                .map(|dice| Trajectory::new(slowness, [1.0, 1.0 / slowness.factor], dice))
                .collect()
        });
        Self {
            servers: vec![server; layout.servers as usize],
            layout,
            workload,
            tally,
            agenda: Agenda::new(),
            copies: SlotMap::with_key(),
            turns: VecDeque::new(),
            speeds,
            services: Purpose::Services.dice(seed),
            faults: Purpose::Faults.dice(seed),
            places: Purpose::Places.dice(seed),
        }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Moment {
        self.agenda.now()
    }

    /// Lets the scheduler know when some time has passed.
    pub(crate) fn later(&mut self, wait: Duration, due: D::Due) {
        self.agenda.put(self.now() + wait, Happening::Due(due));
    }

    /// Where things may run by chance.
    pub(crate) fn places(&mut self) -> &mut Dice {
        &mut self.places
    }

    /// Sends an errand from one server to another, where it queues.
    pub(crate) fn send(&mut self, from: ServerId, to: ServerId, errand: Errand<D::Job>) -> CopyKey {
        self.dispatch(from, to, errand, false)
    }

    /// Sends a ticket: when its turn comes it has a slot, and the scheduler is told, who must then
    /// either [bind](Self::bind) it or [give it back](Self::give_back).
    pub(crate) fn send_ticket(
        &mut self,
        from: ServerId,
        to: ServerId,
        errand: Errand<D::Job>,
    ) -> CopyKey {
        self.dispatch(from, to, errand, true)
    }

    fn dispatch(
        &mut self,
        from: ServerId,
        to: ServerId,
        errand: Errand<D::Job>,
        is_ticket: bool,
    ) -> CopyKey {
        let key = self.copies.insert(Placed {
            errand,
            server: to,
            weight: self.weight(errand.function),
            is_ticket,
            stage: Stage::Sent,
        });
        match self.layout.delay(from, to) {
            Duration::ZERO => self.on_reached(key),
            delay => self.agenda.put(self.now() + delay, Happening::Reached(key)),
        }
        key
    }

    /// How many of a server's slots an attempt takes.
    pub(crate) fn weight(&self, function: FunctionIndex) -> u32 {
        self.workload.weight(function, self.layout.slots)
    }

    /// Whose copy it is and where, if it has not ended.
    pub(crate) fn look_up(&self, key: CopyKey) -> Option<(D::Job, ServerId)> {
        let copy = self.copies.get(key)?;
        Some((copy.errand.job, copy.server))
    }

    /// Sends the order to stop a copy. The end of one that has not ended when the order reaches it
    /// is told as that of one that was stopped.
    pub(crate) fn cancel(&mut self, from: ServerId, key: CopyKey) {
        if let Some(copy) = self.copies.get(key) {
            let delay = self.layout.delay(from, copy.server);
            self.agenda
                .put(self.now() + delay, Happening::Cancelled(key));
        }
    }

    /// Stops a copy, if it has not ended: out of the queue it is gone at once, a running one takes
    /// its time to die. One that ends by itself meanwhile is stopped all the same.
    pub(crate) fn stop(&mut self, key: CopyKey) {
        let now = self.now();
        let Some(copy) = self.copies.get_mut(key) else {
            return;
        };
        match &mut copy.stage {
            Stage::Sent | Stage::Queued { .. } => {
                copy.stage = Stage::Withdrawn;
                self.agenda.put(now, Happening::Ended(key));
            }
            Stage::Running { until, end, .. } => {
                *end = End::Stopped;
                let dead = now + self.layout.stop;
                if dead < *until {
                    *until = dead;
                    self.agenda.put(dead, Happening::Ended(key));
                }
            }
            // The scheduler decides what comes of it.
            Stage::Held { .. } | Stage::Withdrawn => {}
        }
    }

    /// Runs something, of the weight it was sent for, in the slots of a ticket whose turn has come.
    pub(crate) fn bind(&mut self, key: CopyKey, job: D::Job, function: FunctionIndex) {
        let weight = self.weight(function);
        let copy = &mut self.copies[key];
        assert_eq!(
            copy.weight, weight,
            "a ticket has the slots of what it is bound to"
        );
        copy.errand.job = job;
        copy.errand.function = function;
        if let Stage::Held { waited } = copy.stage {
            self.run(key, waited);
        }
    }

    /// Gives back the slot of a ticket whose turn has come, and for which there is nothing to run.
    pub(crate) fn give_back(&mut self, key: CopyKey) {
        if let Some(copy) = self.copies.remove(key) {
            self.release(copy.server, copy.weight);
        }
    }

    /// A ticket whose turn has come, of which the scheduler is to be told.
    pub(super) fn next_turn(&mut self) -> Option<CopyKey> {
        self.turns.pop_front()
    }

    pub(super) fn on_reached(&mut self, key: CopyKey) {
        let since = self.now();
        let Some(copy) = self.copies.get_mut(key) else {
            return;
        };
        if let Stage::Sent = copy.stage {
            copy.stage = Stage::Queued { since };
            let server = copy.server;
            self.servers[server.at()].queue.push_back(key);
            self.serve(server);
        }
    }

    /// What a copy that ends now was, if it had not ended before.
    pub(super) fn on_ended(&mut self, key: CopyKey) -> Option<Ended<D::Job>> {
        let copy = self.copies.remove(key)?;
        let end = match copy.stage {
            Stage::Running { since, end, .. } => {
                let ran = self.now().since(since);
                self.tally.on_ran(copy.errand.number, ran);
                self.release(copy.server, copy.weight);
                end
            }
            Stage::Sent | Stage::Queued { .. } | Stage::Held { .. } | Stage::Withdrawn => {
                End::Stopped
            }
        };
        Some(Ended {
            key,
            job: copy.errand.job,
            server: copy.server,
            function: copy.errand.function,
            end,
        })
    }

    fn release(&mut self, server: ServerId, weight: u32) {
        self.servers[server.at()].free += weight;
        self.tally.on_released(self.agenda.now(), weight);
        self.serve(server);
    }

    /// Starts whoever is at the head of the queue, as long as there is room.
    fn serve(&mut self, server: ServerId) {
        let now = self.now();
        while let Some(&key) = self.servers[server.at()].queue.front() {
            let here = &mut self.servers[server.at()];
            let copy = self.copies.get_mut(key);
            let waiting = copy.and_then(|copy| match copy.stage {
                Stage::Queued { since } => Some((copy, now.since(since))),
                Stage::Sent | Stage::Held { .. } | Stage::Running { .. } | Stage::Withdrawn => None,
            });
            let Some((copy, waited)) = waiting else {
                here.queue.pop_front();
                continue;
            };
            if copy.weight > here.free {
                return;
            }
            here.queue.pop_front();
            here.free -= copy.weight;
            self.tally.on_held(now, copy.weight);
            if copy.is_ticket {
                copy.stage = Stage::Held { waited };
                self.turns.push_back(key);
            } else {
                self.run(key, waited);
            }
        }
    }

    /// Lets a copy that has its slots run.
    fn run(&mut self, key: CopyKey, waited: Duration) {
        let now = self.now();
        let copy = &mut self.copies[key];
        let function = copy.errand.function;
        self.tally.on_started(copy.errand.number, waited);
        let service = self.workload.services[function.at()].draw(&mut self.services);
        let fault = self.workload.fault;
        let mut end = if fault > 0.0 && self.faults.random_bool(fault) {
            End::Fault
        } else {
            End::Value
        };
        let mut until = match &mut self.speeds {
            Some(zones) => {
                let zone = self.layout.zone(copy.server);
                zones[zone].after(now, service.as_secs_f64() * 1e6)
            }
            None => now + service,
        };
        if let Some(limit) = self.workload.manifest.function(function).timeout
            && now + limit < until
        {
            (until, end) = (now + limit, End::Fault);
        }
        copy.stage = Stage::Running {
            since: now,
            until,
            end,
        };
        self.agenda.put(until, Happening::Ended(key));
    }
}
