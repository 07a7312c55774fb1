//! One association: a `dcsctp` socket and what it lacks.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use dcsctp::api::{
    DcSctpSocket, ErrorKind, LifecycleId, PpId, SendOptions, Socket, SocketEvent, SocketState,
    SocketTime,
};

use super::settings::{self, SHARING_BYTES_MAX};
use super::window::Window;
use crate::transport::{CloseReason, Direction, Message, Ppid, StreamId};

/// What an association does when it is let.
#[derive(Debug)]
pub(super) enum Effect {
    /// It wants a packet to be sent to its peer.
    Transmit(Vec<u8>),
    /// It is established.
    Established,
    /// A message arrived.
    Received(StreamId, Ppid, Bytes),
    /// A stream that was found full has room again.
    Drained,
    /// It is over.
    Over(CloseReason),
}

/// One association with one peer address.
pub(super) struct Association {
    socket: Socket,
    peer: SocketAddr,
    ports: Ports,
    direction: Direction,
    born: Duration,
    is_trusted: bool,
    established: bool,
    closing: Closing,
    outbox: Vec<dcsctp::api::Message>,
    window: Window,
    /// Somebody asked for room and there was none.
    was_full: Cell<bool>,
}

/// How far a graceful end has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// As soon as everything is delivered. `dcsctp` alone would send SHUTDOWN as soon as nothing is in
    /// flight, although more may be queued or waiting to be sent again.
    WhenDelivered,
    Begun,
}

impl Association {
    /// An association with `peer` at its SCTP port; `born` on the transport's clock.
    pub(super) fn new(
        peer: SocketAddr,
        direction: Direction,
        ports: Ports,
        born: Duration,
    ) -> Self {
        let mut socket = new_socket(ports, peer.ip());
        socket.advance_time(SocketTime::zero() + born);
        Self {
            socket,
            peer,
            ports,
            direction,
            born,
            is_trusted: false,
            established: false,
            closing: Closing::No,
            outbox: Vec::new(),
            window: Window::default(),
            was_full: Cell::new(false),
        }
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn ports(&self) -> Ports {
        self.ports
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether its peer has proven who it is.
    pub(super) fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Its peer has proven who it is; says whether it had before.
    pub(super) fn trust(&mut self) -> bool {
        std::mem::replace(&mut self.is_trusted, true)
    }

    /// When it began.
    pub(super) fn born(&self) -> Duration {
        self.born
    }

    /// The tag that its peer must put on every packet; zero once it is over.
    pub(super) fn tag(&self) -> u32 {
        self.socket.verification_tag()
    }

    /// How many packets carried something that had been sent before. Nothing is known any more of
    /// one that is over.
    pub(super) fn retransmitted(&self) -> u64 {
        let metrics = self.socket.get_metrics();
        metrics.map_or(0, |metrics| metrics.rtx_packets_count as u64)
    }

    pub(super) fn is_connecting(&self) -> bool {
        self.socket.state() == SocketState::Connecting
    }

    /// When it wants to be woken, if at all.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let deadline = self.socket.poll_timeout();
        (deadline != SocketTime::infinite_future()).then(|| deadline - SocketTime::zero())
    }

    pub(super) fn connect(&mut self) {
        self.socket.connect();
    }

    /// Takes a packet of its peer, which must have been parsed before.
    pub(super) fn receive(&mut self, now: Duration, packet: &[u8]) {
        self.advance(now);
        self.socket.handle_input(packet);
    }

    /// Lets its timers fire.
    pub(super) fn advance(&mut self, now: Duration) {
        self.socket.advance_time(SocketTime::zero() + now);
    }

    pub(super) fn has_room(&self, stream: StreamId) -> bool {
        let has_room = self.window.has_room(stream);
        self.was_full.set(self.was_full.get() || !has_room);
        has_room
    }

    pub(super) fn is_open(&self) -> bool {
        self.established && self.closing == Closing::No
    }

    /// Queues a message that [`has_room`](Self::has_room) let through.
    pub(super) fn queue(&mut self, message: Message) {
        self.window.on_queued(message.stream, message.payload.len());
        self.outbox.push(dcsctp::api::Message::new(
            dcsctp::api::StreamId(message.stream.0),
            PpId(message.ppid.0),
            message.payload,
        ));
    }

    /// Gives the queued messages to the socket, in order. Short ones that follow each other are given
    /// together, so that they share packets.
    pub(super) fn flush(&mut self, now: Duration) {
        if self.outbox.is_empty() {
            return;
        }
        self.advance(now);
        let mut batch = Vec::new();
        for message in std::mem::take(&mut self.outbox) {
            let is_short = message.payload.len() < SHARING_BYTES_MAX;
            if !is_short {
                self.ship(std::mem::take(&mut batch));
            }
            batch.push(message);
            if !is_short {
                self.ship(std::mem::take(&mut batch));
            }
        }
        self.ship(batch);
    }

    fn ship(&mut self, batch: Vec<dcsctp::api::Message>) {
        if batch.is_empty() {
            return;
        }
        let parcels = batch.iter().map(|message| {
            let stream = StreamId(message.stream_id.0);
            (stream, message.payload.len())
        });
        let options = SendOptions {
            lifecycle_id: LifecycleId::new(self.window.on_shipped(parcels.collect())),
            ..SendOptions::default()
        };
        if let Err(refused) = self.socket.send_many(batch, &options) {
            // The peer's shutdown can cross our messages; everything else was checked before.
            tracing::debug!(peer = %self.peer, %refused, "messages came too late");
        }
    }

    /// Ends it once everything is delivered; at once if it is not yet established.
    pub(super) fn close(&mut self) {
        if self.established {
            self.closing = Closing::WhenDelivered;
        } else {
            self.socket.close();
        }
    }

    /// Ends it at once and tells the peer.
    pub(super) fn abort(&mut self) {
        self.socket.close();
    }

    /// Does what is to be done, in order, until nothing is left.
    pub(super) fn drain(&mut self, mut effect: impl FnMut(Effect)) {
        loop {
            if self.established {
                self.take_messages(&mut effect);
            }
            while let Some(event) = self.socket.poll_event() {
                self.on_socket_event(event, &mut effect);
            }
            if self.closing == Closing::WhenDelivered && self.is_delivered() {
                self.closing = Closing::Begun;
                self.socket.shutdown();
                continue;
            }
            break;
        }
    }

    fn take_messages(&mut self, effect: &mut impl FnMut(Effect)) {
        while let Some(message) = self.socket.get_next_message() {
            effect(Effect::Received(
                StreamId(message.stream_id.0),
                Ppid(message.ppid.0),
                Bytes::from(message.payload),
            ));
        }
    }

    fn is_delivered(&self) -> bool {
        self.window.is_empty() && self.outbox.is_empty()
    }

    fn on_socket_event(&mut self, event: SocketEvent, effect: &mut impl FnMut(Effect)) {
        match event {
            SocketEvent::SendPacket(packet) => effect(Effect::Transmit(packet)),
            SocketEvent::OnConnected() => {
                if !std::mem::replace(&mut self.established, true) {
                    effect(Effect::Established);
                    // Those that overtook the end of the handshake, or came with it.
                    self.take_messages(effect);
                }
            }
            SocketEvent::OnClosed() => effect(Effect::Over(CloseReason::Closed)),
            SocketEvent::OnAborted(kind, detail) => {
                effect(Effect::Over(self.reason(kind, detail)));
            }
            SocketEvent::OnLifecycleEnd(shipment) => {
                self.window.on_end(shipment.value());
                if self.was_full.replace(false) {
                    effect(Effect::Drained);
                }
            }
            SocketEvent::OnError(kind, detail) => {
                tracing::debug!(peer = %self.peer, ?kind, detail, "the association goes on");
            }
            // Restarts never reach a socket: the transport begins a new association instead.
            SocketEvent::OnConnectionRestarted()
            | SocketEvent::OnBufferedAmountLow(_)
            | SocketEvent::OnTotalBufferedAmountLow()
            | SocketEvent::OnLifecycleMessageFullySent(_)
            | SocketEvent::OnLifecycleMessageExpired(_)
            | SocketEvent::OnLifecycleMessageMaybeExpired(_)
            | SocketEvent::OnLifecycleMessageDelivered(_)
            | SocketEvent::OnStreamsResetFailed(_)
            | SocketEvent::OnStreamsResetPerformed(_)
            | SocketEvent::OnIncomingStreamReset(_) => {}
        }
    }

    fn reason(&self, kind: ErrorKind, detail: String) -> CloseReason {
        match kind {
            // The peer has everything and knows that we end it. One that then closes its socket cuts off
            // what is left of the handshake, as the kernel's do if its last packet was lost.
            ErrorKind::PeerReported if self.closing == Closing::Begun => CloseReason::Closed,
            ErrorKind::TooManyRetries if self.established => CloseReason::Vanished,
            ErrorKind::TooManyRetries => CloseReason::Unreachable,
            ErrorKind::NoError
            | ErrorKind::NotConnected
            | ErrorKind::ParseFailed
            | ErrorKind::WrongSequence
            | ErrorKind::PeerReported
            | ErrorKind::ProtocolViolation
            | ErrorKind::ResourceExhaustion
            | ErrorKind::UnsupportedOperation => CloseReason::Aborted(detail),
        }
    }
}

/// The SCTP ports of both ends, which stand in every packet inside the UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) local: u16,
    pub(super) remote: u16,
}

/// A closed socket. One that is dropped after it has answered an INIT has kept nothing of it.
pub(super) fn new_socket(ports: Ports, peer: IpAddr) -> Socket {
    let packet_bytes_max = settings::packet_bytes_max(peer);
    let options = settings::options(ports.local, ports.remote, packet_bytes_max);
    Socket::new("raptor", &options)
}
