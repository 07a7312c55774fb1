//! A transport in memory, for tests of the layers above.
//!
//! All endpoints of a [`Hub`] live on one thread. Messages arrive in the order in which they were sent,
//! at once, and are never lost; links can be cut and healed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::{
    AssociationId, CloseReason, Direction, Message, SendError, StreamId, Transport,
    TransportCounters, TransportEvent, check,
};

const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// What may wait in one stream, as in the userspace transport, so that the layers above meet full
/// streams in their tests too.
const STREAM_BUFFER_BYTES_MAX: usize = 128 * 1024;

/// The wire between the endpoints of one test.
#[derive(Clone, Default)]
pub struct Hub {
    wire: Rc<RefCell<Wire>>,
}

/// One end of the associations in a [`Hub`].
pub struct InProcess {
    address: SocketAddr,
    wire: Rc<RefCell<Wire>>,
}

#[derive(Default)]
struct Wire {
    endpoints: BTreeMap<SocketAddr, Endpoint>,
    cuts: BTreeSet<(SocketAddr, SocketAddr)>,
    last_id: u64,
}

#[derive(Default)]
struct Endpoint {
    events: VecDeque<TransportEvent>,
    associations: BTreeMap<AssociationId, End>,
    waker: Option<Waker>,
}

/// One end of an association; the other is known by its address and its own id.
struct End {
    peer: SocketAddr,
    far: AssociationId,
    /// Whether it was begun beside others between the same two addresses.
    is_apart: bool,
    /// Bytes under way to the peer, by stream.
    under_way: BTreeMap<StreamId, usize>,
    was_full: std::cell::Cell<bool>,
    closing: bool,
}

impl Hub {
    /// A hub without endpoints.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new endpoint.
    ///
    /// # Panics
    ///
    /// Panics if there is one at this address.
    pub fn endpoint(&self, address: SocketAddr) -> InProcess {
        let mut wire = self.wire.borrow_mut();
        let earlier = wire.endpoints.insert(address, Endpoint::default());
        assert!(earlier.is_none(), "two endpoints at {address}");
        InProcess {
            address,
            wire: Rc::clone(&self.wire),
        }
    }

    /// Cuts two addresses off from each other: each end sees the other vanish.
    pub fn cut(&self, one: SocketAddr, other: SocketAddr) {
        let mut wire = self.wire.borrow_mut();
        wire.cuts.insert(pair(one, other));
        for (near, far) in [(one, other), (other, one)] {
            wire.close_all(near, Some(far), &CloseReason::Vanished);
        }
    }

    /// Undoes [`cut`](Self::cut).
    pub fn heal(&self, one: SocketAddr, other: SocketAddr) {
        self.wire.borrow_mut().cuts.remove(&pair(one, other));
    }
}

fn pair(one: SocketAddr, other: SocketAddr) -> (SocketAddr, SocketAddr) {
    (one.min(other), one.max(other))
}

impl Wire {
    fn next_id(&mut self) -> AssociationId {
        self.last_id += 1;
        AssociationId(self.last_id)
    }

    fn tell(&mut self, address: SocketAddr, event: TransportEvent) {
        if let Some(endpoint) = self.endpoints.get_mut(&address) {
            endpoint.events.push_back(event);
            if let Some(waker) = endpoint.waker.take() {
                waker.wake();
            }
        }
    }

    fn end(&self, address: SocketAddr, id: AssociationId) -> Option<&End> {
        self.endpoints.get(&address)?.associations.get(&id)
    }

    fn end_mut(&mut self, address: SocketAddr, id: AssociationId) -> Option<&mut End> {
        self.endpoints.get_mut(&address)?.associations.get_mut(&id)
    }

    fn connect(&mut self, near: SocketAddr, far: SocketAddr, is_apart: bool) -> AssociationId {
        let (near_id, far_id) = (self.next_id(), self.next_id());
        let reachable = self.endpoints.contains_key(&far) && !self.cuts.contains(&pair(near, far));
        if !reachable {
            let reason = CloseReason::Unreachable;
            let association = near_id;
            self.tell(
                near,
                TransportEvent::Closed {
                    association,
                    reason,
                },
            );
            return near_id;
        }
        let end = |peer, far| End {
            peer,
            far,
            is_apart,
            under_way: BTreeMap::new(),
            was_full: std::cell::Cell::new(false),
            closing: false,
        };
        self.attach(near, near_id, end(far, far_id), Direction::Dialed);
        self.attach(far, far_id, end(near, near_id), Direction::Accepted);
        near_id
    }

    fn attach(&mut self, address: SocketAddr, id: AssociationId, end: End, direction: Direction) {
        let peer = end.peer;
        let endpoint = self.endpoints.get_mut(&address);
        let endpoint = endpoint.expect("both ends were looked up before");
        endpoint.associations.insert(id, end);
        self.tell(
            address,
            TransportEvent::Connected {
                association: id,
                address: peer,
                direction,
            },
        );
    }

    /// Ends one end; its owner is told why if there is a reason to tell.
    fn detach(&mut self, address: SocketAddr, id: AssociationId, reason: Option<CloseReason>) {
        let endpoint = self.endpoints.get_mut(&address);
        let gone = endpoint.and_then(|endpoint| endpoint.associations.remove(&id));
        if let (Some(_), Some(reason)) = (gone, reason) {
            let association = id;
            self.tell(
                address,
                TransportEvent::Closed {
                    association,
                    reason,
                },
            );
        }
    }

    /// Ends all associations of `near`, or those with `far`, at both ends.
    fn close_all(&mut self, near: SocketAddr, far: Option<SocketAddr>, reason: &CloseReason) {
        let Some(endpoint) = self.endpoints.get(&near) else {
            return;
        };
        let ends = endpoint.associations.iter();
        let hit = ends.filter(|(_, end)| far.is_none_or(|far| far == end.peer));
        let ids: Vec<_> = hit.map(|(&id, end)| (id, end.peer, end.far)).collect();
        for (id, peer, far) in ids {
            self.detach(near, id, Some(reason.clone()));
            self.detach(peer, far, Some(reason.clone()));
        }
    }

    /// A message was taken by its receiver: its sender has room for more.
    fn on_taken(
        &mut self,
        receiver: SocketAddr,
        id: AssociationId,
        stream: StreamId,
        bytes: usize,
    ) {
        let Some((sender, far)) = self.end(receiver, id).map(|end| (end.peer, end.far)) else {
            return;
        };
        let Some(end) = self.end_mut(sender, far) else {
            return;
        };
        let under_way = end.under_way.entry(stream).or_default();
        *under_way -= bytes;
        let has_room = *under_way < STREAM_BUFFER_BYTES_MAX;
        let is_delivered = end.under_way.values().all(|&bytes| bytes == 0);
        let is_over = end.closing && is_delivered;
        if has_room && end.was_full.replace(false) {
            self.tell(sender, TransportEvent::Drained { association: far });
        }
        if is_over {
            self.detach(sender, far, Some(CloseReason::Closed));
            self.detach(receiver, id, Some(CloseReason::Closed));
        }
    }
}

impl Transport for InProcess {
    fn local_address(&self) -> SocketAddr {
        self.address
    }

    fn message_bytes_max(&self) -> usize {
        MESSAGE_BYTES_MAX
    }

    fn connect(&mut self, address: SocketAddr) -> AssociationId {
        let mut wire = self.wire.borrow_mut();
        let endpoint = &wire.endpoints[&self.address];
        let known = endpoint
            .associations
            .iter()
            .find(|(_, end)| end.peer == address && !end.is_apart);
        if let Some((&id, _)) = known {
            return id;
        }
        wire.connect(self.address, address, false)
    }

    fn connect_apart(&mut self, address: SocketAddr) -> AssociationId {
        let mut wire = self.wire.borrow_mut();
        wire.connect(self.address, address, true)
    }

    fn has_room(&self, association: AssociationId, stream: StreamId) -> bool {
        let wire = self.wire.borrow();
        let Some(end) = wire.end(self.address, association) else {
            return false;
        };
        let under_way = end.under_way.get(&stream).copied().unwrap_or(0);
        let has_room = under_way < STREAM_BUFFER_BYTES_MAX;
        end.was_full.set(end.was_full.get() || !has_room);
        has_room && !end.closing
    }

    fn send(&mut self, association: AssociationId, message: Message) -> Result<(), SendError> {
        check(&message, MESSAGE_BYTES_MAX)?;
        let mut wire = self.wire.borrow_mut();
        let end = wire
            .end_mut(self.address, association)
            .ok_or(SendError::Gone)?;
        if end.closing {
            return Err(SendError::Gone);
        }
        let under_way = end.under_way.entry(message.stream).or_default();
        if *under_way >= STREAM_BUFFER_BYTES_MAX {
            end.was_full.set(true);
            return Err(SendError::Full);
        }
        *under_way += message.payload.len();
        let (peer, far) = (end.peer, end.far);
        let received = TransportEvent::Received {
            association: far,
            stream: message.stream,
            ppid: message.ppid,
            payload: Bytes::from(message.payload),
        };
        wire.tell(peer, received);
        Ok(())
    }

    fn flush(&mut self) {}

    fn close(&mut self, association: AssociationId) {
        let mut wire = self.wire.borrow_mut();
        let Some(end) = wire.end_mut(self.address, association) else {
            return;
        };
        end.closing = true;
        let (peer, far) = (end.peer, end.far);
        if end.under_way.values().all(|&bytes| bytes == 0) {
            wire.detach(self.address, association, Some(CloseReason::Closed));
            wire.detach(peer, far, Some(CloseReason::Closed));
        }
    }

    fn abort(&mut self, association: AssociationId) {
        let mut wire = self.wire.borrow_mut();
        if let Some((peer, far)) = wire
            .end(self.address, association)
            .map(|end| (end.peer, end.far))
        {
            wire.detach(self.address, association, None);
            let reason = CloseReason::Aborted("by the other end".into());
            wire.detach(peer, far, Some(reason));
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TransportEvent> {
        let mut wire = self.wire.borrow_mut();
        let endpoint = wire.endpoints.get_mut(&self.address);
        let endpoint = endpoint.expect("an endpoint is there until it is dropped");
        let Some(event) = endpoint.events.pop_front() else {
            endpoint.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if let TransportEvent::Received {
            association,
            stream,
            ref payload,
            ..
        } = event
        {
            wire.on_taken(self.address, association, stream, payload.len());
        }
        Poll::Ready(event)
    }

    fn counters(&self) -> TransportCounters {
        TransportCounters::default()
    }
}

impl Drop for InProcess {
    /// Its peers see it vanish.
    fn drop(&mut self) {
        let mut wire = self.wire.borrow_mut();
        wire.close_all(self.address, None, &CloseReason::Vanished);
        wire.endpoints.remove(&self.address);
    }
}
