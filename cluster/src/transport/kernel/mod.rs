//! The SCTP of the Linux kernel, by `sctp-rs`.
//!
//! Every association is a one-to-one socket (RFC 6458, section 4); a listening one takes those that
//! peers begin. The kernel handles packets, timers and retransmission; here are only its sockets.
//!
//! `sctp-rs` receives at most 4,096 bytes at once and does not tell where a message ends, so that
//! messages are kept shorter than that. It sets none of the kernel's own options (delayed
//! acknowledgements, Nagle's algorithm, timeouts, UDP encapsulation).

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use sctp_rs::{
    ConnectedSocket, Event, Listener, Socket, SocketToAssociation, SubscribeEventAssocId,
};

mod association;

use self::association::{Association, Effect};
use super::{
    AssociationId, CloseReason, Direction, ListenError, Message, STREAMS, SendError, StreamId,
    Transport, TransportCounters, TransportEvent, check, listen,
};

/// What `sctp-rs` surely receives in one piece.
const MESSAGE_BYTES_MAX: usize = 4_000;

/// Handshakes that wait to be accepted.
const BACKLOG: i32 = 128;

/// How often, and for how long at most, a handshake's packet is sent again.
const HANDSHAKE_RETRIES_MAX: u16 = 3;
const HANDSHAKE_TIMEOUT_MILLIS: u16 = 400;

/// Accepted and begun associations together: each costs a descriptor.
const ASSOCIATIONS_MAX: usize = 512;

type Accepting = Pin<Box<dyn Future<Output = io::Result<(ConnectedSocket, SocketAddr)>>>>;

/// The kernel's SCTP. Runs inside the tokio runtime in which it was bound.
pub struct Kernel {
    local_address: SocketAddr,
    listener: Rc<Listener>,
    accepting: Accepting,
    associations: BTreeMap<AssociationId, Association>,
    next_id: AssociationId,
    events: VecDeque<TransportEvent>,
    counters: TransportCounters,
}

impl Kernel {
    /// Listens on `address`, whose port may be zero to get a free one.
    ///
    /// # Errors
    ///
    /// Fails if the address is not a loopback address, if the kernel has no SCTP, or if it refuses the
    /// address.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        listen::refuse_exposed(address)?;
        let socket =
            open(address).map_err(|source| ListenError::NoKernelSctp { address, source })?;
        let failed = |source| ListenError::Socket { address, source };
        socket.bind(address).map_err(failed)?;
        let listener = Rc::new(socket.listen(BACKLOG).map_err(failed)?);
        let local = listener.sctp_getladdrs(0).map_err(failed)?;
        Ok(Self {
            local_address: local.first().copied().unwrap_or(address),
            accepting: accept(&listener),
            listener,
            associations: BTreeMap::new(),
            next_id: AssociationId::FIRST,
            events: VecDeque::new(),
            counters: TransportCounters::default(),
        })
    }

    fn insert(&mut self, association: Association) -> AssociationId {
        let id = self.next_id;
        self.next_id = id.next();
        self.associations.insert(id, association);
        id
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(accepted) = self.accepting.as_mut().poll(cx) {
            self.accepting = accept(&self.listener);
            match accepted {
                Ok((socket, address)) if self.associations.len() < ASSOCIATIONS_MAX => {
                    self.on_accepted(socket, address);
                }
                Ok((_, address)) => {
                    tracing::warn!(peer = %address, "refused an association: there are too many");
                    self.counters.associations_refused += 1;
                }
                Err(error) => {
                    tracing::warn!(%error, "an association was not accepted");
                    return;
                }
            }
        }
    }

    fn on_accepted(&mut self, socket: ConnectedSocket, address: SocketAddr) {
        match prepare(&socket) {
            Ok(()) => {
                let direction = Direction::Accepted;
                let association = Association::connected(address, direction, socket);
                let association = self.insert(association);
                self.events.push_back(TransportEvent::Connected {
                    association,
                    address,
                    direction,
                });
            }
            Err(error) => {
                tracing::warn!(peer = %address, %error, "an association was not accepted")
            }
        }
    }

    fn poll_associations(&mut self, cx: &mut Context<'_>) {
        let ids: Vec<_> = self.associations.keys().copied().collect();
        for id in ids {
            let Some(association) = self.associations.get_mut(&id) else {
                continue;
            };
            let (peer, direction) = (association.peer(), association.direction());
            while let Poll::Ready(effect) = association.poll(cx) {
                match effect {
                    Effect::Established => self.events.push_back(TransportEvent::Connected {
                        association: id,
                        address: peer,
                        direction,
                    }),
                    Effect::Received(stream, ppid, payload) => {
                        self.events.push_back(TransportEvent::Received {
                            association: id,
                            stream,
                            ppid,
                            payload,
                        });
                    }
                    Effect::Drained => {
                        let association = id;
                        self.events
                            .push_back(TransportEvent::Drained { association });
                    }
                    Effect::Over(reason) => {
                        self.on_over(id, reason);
                        break;
                    }
                }
            }
        }
    }

    /// An association is over; after a restart its socket carries the next one.
    fn on_over(&mut self, id: AssociationId, reason: CloseReason) {
        let over = self
            .associations
            .remove(&id)
            .expect("it was looked up before");
        let is_restart = reason == CloseReason::Restarted;
        self.events.push_back(TransportEvent::Closed {
            association: id,
            reason,
        });
        let (address, direction) = (over.peer(), Direction::Accepted);
        if let Some(socket) = over.into_socket().filter(|_| is_restart) {
            let association = self.insert(Association::from_socket(address, direction, socket));
            self.events.push_back(TransportEvent::Connected {
                association,
                address,
                direction,
            });
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
        let known = self
            .associations
            .iter()
            .find(|(_, known)| known.peer() == address);
        if let Some((&id, _)) = known {
            return id;
        }
        let local = SocketAddr::new(self.local_address.ip(), 0);
        self.insert(Association::dial(address, async move {
            let socket = open(address)?;
            socket.bind(local)?;
            let (socket, _) = socket.connect(address).await?;
            prepare(&socket)?;
            Ok(socket)
        }))
    }

    fn has_room(&self, association: AssociationId, stream: StreamId) -> bool {
        let association = self.associations.get(&association);
        association.is_some_and(|association| association.is_open() && association.has_room(stream))
    }

    fn send(&mut self, association: AssociationId, message: Message) -> Result<(), SendError> {
        check(&message, MESSAGE_BYTES_MAX)?;
        let association = self
            .associations
            .get_mut(&association)
            .ok_or(SendError::Gone)?;
        if !association.is_open() {
            return Err(SendError::Gone);
        }
        if !association.has_room(message.stream) {
            return Err(SendError::Full);
        }
        association.queue(message);
        Ok(())
    }

    /// Messages leave when the transport is polled next, which whoever flushes does in the same turn.
    fn flush(&mut self) {}

    fn close(&mut self, association: AssociationId) {
        if let Some(association) = self.associations.get_mut(&association) {
            association.close();
        }
    }

    fn abort(&mut self, association: AssociationId) {
        if let Some(association) = self.associations.remove(&association) {
            association.abort();
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TransportEvent> {
        if self.events.is_empty() {
            self.poll_accept(cx);
            self.poll_associations(cx);
        }
        self.events.pop_front().map_or(Poll::Pending, Poll::Ready)
    }

    fn counters(&self) -> TransportCounters {
        self.counters
    }
}

/// A one-to-one socket of the address's family, with as many streams as we use.
fn open(address: SocketAddr) -> io::Result<Socket> {
    let socket = match address {
        SocketAddr::V4(_) => Socket::new_v4(SocketToAssociation::OneToOne),
        SocketAddr::V6(_) => Socket::new_v6(SocketToAssociation::OneToOne),
    };
    let socket = socket.map_err(|error| {
        // sctp-rs goes on with the descriptor that the kernel did not give, and reports that.
        const BAD_DESCRIPTOR: i32 = 9;
        if error.raw_os_error() == Some(BAD_DESCRIPTOR) {
            io::Error::new(io::ErrorKind::Unsupported, "it has no SCTP")
        } else {
            error
        }
    })?;
    socket.sctp_setup_init_params(
        STREAMS,
        STREAMS,
        HANDSHAKE_RETRIES_MAX,
        HANDSHAKE_TIMEOUT_MILLIS,
    )?;
    Ok(socket)
}

/// Asks to be told each message's stream, and what becomes of the association.
fn prepare(socket: &ConnectedSocket) -> io::Result<()> {
    socket.sctp_request_rcvinfo(true)?;
    let events = [Event::Association, Event::Shutdown];
    socket.sctp_subscribe_events(&events, SubscribeEventAssocId::All)
}

fn accept(listener: &Rc<Listener>) -> Accepting {
    let listener = Rc::clone(listener);
    Box::pin(async move { listener.accept().await })
}

#[cfg(test)]
mod tests;
