//! The postmaster without its actor: a transport, the links on it, and who is up.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

mod administration;
mod ending;
mod greeting;
mod hearing;
mod locking;
mod moving;
mod parting;
mod posting;

use raptor_core::{NodeId, Role};
use tokio::time::Instant;

use super::absent::Absents;
use super::keeps::{Aim, Keeps, Outcome};
use super::meter::Meter;
use super::register::{Name, Register};
use super::session::{Leaving, Session, Stage};
use super::{Closed, KeepMember, PeerDownReason, PeerId, PostmasterEvent};
use crate::link::{Bell, Hello};
use crate::security::Protection;
use crate::transport::{AssociationId, Direction, Transport};

/// How often the metrics of the traffic are brought up to date: it looks at every association.
const TRAFFIC_INTERVAL: Duration = Duration::from_secs(1);

/// How long a refusal may take to reach its peer.
const REFUSAL_MAX: Duration = Duration::from_secs(1);

/// How many events of the transport are handled before what they gave rise to is sent.
const EVENTS_PER_ROUND_MAX: usize = 64;

/// How often in one turn what was sent may give rise to more, before others on the thread get theirs.
const ROUNDS_PER_TURN_MAX: usize = 3;

/// Owns a transport and the links on it.
///
/// At most one link at a time is welcomed, or up, for one name and role.
pub(super) struct Switchboard {
    transport: Box<dyn Transport>,
    ours: Hello,
    sessions: BTreeMap<AssociationId, Session>,
    peers: HashMap<PeerId, Seat>,
    /// Nodes, and members of flights.
    nodes: HashMap<Name, PeerId>,
    /// What those are dialed as that are not answered yet, if not as nodes.
    dialing: BTreeMap<AssociationId, Role>,
    last_peer: PeerId,
    /// Sessions that may have something to send.
    listed: Vec<AssociationId>,
    keeps: Keeps,
    absents: Absents,
    register: Register,
    protection: Protection,
    /// Rung by links whose peers are to be told what was handled.
    bell: Bell,
    idle_timeout: Duration,
    events: VecDeque<PostmasterEvent>,
    meter: Meter,
    /// When the traffic is looked at again.
    traffic_at: Option<Instant>,
    closing: Option<Closing>,
    /// No session's stage takes too long before this.
    look_at: Option<Instant>,
    /// No session has been idle for too long before this.
    idle_at: Option<Instant>,
    /// When the log was last told of a stranger: who scans ports must not fill it.
    stranger_told_at: Option<Instant>,
}

/// What a switchboard works by.
pub(super) struct Terms {
    pub(super) protection: Protection,
    pub(super) seed: u64,
    pub(super) idle_timeout: Duration,
}

/// Where a peer that is up is to be reached.
#[derive(Clone)]
enum Seat {
    /// By this association.
    Live(AssociationId),
    /// By none at the moment: the node of this name is among the absent.
    Parted(NodeId),
}

/// The log is told of strangers at most this often.
const STRANGER_INTERVAL: Duration = Duration::from_secs(1);

struct Closing {
    until: Instant,
    outcome: Closed,
}

impl Switchboard {
    pub(super) fn new(transport: Box<dyn Transport>, ours: Hello, terms: Terms) -> Self {
        Self {
            transport,
            ours,
            sessions: BTreeMap::new(),
            peers: HashMap::new(),
            nodes: HashMap::new(),
            dialing: BTreeMap::new(),
            last_peer: PeerId(0),
            listed: Vec::new(),
            keeps: Keeps::new(terms.seed),
            absents: Absents::default(),
            register: Register::default(),
            protection: terms.protection,
            bell: Bell::default(),
            idle_timeout: terms.idle_timeout,
            events: VecDeque::new(),
            meter: Meter::new(),
            traffic_at: None,
            closing: None,
            look_at: None,
            idle_at: None,
            stranger_told_at: None,
        }
    }

    pub(super) fn local_address(&self) -> SocketAddr {
        self.transport.local_address()
    }

    pub(super) fn next_event(&mut self) -> Option<PostmasterEvent> {
        self.events.pop_front()
    }

    /// When it wants to be polled again, whatever the transport says.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let closing = self.closing.as_ref().map(|closing| closing.until);
        [self.keeps.deadline(), self.look_at, self.idle_at, closing]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn keep(&mut self, address: SocketAddr, now: Instant) {
        let role = Role::Node;
        self.keep_as(Aim { address, role }, now);
    }

    pub(super) fn keep_member(&mut self, KeepMember { flight, address }: KeepMember, now: Instant) {
        let role = Role::Member(flight);
        self.keep_as(Aim { address, role }, now);
    }

    fn keep_as(&mut self, aim: Aim, now: Instant) {
        if aim.address != self.local_address() && self.closing.is_none() {
            self.keeps.add(aim, now);
        }
    }

    pub(super) fn forget(&mut self, address: SocketAddr) {
        let role = Role::Node;
        if let Some(id) = self.keeps.remove(Aim { address, role }) {
            self.hang_up(id);
        }
    }

    /// Dials no longer, if nobody has answered yet.
    fn hang_up(&mut self, id: AssociationId) {
        if !self.sessions.contains_key(&id) {
            self.dialing.remove(&id);
            self.transport.abort(id);
        }
    }

    /// Does what is ready to be done: takes what the transport has, and gives it what there is to send.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, now: Instant) {
        self.on_time(now);
        self.tell_credit(cx);
        for _ in 0..ROUNDS_PER_TURN_MAX {
            let is_idle = self.take_transport_events(cx, now);
            let has_sent = self.flush(now);
            if is_idle && !has_sent {
                self.measure(now);
                return;
            }
        }
        cx.waker().wake_by_ref();
    }

    /// Handles what the transport has; says whether that was all.
    fn take_transport_events(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        for _ in 0..EVENTS_PER_ROUND_MAX {
            match self.transport.poll(cx) {
                Poll::Ready(event) => self.on_transport_event(event, now),
                Poll::Pending => return true,
            }
        }
        false
    }

    /// Tells the peers whose envelopes were handled that they may send more.
    fn tell_credit(&mut self, cx: &Context<'_>) {
        for id in self.bell.take(cx.waker()) {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.link.tell_credit();
                self.list(id);
            }
        }
    }

    fn measure(&mut self, now: Instant) {
        self.meter
            .on_sessions(self.sessions.len(), self.peers.len());
        self.meter.on_transport(self.transport.counters());
        if self.traffic_at.is_none_or(|at| at <= now) {
            self.traffic_at = Some(now + TRAFFIC_INTERVAL);
            if let Some(traffic) = self.transport.traffic() {
                self.meter.on_traffic(traffic);
            }
        }
    }

    fn session(&mut self, id: AssociationId) -> &mut Session {
        self.sessions.get_mut(&id).expect("it was looked up before")
    }

    fn list(&mut self, id: AssociationId) {
        let session = self.session(id);
        if !std::mem::replace(&mut session.is_listed, true) {
            self.listed.push(id);
        }
    }

    fn warn(&self, id: AssociationId, what: &str, reason: &dyn std::fmt::Display) {
        self.meter.on_peer_refused();
        let session = &self.sessions[&id];
        let name = session.hello.as_ref().map(|hello| &hello.record.node);
        tracing::warn!(address = %session.address, ?name, %reason, "{what}");
    }

    /// Cuts off who has shown no key. Nothing is said to it.
    fn on_stranger(&mut self, id: AssociationId, why: String, now: Instant) {
        self.meter.on_peer_refused();
        let session = self.sessions.remove(&id).expect("it was looked up before");
        self.transport.abort(id);
        let is_due = |at: Instant| now.saturating_duration_since(at) >= STRANGER_INTERVAL;
        if self.stranger_told_at.is_none_or(is_due) {
            self.stranger_told_at = Some(now);
            tracing::warn!(address = %session.address, reason = %why, "cut off a stranger");
        }
        let reason = PeerDownReason::Misbehaved(why);
        self.on_call_failed(id, &reason);
        if session.direction == Direction::Dialed {
            let address = session.address;
            self.events
                .push_back(PostmasterEvent::Refused { address, reason });
        }
        self.keeps.on_over(id, Outcome::Refused, now);
    }

    /// Lets what the link has left to say leave, and hears nothing more.
    fn part(&mut self, id: AssociationId, reason: PeerDownReason, now: Instant) {
        let until = now + REFUSAL_MAX;
        let session = self.session(id);
        let peer = session.peer();
        let (address, direction) = (session.address, session.direction);
        session.stage = Stage::Refused { until };
        session.leaving = Leaving::WhenDrained;
        self.look_by(until);
        self.list(id);
        if let Some(peer) = peer {
            let session = self.sessions.remove(&id).expect("it was looked up before");
            self.lose(peer, &session, reason);
            self.sessions.insert(id, session);
        } else if direction == Direction::Dialed {
            self.on_call_failed(id, &reason);
            self.events
                .push_back(PostmasterEvent::Refused { address, reason });
        }
    }

    /// Reports a peer down.
    fn lose(&mut self, peer: PeerId, session: &Session, reason: PeerDownReason) {
        let hello = session
            .hello
            .as_ref()
            .expect("a peer that was up has said hello");
        let record = hello.record.clone();
        self.unseat(peer, (hello.role, record.node.clone()));
        let name = &record.node;
        match hello.role {
            Role::Admin => tracing::debug!(%peer, %name, %reason, "a peer is down"),
            Role::Node | Role::Client | Role::Member(_) => {
                tracing::info!(%peer, %name, %reason, "a peer is down");
            }
        }
        self.events.push_back(PostmasterEvent::PeerDown {
            peer,
            record,
            reason,
        });
    }

    fn unseat(&mut self, peer: PeerId, name: Name) {
        self.peers.remove(&peer);
        if self.nodes.get(&name) == Some(&peer) {
            self.nodes.remove(&name);
        }
    }

    fn look_by(&mut self, deadline: Instant) {
        self.look_at = Some(self.look_at.map_or(deadline, |at| at.min(deadline)));
    }

    fn on_time(&mut self, now: Instant) {
        for aim in self.keeps.due(now) {
            self.dial(aim);
        }
        if self.look_at.is_some_and(|at| at <= now) {
            self.cut_off_slow(now);
        }
        if self.idle_at.is_some_and(|at| at <= now) {
            self.part_from_idle(now);
        }
        if self
            .closing
            .as_ref()
            .is_some_and(|closing| closing.until <= now)
        {
            self.cut_off_all();
        }
    }

    fn dial(&mut self, aim: Aim) {
        let id = self.reach(aim);
        self.keeps.on_held(aim, id);
    }

    /// The association that leads there, or one that is begun now.
    fn reach(&mut self, aim: Aim) -> AssociationId {
        let mut sessions = self.sessions.iter();
        let held = sessions.find(|(_, session)| session.reaches(aim));
        match (held, aim.role) {
            (Some((&id, _)), _) => id,
            // What one association proves by its key holds for one flight.
            (None, role @ Role::Member(_)) => {
                let id = self.transport.connect_apart(aim.address);
                self.dialing.insert(id, role);
                id
            }
            (None, _) => self.transport.connect(aim.address),
        }
    }

    /// Gives the transport what the links have to send; says whether there was anything.
    fn flush(&mut self, now: Instant) -> bool {
        if self.listed.is_empty() {
            return false;
        }
        for id in std::mem::take(&mut self.listed) {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.is_listed = false;
                send_waiting(self.transport.as_mut(), id, session, now);
                self.meter.on_expired(session.link.take_expired());
            }
        }
        self.transport.flush();
        true
    }
}

/// Moves messages from a link to the transport as long as there are any and there is room.
fn send_waiting(
    transport: &mut dyn Transport,
    id: AssociationId,
    session: &mut Session,
    now: Instant,
) {
    while let Some(message) = session
        .link
        .next_message(now, |stream| transport.has_room(id, stream))
    {
        if let Err(refused) = transport.send(id, message) {
            // Its end is on its way to us.
            tracing::debug!(%id, %refused, "a message came too late");
            return;
        }
    }
    if session.leaving == Leaving::WhenDrained && session.link.is_drained() {
        session.leaving = Leaving::Told;
        transport.close(id);
    }
}
