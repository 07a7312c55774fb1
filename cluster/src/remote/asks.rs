//! The questions to one peer that are not answered yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::Undeliverable;

/// The body of an answer, or why there is none.
pub(super) type Reply = Result<Bytes, Undeliverable>;

/// Questions by number. Asked from any thread, answered from the node's; closed when the peer is down.
#[derive(Default)]
pub(super) struct Asks(Mutex<State>);

#[derive(Default)]
struct State {
    last: u64,
    pending: HashMap<u64, oneshot::Sender<Reply>>,
    is_closed: bool,
}

impl Asks {
    /// Notes a question; its reply comes, or the peer is down. `None` if it is down already.
    pub(super) fn note(&self) -> Option<(u64, oneshot::Receiver<Reply>)> {
        let (reply, replied) = oneshot::channel();
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        state.last += 1;
        let number = state.last;
        state.pending.insert(number, reply);
        Some((number, replied))
    }

    /// The peer has answered. What is not waited for any more is too late.
    pub(super) fn resolve(&self, number: u64, reply: Reply) {
        let pending = self.state().pending.remove(&number);
        if let Some(pending) = pending {
            // Whoever asked may have gone.
            let _ = pending.send(reply);
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn forget(&self, number: u64) {
        self.state().pending.remove(&number);
    }

    /// The peer is held for gone: what it was asked will not be answered. It may be asked again.
    pub(super) fn lose(&self) {
        let pending = std::mem::take(&mut self.state().pending);
        drop(pending);
    }

    /// The peer is down: nothing will be answered.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let pending = std::mem::take(&mut state.pending);
        drop(state);
        drop(pending);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
