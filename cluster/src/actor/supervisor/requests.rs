//! Requests for flights, until the code of their action is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::{Digest, FlightId, NodeRecord};

use super::Supervisor;
use super::following::Follow;
use crate::actor::postmaster::PeerId;
use crate::bundle::{Action, Arrivals, Bundle, INLINE_BYTES_MAX, Step, UnpackError};
use crate::envelope::{self, BundleRef, Envelope, Invoke};
use crate::patron::{Patron, Way};
use crate::rendezvous::FollowedEnd;
use crate::security::ClusterKey;

/// How many requests may wait for the code of their action.
const WAITING_COUNT_MAX: usize = 256;

/// How many bytes of parameters the requests that wait may have: a few of the longest.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// Code that has not come by then does not come: the longest takes a second or two.
const CODE_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// A request for a flight.
pub(super) enum Request {
    Invoke(Box<Invoke>, Patron),
    /// The same, for a flight whose followers come by themselves, with this key.
    Lead(Box<Invoke>, Patron, Box<ClusterKey>),
    Follow(Box<Follow>),
    Recruit(Box<envelope::Recruit>, NodeRecord),
}

/// The requests that wait for the code of their action.
#[derive(Default)]
pub(super) struct Requests {
    /// By the hash of what they wait for.
    waiting: BTreeMap<Digest, Vec<Waiting>>,
    /// The code that is being unpacked.
    unpacking: BTreeSet<Digest>,
    /// The code that comes in parts.
    arrivals: Arrivals,
    parked: u64,
}

struct Waiting {
    number: u64,
    request: Request,
}

impl Request {
    fn flight(&self) -> FlightId {
        match self {
            Self::Invoke(invoke, _) | Self::Lead(invoke, ..) => invoke.flight,
            Self::Follow(follow) => follow.invitation.flight,
            Self::Recruit(recruit, _) => recruit.flight,
        }
    }

    fn bundle(&self) -> &BundleRef {
        match self {
            Self::Invoke(invoke, _) | Self::Lead(invoke, ..) => &invoke.bundle,
            Self::Follow(follow) => &follow.invoke.bundle,
            Self::Recruit(recruit, _) => &recruit.bundle,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Invoke(invoke, _) | Self::Lead(invoke, ..) => {
                invoke.params.len() + invoke.surroundings.bytes()
            }
            Self::Follow(follow) => follow.invoke.params.len() + follow.invoke.surroundings.bytes(),
            Self::Recruit(recruit, _) => recruit.params.len() + recruit.surroundings.bytes(),
        }
    }

    /// Whether a client asked for it over this association.
    fn is_of_client(&self, client: PeerId) -> bool {
        match self {
            Self::Invoke(_, patron) | Self::Lead(_, patron, _) => match patron.way {
                Way::Peer(peer) => peer == client,
                Way::Here(_) => false,
            },
            Self::Follow(_) | Self::Recruit(..) => false,
        }
    }

    fn is_of_leader(&self, node: &NodeRecord) -> bool {
        matches!(self, Self::Recruit(_, leader) if leader == node)
    }
}

impl Requests {
    /// Lets a request wait; gives it back, and says why, if too much waits already.
    fn park(&mut self, digest: Digest, request: Request) -> Result<u64, (Request, String)> {
        let waiting = || self.waiting.values().flatten();
        let bytes: usize = waiting().map(|waiting| waiting.request.bytes()).sum();
        if waiting().count() >= WAITING_COUNT_MAX || bytes + request.bytes() > WAITING_BYTES_MAX {
            let why = "too many requests wait for their code already".to_owned();
            return Err((request, why));
        }
        self.parked += 1;
        let number = self.parked;
        let same = self.waiting.entry(digest).or_default();
        same.push(Waiting { number, request });
        Ok(number)
    }

    fn is_waited_for(&self, digest: Digest) -> bool {
        self.waiting.contains_key(&digest)
    }

    /// Takes out the requests that wait for this code.
    fn take(&mut self, digest: Digest) -> Vec<Request> {
        let waiting = self.waiting.remove(&digest).unwrap_or_default();
        waiting.into_iter().map(|waiting| waiting.request).collect()
    }

    /// Takes out the requests of which this is true.
    fn take_if(&mut self, is_meant: impl Fn(&Waiting) -> bool) -> Vec<Request> {
        let mut taken = Vec::new();
        self.waiting.retain(|_, waiting| {
            taken.extend(waiting.extract_if(.., |waiting| is_meant(waiting)));
            !waiting.is_empty()
        });
        taken.into_iter().map(|waiting| waiting.request).collect()
    }

    /// Forgets what a client has asked for that is gone.
    pub(super) fn forget_client(&mut self, client: PeerId) {
        self.take_if(|waiting| waiting.request.is_of_client(client));
    }

    /// Forgets what a leader has asked for that is gone.
    pub(super) fn forget_leader(&mut self, leader: &NodeRecord) {
        self.take_if(|waiting| waiting.request.is_of_leader(leader));
    }
}

impl Supervisor {
    /// Takes a request, as soon as the code of its action is at hand.
    pub(super) fn on_request(&mut self, request: Request, ctx: &mut Context<Self>) {
        let BundleRef { digest, inline } = request.bundle().clone();
        if let Some(action) = self.bundles.get(digest) {
            return self.on_action(request, action, ctx);
        }
        let Some(code) = inline else {
            return self.fetch(digest, request, ctx);
        };
        if Digest::of(&code) != digest {
            return self.turn_down(request, "its code is not what its hash says".to_owned());
        }
        if code.len() > INLINE_BYTES_MAX {
            if self.park(digest, request, ctx) {
                self.unpack(digest, code, ctx);
            }
            return;
        }
        match self.bundles.put(Bundle::from_bytes(code)) {
            Ok(action) => self.on_action(request, action, ctx),
            Err(error) => self.turn_down(request, unusable(&error)),
        }
    }

    /// Asks whoever sent the request for the code of its action.
    fn fetch(&mut self, digest: Digest, request: Request, ctx: &mut Context<Self>) {
        let wanted = Envelope::BundleWanted { digest };
        let way = match &request {
            Request::Invoke(_, patron) | Request::Lead(_, patron, _) => Ok(patron.way.clone()),
            Request::Follow(_) => unreachable!("whoever follows by itself brings the code"),
            Request::Recruit(_, leader) => Err(leader.node.clone()),
        };
        if !self.park(digest, request, ctx) {
            return;
        }
        match way {
            Ok(Way::Peer(peer)) => self.post_peer(peer, &wanted),
            Ok(Way::Here(_)) => unreachable!("whoever invokes here brings the code"),
            Err(leader) => self.post_control(&leader, &wanted),
        }
    }

    /// Lets a request wait for its code, but not for ever; says whether it does.
    fn park(&mut self, digest: Digest, request: Request, ctx: &mut Context<Self>) -> bool {
        let number = match self.requests.park(digest, request) {
            Ok(number) => number,
            Err((request, why)) => {
                self.turn_down(request, why);
                return false;
            }
        };
        ctx.run_later(CODE_TIMEOUT, move |supervisor, _| {
            let requests = &mut supervisor.requests;
            let late = requests.take_if(|waiting| waiting.number == number);
            if !requests.is_waited_for(digest) {
                requests.arrivals.forget(digest);
            }
            for request in late {
                let why = format!("its code did not come within {CODE_TIMEOUT:?}");
                supervisor.turn_down(request, why);
            }
        });
        true
    }

    pub(super) fn on_bundle(&mut self, body: Bytes, ctx: &mut Context<Self>) {
        let digest = Digest::of(&body);
        if self.requests.is_waited_for(digest) {
            self.unpack(digest, body, ctx);
        }
    }

    /// A part of the code has come from `peer`, which is asked for the next.
    pub(super) fn on_bundle_part(
        &mut self,
        peer: PeerId,
        digest: Digest,
        (total, offset, part): (u64, u64, Bytes),
        ctx: &mut Context<Self>,
    ) {
        if !self.requests.is_waited_for(digest) {
            return;
        }
        match self.requests.arrivals.take(digest, total, offset, &part) {
            Step::Next(offset) => {
                self.post_peer(peer, &Envelope::BundlePartWanted { digest, offset });
            }
            Step::Whole(body) => self.on_bundle(body, ctx),
            Step::Nothing => {}
        }
    }

    /// Sends the code of an action from `offset` on, if it is at hand.
    pub(super) fn send_code(&mut self, peer: PeerId, digest: Digest, offset: u64) {
        let action = self.bundles.get(digest);
        if let Some(code) = action.and_then(|action| Envelope::of_code(&action.bundle, offset)) {
            self.post_peer(peer, &code);
        }
    }

    /// Unpacks code on a thread where it keeps no flight waiting.
    fn unpack(&mut self, digest: Digest, code: Bytes, ctx: &mut Context<Self>) {
        if !self.requests.unpacking.insert(digest) {
            return;
        }
        let directory = self.bundles.directory().to_owned();
        let unpack = move || Action::unpack(Bundle::from_bytes(code), &directory);
        let unpacked = async move {
            match tokio::task::spawn_blocking(unpack).await {
                Ok(unpacked) => unpacked.map_err(|error| unusable(&error)),
                Err(_) => Err("it could not be unpacked; the node's log says why".to_owned()),
            }
        };
        ctx.spawn(
            unpacked
                .into_actor(self)
                .map(move |unpacked, supervisor, ctx| {
                    supervisor.on_unpacked(digest, unpacked, ctx)
                }),
        );
    }

    fn on_unpacked(
        &mut self,
        digest: Digest,
        unpacked: Result<Action, String>,
        ctx: &mut Context<Self>,
    ) {
        self.requests.unpacking.remove(&digest);
        let unpacked = unpacked.map(|action| self.bundles.keep(action));
        for request in self.requests.take(digest) {
            match &unpacked {
                Ok(action) => self.on_action(request, Arc::clone(action), ctx),
                Err(why) => self.turn_down(request, why.clone()),
            }
        }
    }

    /// Ends what a client has asked for and whose code is still on its way.
    pub(super) fn cancel_waiting(&mut self, client: PeerId, flight: FlightId) {
        let is_meant = |waiting: &Waiting| {
            waiting.request.flight() == flight && waiting.request.is_of_client(client)
        };
        for request in self.requests.take_if(is_meant) {
            self.turn_down(
                request,
                "it was cancelled before its code had come".to_owned(),
            );
        }
    }

    fn turn_down(&mut self, request: Request, why: String) {
        let flight = request.flight();
        match request {
            Request::Invoke(_, patron) | Request::Lead(_, patron, _) => {
                self.tell_refused(flight, &patron, why);
            }
            Request::Follow(follow) => follow.ticket.refuse(FollowedEnd::Refused(why)),
            Request::Recruit(recruit, leader) => {
                let decline = Envelope::Decline {
                    flight,
                    member: recruit.member,
                    why,
                };
                self.post(&leader.node, flight, &decline);
            }
        }
    }
}

fn unusable(error: &UnpackError) -> String {
    format!("failed to unpack its code: {error}")
}
