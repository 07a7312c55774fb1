//! The SCTP of the Linux kernel, by `sctp-rs` and what that leaves out.
//!
//! The kernel handles packets, timers and retransmission; here are only its sockets. They are
//! one-to-one (RFC 6458, section 4): one that listens, and one for each association. On a one-to-many
//! socket, which would need one descriptor only, all associations share the two buffers, so that one
//! peer that does not read keeps all others waiting (tried on Linux 6.1: after 51 messages of 4,000 bytes
//! for such a peer, of 1,000 for another none was taken; on one-to-one sockets all were).
//!
//! Sockets that dial share address and port with the one that listens, as the associations of a
//! userspace transport do. So a peer has one address whoever begins, two that begin at once get one
//! association, and one that begins anew is recognised.
//!
//! | who | does |
//! | --- | --- |
//! | `sctp-rs` | owns an association's socket; sends; asks for notices and for the streams of messages; shuts down |
//! | [`raptor_sys`] | opens, tunes, binds, listens, accepts, connects, limits lifetimes, receives, tells who is ready |
//!
//! `sctp-rs` 0.3.1 cannot do the rest: it gives no descriptor to set options on, so that its listener
//! would be left with the kernel's defaults; it receives at most 4,096 bytes and does not tell where a
//! message ends; it looks in the wrong place for the next control message, which may never end; it
//! leaves out most notices; and it does not take back the readiness of a socket that is full.
//!
//! Nor may it be given a duplicate of a descriptor, to have both ways: it closes before it deregisters,
//! and as long as a duplicate is open, tokio would hear of a socket that it has forgotten.
//!
//! What the userspace transport does against strangers is not in our hands here: the kernel makes the
//! cookies, answers packets out of the blue with ABORT, and bounds neither per source. Associations are
//! bounded once they are accepted, and whoever says nothing of interest is cut off by the layers above.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use raptor_sys::{Readiness, Ready, SctpSocket};
use tokio::time::Sleep;

mod association;
mod outbox;
mod reception;
mod settings;

use self::association::{Association, Effect, Sent};
pub use self::settings::KernelOptions;
use self::settings::{BACKLOG, MESSAGE_BYTES_MAX};
use super::{
    AssociationId, CloseReason, ListenError, Message, SendError, StreamId, Transport,
    TransportCounters, TransportEvent, check,
};
use crate::config::Encapsulation;

/// What arrived on one association before the others get their turn.
const RECEIVED_PER_VISIT_MAX: usize = 16;

/// How many sockets are visited before the rest of the thread gets its turn: the transport of a node
/// shares it with everything that the node decides.
const VISITS_PER_TURN_MAX: usize = 32;

/// How long no association is accepted after that has failed, for want of descriptors for example: the
/// kernel would say again and again that there is one.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The listening socket among those that are ready. Associations count from 1.
const LISTENER: u64 = 0;

/// The kernel's SCTP. Runs inside the tokio runtime in which it was bound.
pub struct Kernel {
    local_address: SocketAddr,
    options: KernelOptions,
    listener: SctpSocket,
    readiness: Readiness,
    associations: BTreeMap<AssociationId, Association>,
    next_id: AssociationId,
    /// Those that are ready and have not been visited yet.
    ready: VecDeque<Ready>,
    /// Those with something to send.
    queued: BTreeSet<AssociationId>,
    pause: Option<Pin<Box<Sleep>>>,
    buffer: Vec<u8>,
    events: VecDeque<TransportEvent>,
    visits_this_turn: usize,
    counters: TransportCounters,
}

impl Kernel {
    /// Listens on `address`, whose port may be zero to get a free one.
    ///
    /// # Errors
    ///
    /// Fails if the kernel has no SCTP, if it takes none over UDP on this port where that is wanted, or if
    /// it refuses an address.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn bind(address: SocketAddr, options: KernelOptions) -> Result<Self, ListenError> {
        let addresses = options.addresses(address);
        let failed = |source| ListenError::Socket { address, source };
        let listener = SctpSocket::open(address, &options.socket(None))
            .map_err(|source| ListenError::NoKernelSctp { address, source })?;
        if options.encapsulation == Encapsulation::Udp {
            refuse_other_udp_port(address)?;
        }
        let readiness = Readiness::new().map_err(failed)?;
        let local = start(&listener, &readiness, &addresses).map_err(failed)?;
        Ok(Self {
            local_address: SocketAddr::new(address.ip(), local.port()),
            options,
            listener,
            readiness,
            associations: BTreeMap::new(),
            next_id: AssociationId::FIRST,
            ready: VecDeque::new(),
            queued: BTreeSet::new(),
            pause: None,
            buffer: vec![0; MESSAGE_BYTES_MAX],
            events: VecDeque::new(),
            visits_this_turn: 0,
            counters: TransportCounters::default(),
        })
    }

    fn insert(&mut self, association: Association) -> io::Result<AssociationId> {
        let id = self.next_id;
        self.readiness.add(&association.handle(), id.number())?;
        self.next_id = id.next();
        self.associations.insert(id, association);
        Ok(id)
    }

    fn dial(&self, address: SocketAddr) -> io::Result<Association> {
        let socket = SctpSocket::open(address, &self.options.socket(Some(address)))?;
        socket.share_port()?;
        socket.bind(&self.options.addresses(self.local_address))?;
        Association::dial(address, socket)
    }

    fn dial_apart(&self, address: SocketAddr) -> io::Result<Association> {
        let socket = SctpSocket::open(address, &self.options.socket(Some(address)))?;
        let any_port = SocketAddr::new(self.local_address.ip(), 0);
        // Its further addresses get the port that the kernel chooses for the first.
        bind(&socket, &self.options.addresses(any_port))?;
        Association::dial(address, socket).map(Association::apart)
    }

    fn insert_dialed(
        &mut self,
        address: SocketAddr,
        dialed: io::Result<Association>,
    ) -> AssociationId {
        dialed
            .and_then(|dialed| self.insert(dialed))
            .unwrap_or_else(|error| {
                tracing::debug!(peer = %address, %error, "no association");
                let id = self.next_id;
                self.next_id = id.next();
                self.on_over(id, CloseReason::Unreachable);
                id
            })
    }

    /// Gives sockets what waits for them.
    fn send_queued(&mut self, cx: &mut Context<'_>) {
        for id in std::mem::take(&mut self.queued) {
            let Some(association) = self.associations.get_mut(&id) else {
                continue;
            };
            let events = &mut self.events;
            let sent = association.send(cx, |effect| {
                if let Effect::Drained = effect {
                    events.push_back(TransportEvent::Drained { association: id });
                }
            });
            match sent {
                Sent::All => {}
                Sent::Blocked => self.watch(id, true),
                Sent::Later => {
                    self.queued.insert(id);
                }
            }
        }
    }

    /// Wants to be told when a socket has room, or no longer.
    fn watch(&mut self, id: AssociationId, to_send: bool) {
        let handle = self.associations[&id].handle();
        let changed = self.readiness.change(&handle, id.number(), true, to_send);
        changed.expect("the socket is in the set as long as it is open");
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) {
        let Some(pause) = &mut self.pause else { return };
        if pause.as_mut().poll(cx).is_ready() {
            self.pause = None;
            let changed = self.readiness.change(&self.listener, LISTENER, true, false);
            changed.expect("the socket is in the set as long as it is open");
        }
    }

    /// The next socket that is ready, if it is to be visited in this turn.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Ready> {
        if self.visits_this_turn == VISITS_PER_TURN_MAX {
            self.visits_this_turn = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.ready.is_empty() {
            match self.readiness.poll(cx) {
                Poll::Ready(Ok(ready)) => self.ready.extend(ready),
                Poll::Ready(Err(error)) => panic!("the set of sockets cannot be asked: {error}"),
                Poll::Pending => self.visits_this_turn = 0,
            }
        }
        match self.ready.pop_front() {
            Some(ready) => {
                self.visits_this_turn += 1;
                Poll::Ready(ready)
            }
            None => Poll::Pending,
        }
    }
}

impl Transport for Kernel {
    fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    fn message_bytes_max(&self) -> usize {
        MESSAGE_BYTES_MAX
    }

    fn connect(&mut self, address: SocketAddr) -> AssociationId {
        let mut known = self.associations.iter();
        if let Some((&id, _)) = known.find(|(_, known)| known.is_with(address)) {
            return id;
        }
        let dialed = self.dial(address);
        self.insert_dialed(address, dialed)
    }

    /// Its socket has a port of its own.
    fn connect_apart(&mut self, address: SocketAddr) -> AssociationId {
        let dialed = self.dial_apart(address);
        self.insert_dialed(address, dialed)
    }

    fn has_room(&self, association: AssociationId, stream: StreamId) -> bool {
        let association = self.associations.get(&association);
        association.is_some_and(|association| association.is_open() && association.has_room(stream))
    }

    fn send(&mut self, association: AssociationId, message: Message) -> Result<(), SendError> {
        check(&message, MESSAGE_BYTES_MAX)?;
        let id = association;
        let association = self.associations.get_mut(&id).ok_or(SendError::Gone)?;
        if !association.is_open() {
            return Err(SendError::Gone);
        }
        if !association.has_room(message.stream) {
            return Err(SendError::Full);
        }
        association.queue(message);
        self.queued.insert(id);
        Ok(())
    }

    /// A socket that has just been made may take its first message only when it is polled.
    fn flush(&mut self) {
        self.send_queued(&mut Context::from_waker(Waker::noop()));
    }

    fn close(&mut self, association: AssociationId) {
        if let Some(closing) = self.associations.get_mut(&association) {
            closing.close();
            self.queued.insert(association);
        }
    }

    /// Closing the socket does it, since it does not linger.
    fn abort(&mut self, association: AssociationId) {
        self.associations.remove(&association);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TransportEvent> {
        self.poll_pause(cx);
        loop {
            if !self.queued.is_empty() {
                self.send_queued(cx);
            }
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(event);
            }
            match self.poll_ready(cx) {
                Poll::Ready(ready) => self.visit(ready),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn counters(&self) -> TransportCounters {
        self.counters
    }
}

/// Binds and begins to listen; gives the first address.
fn start(
    listener: &SctpSocket,
    readiness: &Readiness,
    addresses: &[SocketAddr],
) -> io::Result<SocketAddr> {
    let local = bind(listener, addresses)?;
    listener.share_port()?;
    listener.listen(BACKLOG)?;
    readiness.add(listener, LISTENER)?;
    Ok(local)
}

/// Binds a socket; gives the first address.
fn bind(socket: &SctpSocket, addresses: &[SocketAddr]) -> io::Result<SocketAddr> {
    // The first address may leave the port to the kernel; the others have the one that it chose.
    let (first, others) = addresses.split_first().expect("there is one to bind to");
    socket.bind(&[*first])?;
    let local = socket.local_address()?;
    let others = others
        .iter()
        .map(|other| SocketAddr::new(other.ip(), local.port()));
    let others: Vec<_> = others.collect();
    if !others.is_empty() {
        socket.bind(&others)?;
    }
    Ok(local)
}

/// Peers send to the UDP port that is also our SCTP port; the kernel takes SCTP on one only.
fn refuse_other_udp_port(address: SocketAddr) -> Result<(), ListenError> {
    let failed = |source| ListenError::NoKernelSctp { address, source };
    let udp_port = raptor_sys::sctp_udp_port().map_err(failed)?;
    if udp_port == address.port() && udp_port != 0 {
        Ok(())
    } else {
        Err(ListenError::NotEncapsulated { address, udp_port })
    }
}

#[cfg(test)]
mod tests;
