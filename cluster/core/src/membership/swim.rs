//! SWIM, by `foca`: who is up, as all of them tell each other.
//!
//! SWIM: Das, Gupta, Motivala, 2002. What is here beside `foca`'s part is what keeps one sick node
//! from taking down the others (Dadgar, Phillips, Currey: Lifeguard, 2018):
//!
//! - time in which this node did not run does not count ([`Pulse`]);
//! - who is suspected is told so at once, again and again, and whoever answers is not judged;
//! - who hears nobody judges nobody: it takes itself for cut off, and tells nobody that all others
//!   are down.

mod judging;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroUsize};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use foca::{
    AccumulatingRuntime, Config, Foca, Message, OwnedNotification, PeriodicParams, State, Timer,
};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::agenda::{Agenda, Task};
use super::loads::{LoadDesk, Loads};
use super::pulse::Pulse;
use super::{Codec, Identity, LoadNews, Notice, Terms};
use crate::{Moment, NodeId};
use judging::Suspicion;

/// A packet of gossip and what is around it fit one datagram that every IPv6 path carries whole.
pub const PACKET_BYTES_MAX: usize = 1_000;

/// How often one piece of news is passed on by each node that hears it: with three times the
/// logarithm of a thousand nodes, all but one of a thousand million hear it (SWIM, section 4.1).
const TELLINGS: NonZeroU8 = NonZeroU8::new(9).expect("it is not zero");

/// How many others ask a member that has not answered. Three find it at a loss of 5 % in all but six
/// of a thousand cases.
const INDIRECT_PROBES: NonZeroUsize = NonZeroUsize::new(3).expect("it is not zero");

/// How often one member is asked whom it knows: news may be lost, this finds what they did not tell.
const ANNOUNCE_PERIOD: Duration = Duration::from_secs(5);

/// What SWIM has to say.
#[derive(Debug)]
pub(super) enum Tiding {
    /// Send this packet.
    Send(Identity, Bytes),
    /// A member is up.
    Up(Identity),
    /// A member is down.
    Down(Identity),
    /// A name has another identity: a later life, or the same told of anew.
    Replaced(Identity),
    /// A member tells how busy it is.
    Load(LoadNews),
    /// Something worth counting.
    Notice(Notice),
}

/// This node's part in SWIM.
pub(super) struct Swim<C: Codec> {
    foca: Foca<Identity, C, Xoshiro256PlusPlus, LoadDesk<C>>,
    runtime: AccumulatingRuntime<Identity>,
    codec: C,
    terms: Terms,
    seed: u64,
    pulse: Pulse,
    agenda: Agenda,
    loads: Rc<RefCell<Loads>>,
    suspicions: Vec<Suspicion>,
    /// The last packet of each member, in the time awake.
    heard: BTreeMap<NodeId, Moment>,
    /// The last answer of each, which shows that it hears too.
    answered: BTreeMap<NodeId, Moment>,
    /// The last packet of anybody.
    last_heard: Moment,
    tidings: VecDeque<Tiding>,
}

impl<C: Codec> Swim<C> {
    pub(super) fn new(me: Identity, terms: Terms, seed: u64, codec: C) -> Self {
        let loads = Rc::default();
        Self {
            foca: begin(me, &terms, seed, codec.clone(), &loads),
            runtime: AccumulatingRuntime::new(),
            codec,
            pulse: Pulse::new(terms.probe_timeout, terms.suspicion),
            terms,
            seed,
            agenda: Agenda::default(),
            loads,
            suspicions: Vec::new(),
            heard: BTreeMap::new(),
            answered: BTreeMap::new(),
            last_heard: Moment::default(),
            tidings: VecDeque::new(),
        }
    }

    pub(super) fn next_tiding(&mut self) -> Option<Tiding> {
        self.tidings.pop_front()
    }

    /// When to [`tick`](Self::tick).
    pub(super) fn due(&self) -> Option<Moment> {
        Some(self.pulse.moment(self.agenda.first()?))
    }

    /// How many members are up.
    pub(super) const fn active(&self) -> usize {
        self.foca.num_members()
    }

    pub(super) fn is_active(&self, member: &Identity) -> bool {
        let mut members = self.foca.iter_members();
        members.any(|active| active.id() == member)
    }

    /// How many of them are suspected.
    pub(super) fn suspected(&self) -> usize {
        let members = self.foca.iter_members();
        members.filter(|m| m.state() == State::Suspect).count()
    }

    /// Something happens now; comes before anything else is called.
    pub(super) fn beat(&mut self, now: Moment) {
        if let Some(by) = self.pulse.beat(now, self.due()) {
            self.tidings
                .push_back(Tiding::Notice(Notice::Starved { by }));
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Moment) {
        let awake = self.pulse.awake(now);
        self.isolate_if_deaf(now);
        while let Some(task) = self.agenda.take_due(awake) {
            match task {
                Task::Remind(Timer::ChangeSuspectToDown {
                    member_id,
                    incarnation,
                    token,
                }) => self.judge(now, member_id, incarnation, token),
                Task::Remind(timer) => {
                    if let Timer::ProbeRandomMember(_) = timer {
                        self.tidings.push_back(Tiding::Notice(Notice::Probed));
                    }
                    self.remind(now, timer);
                }
                Task::Nudge(member) => self.nudge_if_suspected(now, member),
            }
        }
    }

    fn remind(&mut self, now: Moment, timer: Timer<Identity>) {
        // Its errors are of timers that came too early or in another order, and change nothing.
        let _ = self.foca.handle_timer(timer, &mut self.runtime);
        self.settle(now);
    }

    /// A member is there: this node speaks with it.
    pub(super) fn meet(&mut self, now: Moment, member: Identity) {
        self.note_heard(now, &member.record.node);
        let alive = foca::Member::alive(member);
        self.apply(now, alive);
    }

    /// Nobody is where a member was: it is down, and all are told.
    pub(super) fn bury(&mut self, now: Moment, member: Identity) {
        self.apply(now, foca::Member::down(member));
    }

    fn apply(&mut self, now: Moment, member: foca::Member<Identity>) {
        let member = std::iter::once(member);
        let applied = self.foca.apply_many(member, true, &mut self.runtime);
        applied.expect("a member fits a packet");
        self.settle(now);
    }

    /// Asks a node whom it knows, and tells it that this one is there.
    pub(super) fn announce(&mut self, now: Moment, to: Identity) {
        let announced = self.foca.announce(to, &mut self.runtime);
        announced.expect("a header fits a packet");
        self.settle(now);
    }

    /// Has all told that this node listens elsewhere; gives who it is now.
    pub(super) fn move_to(&mut self, now: Moment, address: SocketAddr) -> Identity {
        let me = self.foca.identity().moved_to(address);
        let moved = self.foca.change_identity(me.clone(), &mut self.runtime);
        // It begins its rounds anew, now and not when it next hears of somebody.
        let nobody = std::iter::empty();
        let moved = moved.and_then(|()| self.foca.apply_many(nobody, false, &mut self.runtime));
        moved.expect("it is another identity, and fits a packet");
        self.settle(now);
        me
    }

    /// Where this node listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.foca.identity().address
    }

    /// Takes leave: this node is down, by its own word.
    pub(super) fn leave(&mut self, now: Moment) {
        let left = self.foca.leave_cluster(&mut self.runtime);
        // Twice as many as it tells of its own accord: each packet may be lost.
        let left = left.and_then(|()| self.foca.gossip(&mut self.runtime));
        left.expect("a member fits a packet");
        self.settle(now);
        self.agenda.clear();
    }

    /// Has all told how busy this node is.
    pub(super) fn tell_load(&mut self, news: &LoadNews) {
        let bytes = self.codec.encode_load(news);
        let added = self.foca.add_broadcast(&bytes);
        added.expect("what was encoded here can be decoded, and fits a packet");
        // It is no news to this node.
        self.loads.borrow_mut().heard();
    }

    /// A packet came from the node of that name.
    pub(super) fn hear(&mut self, now: Moment, from: &crate::NodeRecord, packet: &[u8]) {
        if let Err(why) = self.try_hear(now, from, packet) {
            let node = from.node.clone();
            let notice = Notice::Malformed { node, why };
            self.tidings.push_back(Tiding::Notice(notice));
        }
        self.settle(now);
    }

    fn try_hear(
        &mut self,
        now: Moment,
        from: &crate::NodeRecord,
        packet: &[u8],
    ) -> Result<(), String> {
        let header = self.codec.decode_header(packet);
        let header = header.map_err(|error| error.to_string())?;
        let source = &header.src.record;
        if (&source.node, source.incarnation) != (&from.node, from.incarnation) {
            return Err(format!("it is in the name of {}", source.node));
        }
        self.note_heard(now, &from.node);
        if let Message::Ack(_) | Message::IndirectAck { .. } | Message::Feed = header.message {
            self.answered.insert(from.node.clone(), self.last_heard);
        }
        let handled = self.foca.handle_data(packet, &mut self.runtime);
        handled.map_err(|error| error.to_string())
    }

    fn note_heard(&mut self, now: Moment, node: &NodeId) {
        self.last_heard = self.pulse.awake(now);
        self.heard.insert(node.clone(), self.last_heard);
    }

    /// Nothing is known of a node any more.
    pub(super) fn forget(&mut self, node: &NodeId) {
        self.heard.remove(node);
        self.answered.remove(node);
        self.loads.borrow_mut().forget(node);
    }

    /// Takes what `foca` has to say.
    fn settle(&mut self, now: Moment) {
        while let Some(notification) = self.runtime.to_notify() {
            match notification {
                OwnedNotification::MemberUp(member) => self.tidings.push_back(Tiding::Up(member)),
                OwnedNotification::MemberDown(member) => {
                    self.tidings.push_back(Tiding::Down(member));
                }
                OwnedNotification::Rename(_, new) => {
                    self.tidings.push_back(Tiding::Replaced(new));
                }
                OwnedNotification::Rejoin(_) => {
                    self.tidings.push_back(Tiding::Notice(Notice::Renewed));
                }
                OwnedNotification::Active => self.last_heard = self.pulse.awake(now),
                OwnedNotification::Idle | OwnedNotification::Defunct => {}
            }
        }
        while let Some((after, timer)) = self.runtime.to_schedule() {
            self.on_scheduled(now, after, timer);
        }
        while let Some((to, packet)) = self.runtime.to_send() {
            self.tidings.push_back(Tiding::Send(to, packet));
        }
        let loads = self.loads.borrow_mut().heard();
        self.tidings.extend(loads.into_iter().map(Tiding::Load));
    }

    fn on_scheduled(&mut self, now: Moment, after: Duration, timer: Timer<Identity>) {
        if let Timer::ChangeSuspectToDown { member_id, .. } = &timer {
            self.suspect(now, member_id.clone());
        }
        let at = self.pulse.awake(now) + after;
        self.agenda.add(at, Task::Remind(timer));
    }
}

fn begin<C: Codec>(
    me: Identity,
    terms: &Terms,
    seed: u64,
    codec: C,
    loads: &Rc<RefCell<Loads>>,
) -> Foca<Identity, C, Xoshiro256PlusPlus, LoadDesk<C>> {
    let desk = LoadDesk {
        codec: codec.clone(),
        loads: Rc::clone(loads),
    };
    let dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    Foca::with_custom_broadcast(me, config(terms), dice, codec, desk)
}

const fn config(terms: &Terms) -> Config {
    Config {
        probe_period: terms.probe_period,
        probe_rtt: terms.probe_timeout,
        num_indirect_probes: INDIRECT_PROBES,
        max_transmissions: TELLINGS,
        suspect_to_down_after: terms.suspicion,
        remove_down_after: Some(terms.memory),
        max_packet_size: NonZeroUsize::new(PACKET_BYTES_MAX).expect("it is not zero"),
        // Or a node that was only cut off would never know that it must say so.
        notify_down_members: true,
        periodic_announce: Some(PeriodicParams {
            frequency: ANNOUNCE_PERIOD,
            num_members: NonZeroUsize::MIN,
        }),
        // `Membership` looks for those itself: it knows which of them can be reached.
        periodic_announce_to_down_members: None,
        periodic_gossip: Some(PeriodicParams {
            frequency: terms.gossip_period,
            num_members: terms.gossip_fanout,
        }),
    }
}
