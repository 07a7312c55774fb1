//! One association, from its establishment to its end, as the switchboard sees it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::PeerId;
use crate::link::{Hello, Link};
use crate::transport::Direction;

/// Greetings take a round trip and a half. Who takes this long is cut off, so that strangers who say
/// nothing do not fill the places of peers.
const GREETING_MAX: Duration = Duration::from_secs(2);

pub(super) struct Session {
    pub(super) link: Link,
    /// Where the association leads.
    pub(super) address: SocketAddr,
    pub(super) direction: Direction,
    pub(super) stage: Stage,
    pub(super) leaving: Leaving,
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
    pub(super) fn new(link: Link, address: SocketAddr, direction: Direction, now: Instant) -> Self {
        Self {
            link,
            address,
            direction,
            stage: Stage::Greeting {
                until: now + GREETING_MAX,
            },
            leaving: Leaving::No,
            hello: None,
            active_at: now,
            is_listed: false,
        }
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

    /// Whether it leads to `address`, or to a peer that says that it is there.
    pub(super) fn reaches(&self, address: SocketAddr) -> bool {
        let advertised = self
            .hello
            .as_ref()
            .is_some_and(|hello| hello.address == address);
        !self.is_refused() && (self.address == address || advertised)
    }

    /// When its stage has taken too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Greeting { until } | Stage::Refused { until } => Some(until),
            Stage::Up(_) => None,
        }
    }
}
