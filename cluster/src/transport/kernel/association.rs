//! One association: a one-to-one socket, what waits to be sent on it, and how it ends.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use sctp_rs::{
    AssocChangeState, ConnectedSocket, Notification, NotificationOrData, ReceivedData, SendData,
    SendInfo,
};
use tokio::time::{Instant, Sleep};

use crate::transport::{CloseReason, Direction, Message, Ppid, StreamId};

/// What may wait in one stream, as in the userspace transport.
const STREAM_BUFFER_BYTES_MAX: usize = 128 * 1024;

/// `sctp-rs` cannot wait for a full socket to have room again; it must be asked. This is how often.
const FULL_SOCKET_RETRY: Duration = Duration::from_millis(1);

/// Asks the kernel to abort the association instead of sending (RFC 6458, section 5.3.4; the number is
/// Linux's).
const SCTP_ABORT: u16 = 1 << 2;

type Connecting = Pin<Box<dyn Future<Output = io::Result<ConnectedSocket>>>>;
type Receiving = Pin<Box<dyn Future<Output = io::Result<NotificationOrData>>>>;
type Sending = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// What happened to an association.
pub(super) enum Effect {
    Established,
    Received(StreamId, Ppid, Bytes),
    Drained,
    Over(CloseReason),
}

pub(super) struct Association {
    peer: SocketAddr,
    direction: Direction,
    state: State,
    outbox: VecDeque<Message>,
    waiting_bytes: BTreeMap<StreamId, usize>,
    was_full: Cell<bool>,
    closing: Closing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// As soon as the socket has everything.
    WhenSent,
    Begun,
}

enum State {
    Connecting(Connecting),
    Connected {
        socket: Rc<ConnectedSocket>,
        receiving: Receiving,
        /// The message at the front of the outbox, on its way to the socket.
        sending: Option<Sending>,
        retry: Option<Pin<Box<Sleep>>>,
    },
}

impl Association {
    pub(super) fn dial(
        peer: SocketAddr,
        connecting: impl Future<Output = io::Result<ConnectedSocket>> + 'static,
    ) -> Self {
        Self::new(
            peer,
            Direction::Dialed,
            State::Connecting(Box::pin(connecting)),
        )
    }

    pub(super) fn connected(
        peer: SocketAddr,
        direction: Direction,
        socket: ConnectedSocket,
    ) -> Self {
        Self::from_socket(peer, direction, Rc::new(socket))
    }

    pub(super) fn from_socket(
        peer: SocketAddr,
        direction: Direction,
        socket: Rc<ConnectedSocket>,
    ) -> Self {
        Self::new(peer, direction, connected(socket))
    }

    fn new(peer: SocketAddr, direction: Direction, state: State) -> Self {
        Self {
            peer,
            direction,
            state,
            outbox: VecDeque::new(),
            waiting_bytes: BTreeMap::new(),
            was_full: Cell::new(false),
            closing: Closing::No,
        }
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Connected { .. }) && self.closing == Closing::No
    }

    pub(super) fn has_room(&self, stream: StreamId) -> bool {
        let waiting = self.waiting_bytes.get(&stream).copied().unwrap_or(0);
        let has_room = waiting < STREAM_BUFFER_BYTES_MAX;
        self.was_full.set(self.was_full.get() || !has_room);
        has_room
    }

    pub(super) fn queue(&mut self, message: Message) {
        *self.waiting_bytes.entry(message.stream).or_default() += message.payload.len();
        self.outbox.push_back(message);
    }

    pub(super) fn close(&mut self) {
        self.closing = Closing::WhenSent;
    }

    /// The socket, to go on with.
    pub(super) fn into_socket(self) -> Option<Rc<ConnectedSocket>> {
        match self.state {
            State::Connecting(_) => None,
            State::Connected { socket, .. } => Some(socket),
        }
    }

    /// Ends the association at once. If the socket does not take that, closing it does the same more
    /// slowly.
    pub(super) fn abort(self) {
        let State::Connected { socket, .. } = &self.state else {
            return;
        };
        let mut abort = send(socket, StreamId(0), Ppid(0), vec![0], SCTP_ABORT);
        let taken = abort.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        tracing::debug!(peer = %self.peer, ?taken, "aborted an association");
    }

    /// Does what the socket is ready for, and tells what came of it.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Effect> {
        if let State::Connecting(connecting) = &mut self.state {
            let connected = ready!(connecting.as_mut().poll(cx));
            return Poll::Ready(self.on_connected(connected));
        }
        if let Poll::Ready(effect) = self.poll_receive(cx) {
            return Poll::Ready(effect);
        }
        self.poll_send(cx)
    }

    fn on_connected(&mut self, socket: io::Result<ConnectedSocket>) -> Effect {
        match socket {
            Ok(socket) => {
                self.state = connected(Rc::new(socket));
                Effect::Established
            }
            Err(error) => {
                tracing::debug!(peer = %self.peer, %error, "no association");
                Effect::Over(CloseReason::Unreachable)
            }
        }
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Effect> {
        loop {
            let State::Connected {
                socket, receiving, ..
            } = &mut self.state
            else {
                return Poll::Pending;
            };
            let received = ready!(receiving.as_mut().poll(cx));
            *receiving = receive(socket);
            let effect = match received {
                Ok(NotificationOrData::Data(data)) => Some(on_data(data)),
                Ok(NotificationOrData::Notification(notification)) => on_notification(notification),
                Err(error) => Some(Effect::Over(CloseReason::Aborted(error.to_string()))),
            };
            if let Some(effect) = effect {
                return Poll::Ready(effect);
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Effect> {
        loop {
            let State::Connected {
                socket,
                sending,
                retry,
                ..
            } = &mut self.state
            else {
                return Poll::Pending;
            };
            if let Some(waiting) = retry {
                ready!(waiting.as_mut().poll(cx));
                *retry = None;
            }
            let Some(message) = self.outbox.front() else {
                return self.poll_shutdown();
            };
            let under_way = sending.get_or_insert_with(|| {
                send(
                    socket,
                    message.stream,
                    message.ppid,
                    message.payload.clone(),
                    0,
                )
            });
            let sent = ready!(under_way.as_mut().poll(cx));
            *sending = None;
            match sent {
                Ok(()) => {
                    if self.on_sent() {
                        return Poll::Ready(Effect::Drained);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let at = Instant::now() + FULL_SOCKET_RETRY;
                    *retry = Some(Box::pin(tokio::time::sleep_until(at)));
                }
                Err(error) => {
                    let reason = CloseReason::Aborted(error.to_string());
                    return Poll::Ready(Effect::Over(reason));
                }
            }
        }
    }

    /// Takes the message that was sent off the queue; says whether its stream has room again.
    fn on_sent(&mut self) -> bool {
        let message = self.outbox.pop_front().expect("it was at the front");
        let waiting = self.waiting_bytes.entry(message.stream).or_default();
        *waiting -= message.payload.len();
        *waiting < STREAM_BUFFER_BYTES_MAX / 2 && self.was_full.replace(false)
    }

    /// Begins the graceful end, in which the kernel delivers what it has. Its notice ends it.
    fn poll_shutdown(&mut self) -> Poll<Effect> {
        let State::Connected { socket, .. } = &self.state else {
            return Poll::Pending;
        };
        if self.closing != Closing::WhenSent {
            return Poll::Pending;
        }
        self.closing = Closing::Begun;
        match socket.shutdown(Shutdown::Write) {
            Ok(()) => Poll::Pending,
            Err(error) => {
                tracing::debug!(peer = %self.peer, %error, "the association was over already");
                Poll::Ready(Effect::Over(CloseReason::Closed))
            }
        }
    }
}

fn connected(socket: Rc<ConnectedSocket>) -> State {
    State::Connected {
        receiving: receive(&socket),
        socket,
        sending: None,
        retry: None,
    }
}

fn receive(socket: &Rc<ConnectedSocket>) -> Receiving {
    let socket = Rc::clone(socket);
    Box::pin(async move { socket.sctp_recv().await })
}

fn send(
    socket: &Rc<ConnectedSocket>,
    stream: StreamId,
    ppid: Ppid,
    payload: Vec<u8>,
    flags: u16,
) -> Sending {
    let socket = Rc::clone(socket);
    let info = SendInfo {
        sid: stream.0,
        flags,
        // The kernel passes it on as it is; on the wire it is in network order.
        ppid: ppid.0.to_be(),
        ..SendInfo::default()
    };
    Box::pin(async move {
        let snd_info = Some(info);
        socket.sctp_send(SendData { payload, snd_info }).await
    })
}

fn on_data(data: ReceivedData) -> Effect {
    match data.rcv_info {
        _ if data.payload.is_empty() => Effect::Over(CloseReason::Closed),
        Some(info) => Effect::Received(
            StreamId(info.sid),
            Ppid(u32::from_be(info.ppid)),
            Bytes::from(data.payload),
        ),
        None => Effect::Over(CloseReason::Aborted(
            "the kernel does not tell the streams of messages".into(),
        )),
    }
}

fn on_notification(notification: Notification) -> Option<Effect> {
    let Notification::AssociationChange(change) = notification else {
        // A shutdown has begun: what the peer has sent still comes, and then the end.
        return None;
    };
    let reason = match change.state {
        AssocChangeState::CommUp | AssocChangeState::Unknown => return None,
        AssocChangeState::CommLost if change.error == 0 => CloseReason::Vanished,
        AssocChangeState::CommLost => {
            CloseReason::Aborted(format!("the peer's cause is {}", change.error))
        }
        AssocChangeState::Restart => CloseReason::Restarted,
        AssocChangeState::ShutdownComplete => CloseReason::Closed,
        AssocChangeState::CannotStartAssoc => CloseReason::Unreachable,
    };
    Some(Effect::Over(reason))
}
