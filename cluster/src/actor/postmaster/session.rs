//! One association, from its establishment to its end, as the switchboard sees it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use raptor_core::{FlightId, NodeId, Role};
use tokio::time::Instant;

use super::PeerId;
use super::keeps::Aim;
use crate::link::{Hello, Link};
use crate::transport::Direction;

/// Greetings take a round trip and a half. Who takes this long is cut off, so that strangers who say
/// nothing do not fill the places of peers.
const GREETING_MAX: Duration = Duration::from_secs(2);

pub(super) struct Session {
    pub(super) link: Link,
    /// Where the association leads.
    pub(super) address: SocketAddr,
    /// The address of this host that packets there left from when it began.
    source: Option<IpAddr>,
    pub(super) direction: Direction,
    /// What we have dialed the peer as, if we have.
    dialed_as: Option<Role>,
    pub(super) stage: Stage,
    pub(super) leaving: Leaving,
    /// By when it must have left, if it is leaving and up.
    leave_by: Option<Instant>,
    /// What the peer said of itself, once it was welcomed.
    pub(super) hello: Option<Hello>,
    /// When an envelope last went either way.
    pub(super) active_at: Instant,
    /// Whether it is on the list of those that may have something to send.
    pub(super) is_listed: bool,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The ends greet each other; it takes at most until then.
    Greeting { until: Instant },
    /// The ends have welcomed each other.
    Up(PeerId),
    /// One end refused the other. Nothing more is heard; the refusal may still leave, until then.
    Refused { until: Instant },
}

/// How far the graceful end of a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    No,
    /// The transport is to close as soon as it has everything.
    WhenDrained,
    /// The transport closes as soon as everything is delivered.
    Told,
}

impl Session {
    /// A session that has just been established; of a role, if we have dialed.
    pub(super) fn new(
        link: Link,
        address: SocketAddr,
        dialed_as: Option<Role>,
        now: Instant,
    ) -> Self {
        Self {
            link,
            address,
            source: source_towards(address),
            direction: match dialed_as {
                Some(_) => Direction::Dialed,
                None => Direction::Accepted,
            },
            dialed_as,
            leave_by: None,
            stage: Stage::Greeting {
                until: now + GREETING_MAX,
            },
            leaving: Leaving::No,
            hello: None,
            active_at: now,
            is_listed: false,
        }
    }

    /// A node is somewhere else now: if it is this one, the association no more leads to where it was.
    pub(super) fn follow(&mut self, node: &NodeId, address: SocketAddr) {
        let is_it = |hello: &&mut Hello| hello.role == Role::Node && hello.record.node == *node;
        if let Some(hello) = self.hello.as_mut().filter(is_it) {
            hello.address = address;
        }
    }

    /// Whether its packets leave from another address than they did: the peer does not know those, and
    /// nothing comes to the former address any more.
    pub(super) fn is_cut_off(&self) -> bool {
        source_towards(self.address) != self.source
    }

    /// The peer, if it is up.
    pub(super) fn peer(&self) -> Option<PeerId> {
        match self.stage {
            Stage::Up(peer) => Some(peer),
            Stage::Greeting { .. } | Stage::Refused { .. } => None,
        }
    }

    /// Whether the peer has shown no key yet, and nothing waits to be said to it.
    pub(super) fn is_stranger(&self) -> bool {
        self.hello.is_none() && self.link.key().is_none() && self.link.is_drained()
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.stage, Stage::Refused { .. })
    }

    /// Whether it leads to the address aimed at, or to a peer that says that it is there.
    pub(super) fn reaches(&self, aim: Aim) -> bool {
        let Aim { address, role } = aim;
        let advertised = self
            .hello
            .as_ref()
            .is_some_and(|hello| hello.address == address);
        let leads_there = self.address == address || advertised;
        !self.is_refused() && self.may_be(role) && leads_there
    }

    /// What the ends are to each other, as far as it is known.
    fn role(&self) -> Option<Role> {
        let theirs = self.hello.as_ref().map(|hello| hello.role);
        theirs.or(self.dialed_as)
    }

    /// Whoever has dialed and said nothing yet may be a node.
    pub(super) fn may_be(&self, role: Role) -> bool {
        self.role().unwrap_or(Role::Node) == role
    }

    pub(super) fn is_of(&self, flight: FlightId) -> bool {
        self.role() == Some(Role::Member(flight))
    }

    /// Takes no more envelopes, and is to end when those that wait are delivered, by then.
    pub(super) fn leave(&mut self, by: Instant) {
        self.link.close();
        self.leaving = Leaving::WhenDrained;
        self.leave_by = Some(by);
    }

    /// When its stage has taken too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Greeting { until } | Stage::Refused { until } => Some(until),
            Stage::Up(_) => self.leave_by,
        }
    }
}

/// None if no route leads there.
fn source_towards(address: SocketAddr) -> Option<IpAddr> {
    raptor_sys::source_towards(address).ok()
}
