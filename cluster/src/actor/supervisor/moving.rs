//! How a node follows the address of its host.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::membership::Event;
use raptor_sys::AddressWatch;
use tokio::sync::Notify;
use tracing::{info, warn};

use super::Supervisor;
use crate::actor::postmaster::Move;
use crate::whereabouts::{NowhereError, Whereabouts};

/// An interface gets its addresses and routes one after the other: what comes within this is one change.
const SETTLE_TIME: Duration = Duration::from_millis(50);

/// What a node needs to follow the address of its host.
#[derive(Clone)]
pub(super) struct Follower {
    whereabouts: Whereabouts,
    /// Something besides the host's addresses may have changed.
    stirred: Rc<Notify>,
}

impl Follower {
    pub(super) fn new(whereabouts: Whereabouts) -> Self {
        Self {
            whereabouts,
            stirred: Rc::default(),
        }
    }

    /// Has the address looked for again: a name may mean something else by now.
    pub(super) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Waits for a change, and finds where the node is then.
    async fn next(
        &self,
        watch: &AddressWatch,
        before: SocketAddr,
    ) -> Option<Result<SocketAddr, NowhereError>> {
        tokio::select! {
            changed = watch.changed() => {
                if let Err(error) = changed {
                    warn!(%error, "this node cannot follow the address of its host any more");
                    return None;
                }
                tokio::time::sleep(SETTLE_TIME).await;
            }
            () = self.stirred.notified() => {}
        }
        Some(self.whereabouts.find(Some(before)).await)
    }
}

impl Supervisor {
    /// Follows the address of this host from now on, if the settings let it.
    pub(super) fn follow_address(&self, ctx: &mut Context<Self>) {
        if !self.follower.whereabouts.may_change() {
            return;
        }
        match AddressWatch::begin() {
            Ok(watch) => self.await_change(watch, ctx),
            Err(error) => warn!(%error, "this node cannot follow the address of its host"),
        }
    }

    fn await_change(&self, watch: AddressWatch, ctx: &mut Context<Self>) {
        let follower = self.follower.clone();
        let before = *self.services.address.borrow();
        let change = async move {
            let found = follower.next(&watch, before).await;
            (watch, found)
        };
        ctx.spawn(change.into_actor(self).map(|(watch, found), node, ctx| {
            match found {
                Some(Ok(address)) => node.membership_drive(Event::Moved { address }, ctx),
                Some(Err(error)) => warn!("failed to {error}; it stays where it was"),
                None => return,
            }
            node.await_change(watch, ctx);
        }));
    }

    /// Tells peers, from now on, and whoever asks in this process.
    pub(super) fn move_to(&self, address: SocketAddr, moved: u32) {
        let before = self.services.address.send_replace(address);
        info!(%before, %address, moved, "this node has moved");
        self.services.postmaster.do_send(Move { address, moved });
    }
}
