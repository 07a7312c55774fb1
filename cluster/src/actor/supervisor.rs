//! The supervisor: one actor per node, a shell round [`Supervision`] and [`Membership`].
//!
//! It is where envelopes come in and go out: it reads them, hands what they say to the machine or
//! actor that it concerns, and keeps the payloads that the machines do not deal with.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::membership::{self, Identity, Load, Membership};
use raptor_core::supervision::{
    self, Asker, Command, Event, Limits, News, SlotHolder, Supervision,
};
use raptor_core::{FlightId, MemberIndex};
use tokio::sync::oneshot;
use tracing::info;

use super::alarm::Alarm;
use super::coordinator::{Happened, Seated};
use super::executor::{Befell, Executor};
use super::postmaster::{Close, Watch};
use crate::bundle::BundleCache;
use crate::clock::Clock;
use crate::config::NodeConfig;
use crate::envelope::{Envelope, Seat};
use crate::node::{Life, Services};
use crate::observe;
use crate::remote::{SUPERVISOR, VitalsAsked};
use crate::transport::shaping::Shaping;
use crate::wire::GossipCodec;

mod administration;
mod arrivals;
mod at_hand;
mod correspondence;
mod flights;
mod following;
mod forwarding;
mod members;
mod moving;
mod peers;
mod rendezvous;
mod requests;
mod silence;

#[cfg(test)]
mod tests;

pub(crate) use at_hand::Warm;
pub(crate) use flights::{Cancel, FlightEnded, LocalInvoke};
pub(crate) use following::{LocalFollow, MemberSettled};
pub(crate) use forwarding::Forward;
pub(crate) use peers::{CensusAsked, Meet, PeersAsked, PeersWatched};
pub(crate) use rendezvous::DeclineSeat;
pub(crate) use silence::Silence;

use correspondence::Correspondence;
use flights::Flights;
use moving::Follower;
use peers::Peers;
use rendezvous::Rendezvous;
use requests::Requests;
use silence::Listeners;

/// How often all are told how busy this node is, if that has changed: news travel no faster.
const LOAD_INTERVAL: Duration = Duration::from_millis(100);

/// How often the metrics of the membership are brought up to date.
const CENSUS_INTERVAL: Duration = Duration::from_secs(1);

/// How often actors that are watched, or in groups, are looked after: an actor that stops does not say
/// so, unless it holds its registration.
const ENDED_INTERVAL: Duration = Duration::from_millis(100);

/// Peers that have not taken by then what was posted to them before the end are cut off.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The supervisor of a node.
pub(crate) struct Supervisor {
    services: Rc<Services>,
    supervision: Supervision,
    membership: Membership<GossipCodec>,
    clock: Clock,
    alarm: Alarm,
    membership_alarm: Alarm,
    flights: Flights,
    requests: Requests,
    rendezvous: Rendezvous,
    bundles: BundleCache,
    /// Every executor that is not gone.
    executors: BTreeMap<SlotHolder, Addr<Executor>>,
    peers: Peers,
    correspondence: Correspondence,
    follower: Follower,
    silence: Listeners,
    load_told: Option<Load>,
    /// What is done to packets now.
    shaping: Shaping,
    is_drained: bool,
    /// Who waits for the node to have drained.
    drained: Vec<oneshot::Sender<()>>,
    /// Dropped with the supervisor, so that the node ends when it breaks.
    _life: Life,
}

/// An executor asks for slots.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct SlotWanted {
    pub(crate) holder: SlotHolder,
    pub(crate) weight: u16,
    pub(crate) executor: Addr<Executor>,
}

/// An executor gives its slots back, or no longer waits for them.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct SlotFreed(pub(crate) SlotHolder);

/// Nothing is left of an executor and its process.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct ExecutorGone(pub(crate) SlotHolder);

/// Finish what there is, take nothing new, and take leave of the peers. Answered when done.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Drain;

impl Supervisor {
    pub(crate) fn new(services: Rc<Services>, life: Life) -> Self {
        let record = services.record.clone();
        let config = &services.config;
        let supervision = Supervision::new(record.clone(), limits(config));
        let membership = Membership::new(
            Identity::new(record.clone(), *services.address.borrow()),
            config.seeds.clone(),
            config.membership.terms(),
            record.incarnation.0,
            GossipCodec,
        );
        Self {
            supervision,
            silence: Listeners::default(),
            load_told: None,
            membership,
            clock: Clock::new(),
            alarm: Alarm::default(),
            membership_alarm: Alarm::default(),
            flights: Flights::default(),
            requests: Requests::default(),
            rendezvous: Rendezvous::default(),
            bundles: BundleCache::new(services.directory.bundles()),
            executors: BTreeMap::new(),
            peers: Peers::default(),
            correspondence: Correspondence::new(Arc::clone(&services.mailroom)),
            shaping: config.shaping.clone(),
            follower: Follower::new(services.whereabouts.clone()),
            is_drained: false,
            drained: Vec::new(),
            _life: life,
            services,
        }
    }

    fn drive(&mut self, event: Event, ctx: &mut Context<Self>) {
        self.supervision.handle(self.clock.now(), event);
        while let Some(command) = self.supervision.poll_command() {
            self.obey(command);
        }
        let next = self.supervision.poll_timeout();
        self.alarm.set(next, &self.clock, ctx, Self::on_alarm);
        self.conclude_drain(ctx);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Lead { flight, size } => self.lead(flight, size),
            Command::SendRecruit { to, recruit } => self.recruit(to, recruit),
            Command::Follow {
                flight,
                member,
                size,
                leader: _,
            } => {
                self.follow(flight, member, size);
            }
            Command::Refuse {
                flight,
                asker,
                refusal,
            } => self.refuse(flight, asker, refusal),
            Command::Dismiss { flight, node, tie } => self.dismiss_member(flight, &node, tie),
            Command::Meet { flight, address } => self.meet_member(flight, address),
            Command::TellRoster {
                flight,
                to,
                fellows,
            } => self.tell_roster(flight, &to, fellows),
            Command::Inform {
                flight,
                member,
                news,
            } => self.inform(flight, member, news),
            Command::GrantSlot { holder } => {
                self.tell_executor(holder, raptor_core::attempt::Event::Admitted);
            }
            Command::RefuseSlot { holder } => {
                self.tell_executor(holder, raptor_core::attempt::Event::Refused);
            }
            Command::Drained => self.is_drained = true,
            Command::Notice(notice) => observe::supervision(&notice),
        }
    }

    fn on_alarm(&mut self, ctx: &mut Context<Self>) {
        self.alarm.rang();
        self.drive(Event::Tick, ctx);
    }

    fn inform(&mut self, flight: FlightId, member: MemberIndex, news: News) {
        self.rendezvous.on_news(flight, member, news);
        let Some(coordinator) = self.flights.coordinator(flight) else {
            return;
        };
        let event = match news {
            News::Joined => raptor_core::flight::Event::PeerJoined { member },
            News::Refused => raptor_core::flight::Event::PeerRefused { member },
            News::Lost | News::Missing | News::Over => {
                raptor_core::flight::Event::PeerLost { member }
            }
            News::Reachable => raptor_core::flight::Event::PeerReachable { member },
        };
        if let Some(record) = self.supervision.node_of(flight, member) {
            coordinator.do_send(Seated(Seat {
                member,
                record: record.clone(),
            }));
        }
        coordinator.do_send(Happened(event));
    }

    fn refuse(&mut self, flight: FlightId, asker: Asker, refusal: supervision::Refusal) {
        let why = refusal.to_string();
        match asker {
            Asker::Client => self.refuse_client(flight, why),
            Asker::Invited => self.refuse_invited(flight, refusal),
            Asker::Leader { node, member } => {
                self.flights.forget_refused(flight);
                self.post(
                    &node.node,
                    flight,
                    &Envelope::Decline {
                        flight,
                        member,
                        why,
                    },
                );
            }
        }
    }

    fn tell_executor(&self, holder: SlotHolder, event: raptor_core::attempt::Event) {
        if let Some(executor) = self.executors.get(&holder) {
            executor.do_send(Befell(event));
        }
    }

    /// Tells all how busy this node is, if that has changed.
    fn tell_load(&mut self, ctx: &mut Context<Self>) {
        let load = self.supervision.load();
        if self.load_told.replace(load) != Some(load) {
            self.membership_drive(membership::Event::LoadChanged { load }, ctx);
        }
    }

    /// A node has drained when it flies nothing and no process is left. Then it takes leave.
    fn conclude_drain(&mut self, ctx: &mut Context<Self>) {
        if self.is_drained && self.executors.is_empty() && !self.drained.is_empty() {
            self.membership_drive(membership::Event::LeaveAsked, ctx);
            for waiting in self.drained.drain(..) {
                // Whoever waited may have gone.
                let _ = waiting.send(());
            }
        }
    }
}

fn limits(config: &NodeConfig) -> Limits {
    Limits {
        flights: supervision::FlightLimits {
            led_max: config.limits.flights_led_max,
            followed_max: config.limits.flights_followed_max,
        },
        join_timeout: config.flight.join_timeout,
        slots: u32::from(config.slots.max(1)),
        slots_queue_max: config.queue_attempts_max,
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.membership_drive(membership::Event::Begun, ctx);
        self.tell_load(ctx);
        self.follow_address(ctx);
        let ended = self.services.postmaster.send(Watch).into_actor(self);
        ctx.spawn(ended.map(|_, supervisor, ctx| {
            // It ends when the node has drained; at any other time it broke, and no peer can be
            // reached any more.
            if !supervisor.is_drained {
                ctx.stop();
            }
        }));
        ctx.run_interval(LOAD_INTERVAL, Self::tell_load);
        ctx.run_interval(CENSUS_INTERVAL, |supervisor, _| supervisor.take_census());
        let recipient = ctx.address().recipient();
        let directory = &self.services.mailroom.directory;
        directory.register::<VitalsAsked>(SUPERVISOR, recipient);
        ctx.run_interval(ENDED_INTERVAL, |supervisor, _| {
            supervisor.correspondence.look_for_ended();
        });
        info!(
            node = %self.services.record.node, zone = %self.services.record.zone,
            address = %*self.services.address.borrow(), "the node is up"
        );
    }
}

impl Handler<SlotWanted> for Supervisor {
    type Result = ();

    fn handle(&mut self, wanted: SlotWanted, ctx: &mut Self::Context) {
        let SlotWanted {
            holder,
            weight,
            executor,
        } = wanted;
        self.executors.insert(holder, executor);
        self.drive(Event::SlotAsked { holder, weight }, ctx);
    }
}

impl Handler<SlotFreed> for Supervisor {
    type Result = ();

    fn handle(&mut self, SlotFreed(holder): SlotFreed, ctx: &mut Self::Context) {
        self.drive(Event::SlotReleased { holder }, ctx);
    }
}

impl Handler<ExecutorGone> for Supervisor {
    type Result = ();

    fn handle(&mut self, ExecutorGone(holder): ExecutorGone, ctx: &mut Self::Context) {
        self.executors.remove(&holder);
        self.conclude_following(holder.flight);
        self.conclude_silence(holder.flight);
        self.conclude_drain(ctx);
    }
}

impl Handler<Drain> for Supervisor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Drain, ctx: &mut Self::Context) -> Self::Result {
        let (waiting, drained) = oneshot::channel();
        self.drained.push(waiting);
        self.drive(Event::DrainAsked, ctx);
        self.tell_load(ctx);
        let postmaster = self.services.postmaster.clone();
        Box::pin(async move {
            // An actor that is gone has nothing left to drain or to send.
            let _ = drained.await;
            let _ = postmaster
                .send(Close {
                    within: CLOSE_TIMEOUT,
                })
                .await;
        })
    }
}
