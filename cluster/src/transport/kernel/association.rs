//! One association: a one-to-one socket, what waits to be sent on it, and how it ends.

use std::future::Future;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use raptor_sys::{SCTP_PR_SCTP_TTL, SctpHandle, SctpNotice, SctpReceived, SctpSocket};
use sctp_rs::{ConnectedSocket, Event, SendData, SendInfo, SubscribeEventAssocId};
use tokio::time::Instant;

use super::outbox::Outbox;
use super::settings::MESSAGE_BYTES_MAX;
use crate::transport::{CloseReason, Direction, Message, Ppid, StreamId};

type Sending = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// What happened to an association.
pub(super) enum Effect {
    Established,
    Received(StreamId, Ppid, Bytes),
    Drained,
    Over(CloseReason),
}

/// What became of the messages that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// There are none.
    All,
    /// The socket is full.
    Blocked,
    /// The task is woken when the socket can be tried.
    Later,
}

pub(super) struct Association {
    peer: SocketAddr,
    /// All addresses of the peer, as far as they are known.
    addresses: Vec<SocketAddr>,
    direction: Direction,
    /// Whether it was begun beside others with the same peer.
    is_apart: bool,
    is_established: bool,
    socket: Rc<ConnectedSocket>,
    /// The descriptor of `socket`, for what that does not do.
    handle: SctpHandle,
    outbox: Outbox,
    /// The message at the front of the outbox, on its way to the socket.
    sending: Option<Sending>,
    /// The lifetime that the socket was told last.
    lifetime: Option<Duration>,
    /// The message that is being received, as far as it has come.
    partial: Vec<u8>,
    closing: Closing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// As soon as the socket has everything.
    WhenSent,
    /// Nothing more is sent.
    Begun,
}

impl Association {
    /// Begins one.
    pub(super) fn dial(peer: SocketAddr, socket: SctpSocket) -> io::Result<Self> {
        let (rawfd, handle) = socket.hand_over();
        let association = Self::new(peer, Direction::Dialed, rawfd, handle)?;
        handle.connect(peer)?;
        Ok(association)
    }

    /// Takes over one that the peer began.
    pub(super) fn accepted(peer: SocketAddr, socket: SctpSocket) -> io::Result<Self> {
        let (rawfd, handle) = socket.hand_over();
        let mut association = Self::new(peer, Direction::Accepted, rawfd, handle)?;
        association.is_established = true;
        association.addresses = association.socket.sctp_getpaddrs(0)?;
        Ok(association)
    }

    fn new(
        peer: SocketAddr,
        direction: Direction,
        rawfd: std::os::fd::RawFd,
        handle: SctpHandle,
    ) -> io::Result<Self> {
        let socket = ConnectedSocket::from_rawfd(rawfd)?;
        socket.sctp_request_rcvinfo(true)?;
        let events = [Event::Association, Event::PartialDelivery];
        socket.sctp_subscribe_events(&events, SubscribeEventAssocId::All)?;
        Ok(Self {
            peer,
            addresses: vec![peer],
            direction,
            is_apart: false,
            is_established: false,
            socket: Rc::new(socket),
            handle,
            outbox: Outbox::default(),
            sending: None,
            lifetime: None,
            partial: Vec::new(),
            closing: Closing::No,
        })
    }

    /// The association that the peer began in the place of this one, on the same socket.
    pub(super) fn reborn(self) -> Self {
        Self {
            direction: Direction::Accepted,
            outbox: Outbox::default(),
            sending: None,
            partial: Vec::new(),
            closing: Closing::No,
            ..self
        }
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The same, begun beside others with the same peer.
    pub(super) fn apart(self) -> Self {
        Self {
            is_apart: true,
            ..self
        }
    }

    /// Whether it is the one with the peer at that address.
    pub(super) fn is_with(&self, address: SocketAddr) -> bool {
        !self.is_apart && (self.peer == address || self.addresses.contains(&address))
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    pub(super) fn handle(&self) -> SctpHandle {
        self.handle
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_established && self.closing == Closing::No
    }

    pub(super) fn has_room(&self, stream: StreamId) -> bool {
        self.outbox.has_room(stream)
    }

    pub(super) fn queue(&mut self, message: Message) {
        self.outbox.push(message);
    }

    pub(super) fn close(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::WhenSent;
        }
    }

    /// Takes the next thing that has arrived, if there is one.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Option<Effect> {
        loop {
            let effect = match self.handle.receive(buffer) {
                Ok(SctpReceived::Data {
                    stream,
                    ppid,
                    bytes,
                    is_end,
                }) => self.on_data(StreamId(stream), Ppid(ppid), &buffer[..bytes], is_end),
                Ok(SctpReceived::Notice(notice)) => self.on_notice(notice),
                Ok(SctpReceived::End) => Some(Effect::Over(CloseReason::Closed)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) => Some(Effect::Over(self.reason_of(&error))),
            };
            if effect.is_some() {
                return effect;
            }
        }
    }

    fn on_data(
        &mut self,
        stream: StreamId,
        ppid: Ppid,
        piece: &[u8],
        is_end: bool,
    ) -> Option<Effect> {
        if self.partial.len() + piece.len() > MESSAGE_BYTES_MAX {
            let reason = "its message is longer than it may be".to_owned();
            return Some(Effect::Over(CloseReason::Aborted(reason)));
        }
        if is_end && self.partial.is_empty() {
            return Some(Effect::Received(
                stream,
                ppid,
                Bytes::copy_from_slice(piece),
            ));
        }
        self.partial.extend_from_slice(piece);
        is_end.then(|| {
            let payload = std::mem::take(&mut self.partial);
            Effect::Received(stream, ppid, Bytes::from(payload))
        })
    }

    fn on_notice(&mut self, notice: SctpNotice) -> Option<Effect> {
        let reason = match notice {
            SctpNotice::Up => {
                let is_news = !std::mem::replace(&mut self.is_established, true);
                return is_news.then_some(Effect::Established);
            }
            SctpNotice::Abandoned => {
                self.partial.clear();
                return None;
            }
            SctpNotice::Other => return None,
            SctpNotice::NotStarted => CloseReason::Unreachable,
            SctpNotice::Lost | SctpNotice::Aborted { .. } if !self.is_established => {
                CloseReason::Unreachable
            }
            SctpNotice::Lost => CloseReason::Vanished,
            SctpNotice::Aborted { cause } => {
                CloseReason::Aborted(format!("by the peer, for cause {cause}"))
            }
            SctpNotice::Restarted => CloseReason::Restarted,
            SctpNotice::ShutDown => CloseReason::Closed,
        };
        Some(Effect::Over(reason))
    }

    fn reason_of(&self, error: &io::Error) -> CloseReason {
        match error.kind() {
            io::ErrorKind::ConnectionRefused if !self.is_established => CloseReason::Refused,
            _ if !self.is_established => CloseReason::Unreachable,
            io::ErrorKind::TimedOut => CloseReason::Vanished,
            _ => CloseReason::Aborted(error.to_string()),
        }
    }

    /// Gives the socket what waits, as much as it takes. `on_effect` hears what came of it.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, mut on_effect: impl FnMut(Effect)) -> Sent {
        if !self.is_established {
            return Sent::All;
        }
        while let Some(sending) = self.next_sending() {
            let sent = match sending.as_mut().poll(cx) {
                Poll::Pending => return Sent::Later,
                Poll::Ready(sent) => sent,
            };
            self.sending = None;
            match sent {
                Ok(()) => {
                    if self.outbox.pop() {
                        on_effect(Effect::Drained);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Sent::Blocked,
                Err(error) => {
                    // What has arrived comes first, and then the end of the association and its reason.
                    tracing::debug!(peer = %self.peer, %error, "an association takes no more");
                    self.outbox.clear();
                    self.closing = Closing::Begun;
                }
            }
        }
        if self.closing == Closing::WhenSent {
            self.closing = Closing::Begun;
            if let Err(error) = self.socket.shutdown(Shutdown::Write) {
                tracing::debug!(peer = %self.peer, %error, "the association was over already");
            }
        }
        Sent::All
    }

    /// The message that is being sent or comes next.
    fn next_sending(&mut self) -> Option<&mut Sending> {
        if self.sending.is_none() {
            self.sending = self.begin_sending();
        }
        self.sending.as_mut()
    }

    fn begin_sending(&mut self) -> Option<Sending> {
        let now = Instant::now();
        while self.outbox.front()?.expires.is_some_and(|at| at <= now) {
            self.outbox.pop();
        }
        let waiting = self.outbox.front()?;
        let lifetime = waiting.expires.map(|at| at - now);
        let message = &waiting.message;
        let data = SendData {
            payload: message.payload.clone(),
            snd_info: Some(SendInfo {
                sid: message.stream.0,
                flags: lifetime.map_or(0, |_| SCTP_PR_SCTP_TTL),
                // The kernel passes it on as it is; on the wire it is in network order.
                ppid: message.ppid.0.to_be(),
                ..SendInfo::default()
            }),
        };
        self.limit_lifetime(lifetime);
        let socket = Rc::clone(&self.socket);
        Some(Box::pin(async move { socket.sctp_send(data).await }))
    }

    /// `sctp-rs` cannot say it with the message.
    fn limit_lifetime(&mut self, lifetime: Option<Duration>) {
        if lifetime == self.lifetime {
            return;
        }
        match self.handle.set_lifetime(lifetime) {
            Ok(()) => self.lifetime = lifetime,
            Err(error) => tracing::debug!(peer = %self.peer, %error, "lifetimes are not limited"),
        }
    }
}
