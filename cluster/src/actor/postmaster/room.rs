//! How much may wait for one peer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Room for bytes that wait. Any thread may enter; what has entered leaves when its place is dropped.
///
/// Whatever comes when there is room is taken, however long it is: so as much waits as the room has,
/// and one more.
pub(crate) struct Room {
    bytes_max: usize,
    waiting_bytes: AtomicUsize,
    is_freed: Notify,
}

/// The room that so many bytes take up until it is dropped.
pub(crate) struct Place {
    room: Arc<Room>,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.leave(self.bytes);
    }
}

impl Room {
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes_max,
            waiting_bytes: AtomicUsize::new(0),
            is_freed: Notify::new(),
        })
    }

    /// Lets so many bytes in, if there is room.
    pub(crate) fn enter(self: &Arc<Self>, bytes: usize) -> Option<Place> {
        let add = |waiting| (waiting < self.bytes_max).then_some(waiting + bytes);
        let entered = self
            .waiting_bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
        entered.is_ok().then(|| self.place(bytes))
    }

    /// Lets so many bytes in, whether there is room or not.
    pub(crate) fn squeeze_in(self: &Arc<Self>, bytes: usize) -> Place {
        self.waiting_bytes.fetch_add(bytes, Ordering::AcqRel);
        self.place(bytes)
    }

    fn place(self: &Arc<Self>, bytes: usize) -> Place {
        let room = Arc::clone(self);
        Place { room, bytes }
    }

    /// Resolves when there is room, or when there will be none any more. It is to be asked for before
    /// one tries to enter, so that nothing is missed in between.
    pub(crate) fn freed(&self) -> tokio::sync::futures::Notified<'_> {
        self.is_freed.notified()
    }

    /// Wakes all who wait for room.
    pub(crate) fn wake(&self) {
        self.is_freed.notify_waiters();
    }

    /// So many bytes have left. Those who wait are woken when half of the room is free, so that they
    /// come in many at a time.
    fn leave(&self, bytes: usize) {
        let before = self.waiting_bytes.fetch_sub(bytes, Ordering::AcqRel);
        let half = self.bytes_max / 2;
        if before > half && before - bytes <= half {
            self.wake();
        }
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
