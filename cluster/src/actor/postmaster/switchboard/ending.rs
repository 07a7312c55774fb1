//! How sessions end that do not end by themselves: too slow ones, and all of them at the close.

use std::time::Duration;

use tokio::time::Instant;

use super::{Closing, Switchboard};
use crate::actor::postmaster::session::Leaving;
use crate::actor::postmaster::{Closed, PeerDownReason};
use crate::transport::CloseReason;

impl Switchboard {
    /// Begins to end. [`closed`](Self::closed) tells when it has.
    pub(in super::super) fn close(&mut self, now: Instant, within: Duration) {
        let until = now + within;
        if let Some(closing) = &mut self.closing {
            closing.until = closing.until.min(until);
            return;
        }
        let outcome = Closed::default();
        self.closing = Some(Closing { until, outcome });
        for id in self.keeps.clear() {
            self.hang_up(id);
        }
        for (node, absent) in self.absents.take_all() {
            if let Some(id) = absent.dialing.filter(|id| !self.sessions.contains_key(id)) {
                self.transport.abort(id);
            }
            if let Some(closing) = self.closing.as_mut().filter(|_| !absent.outbox.is_empty()) {
                closing.outcome.cut_off += 1;
            }
            self.give_up(&node, absent, PeerDownReason::CutOff);
        }
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for id in ids {
            let session = self.session(id);
            if session.peer().is_some() {
                session.link.close();
                session.leaving = Leaving::WhenDrained;
                self.list(id);
            } else if !session.is_refused() {
                self.transport.abort(id);
                self.sessions.remove(&id);
            }
        }
    }

    /// How it ended, once it has.
    pub(in super::super) fn closed(&self) -> Option<Closed> {
        let closing = self.closing.as_ref()?;
        self.sessions.is_empty().then_some(closing.outcome)
    }

    /// Cuts off the sessions whose stage took too long.
    pub(super) fn cut_off_slow(&mut self, now: Instant) {
        self.look_at = None;
        let deadlines = self.sessions.iter();
        let deadlines = deadlines.filter_map(|(&id, session)| Some((id, session.deadline()?)));
        for (id, deadline) in deadlines.collect::<Vec<_>>() {
            if deadline > now {
                self.look_by(deadline);
                continue;
            }
            self.transport.abort(id);
            let reason = CloseReason::Aborted("it took too long to greet or to go".into());
            self.on_closed(id, reason, now);
        }
    }

    pub(super) fn cut_off_all(&mut self) {
        for (id, session) in std::mem::take(&mut self.sessions) {
            self.transport.abort(id);
            if let Some(peer) = session.peer() {
                self.lose(peer, &session, PeerDownReason::CutOff);
                if let Some(closing) = &mut self.closing {
                    closing.outcome.cut_off += 1;
                }
            }
        }
    }
}
