//! What the threads of a process share to exchange mail with other nodes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix::{Addr, Recipient};
use dashmap::DashMap;
use raptor_core::NodeId;

use super::correspondent::Correspondent;
use super::directory::Directory;
use super::mail::Letter;
use super::rosters::Rosters;
use super::{RemoteError, Undelivered, WatchId, meter};
use crate::actor::Supervisor;
use crate::actor::postmaster::{Collect, Destination, PeerId, Token};

/// The mail of a node: whom it can write to, and which of its actors can be written to.
///
/// Whoever sends does so on its own thread; what arrives is delivered on the node's.
pub(crate) struct Mailroom {
    node: NodeId,
    supervisor: Addr<Supervisor>,
    postmaster: Recipient<Collect>,
    /// The nodes that are up, and this one.
    correspondents: DashMap<NodeId, Arc<Correspondent>>,
    pub(crate) directory: Directory,
    pub(crate) rosters: Rosters,
    undelivered: Mutex<Option<Recipient<Undelivered>>>,
    watches: AtomicU64,
    is_closed: AtomicBool,
}

impl Mailroom {
    /// The mail of a node whose `supervisor` brings what arrives.
    pub(crate) fn new(
        node: NodeId,
        supervisor: Addr<Supervisor>,
        postmaster: Recipient<Collect>,
    ) -> Arc<Self> {
        let mailroom = Self {
            directory: Directory::new(supervisor.clone().recipient()),
            node: node.clone(),
            postmaster,
            correspondents: DashMap::new(),
            rosters: Rosters::default(),
            undelivered: Mutex::new(None),
            watches: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
            supervisor,
        };
        // Its own mail goes the same way, but for the network.
        let collector = mailroom.supervisor.clone().recipient();
        let ourselves = Correspondent::new(node.clone(), PeerId::OURSELVES.into(), collector);
        mailroom.correspondents.insert(node, ourselves);
        Arc::new(mailroom)
    }

    /// Which node's it is.
    pub(crate) fn node(&self) -> &NodeId {
        &self.node
    }

    pub(super) fn supervisor(&self) -> &Addr<Supervisor> {
        &self.supervisor
    }

    /// A node that is up, or this one.
    pub(crate) fn correspondent(&self, node: &NodeId) -> Result<Arc<Correspondent>, RemoteError> {
        if let Some(correspondent) = self.correspondents.get(node) {
            return Ok(Arc::clone(&correspondent));
        }
        Err(match self.is_closed.load(Ordering::Acquire) {
            true => RemoteError::Stopped,
            false => RemoteError::Unreachable(node.clone()),
        })
    }

    /// A node can be written to. Whatever was to be answered under its name before is lost.
    pub(crate) fn open(&self, node: NodeId, to: Destination) -> Arc<Correspondent> {
        let correspondent = Correspondent::new(node.clone(), to, self.postmaster.clone());
        let before = self.correspondents.insert(node, Arc::clone(&correspondent));
        if let Some(before) = before {
            before.close();
        }
        correspondent
    }

    /// A node is down. All questions to it fail.
    pub(crate) fn close(&self, correspondent: &Arc<Correspondent>) {
        let is_it = |_: &NodeId, there: &Arc<Correspondent>| Arc::ptr_eq(there, correspondent);
        self.correspondents.remove_if(correspondent.node(), is_it);
        correspondent.close();
    }

    /// The node has ended: nothing is sent any more.
    pub(crate) fn close_all(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.correspondents.retain(|_, correspondent| {
            correspondent.close();
            false
        });
    }

    pub(crate) fn on_tell(
        &self,
        from: &Arc<Correspondent>,
        Letter { address, body }: Letter<'_>,
        receipt: Token,
    ) {
        let told = match self.directory.find(address) {
            Ok(door) => door.tell(from, address.version, body, receipt),
            Err(why) => Err((why, receipt)),
        };
        if let Err((why, receipt)) = told {
            meter::on_refused(why);
            from.bounce(address, why, receipt);
        }
    }

    pub(crate) fn on_ask(
        &self,
        from: &Arc<Correspondent>,
        number: u64,
        Letter { address, body }: Letter<'_>,
        receipt: Token,
    ) {
        let asked = match self.directory.find(address) {
            Ok(door) => door.ask(from, number, body, receipt),
            Err(why) => Err((why, receipt)),
        };
        if let Err((why, receipt)) = asked {
            meter::on_refused(why);
            from.decline(number, why, receipt);
        }
    }

    /// A letter of ours came back.
    pub(crate) fn on_bounced(&self, undelivered: Undelivered) {
        meter::on_bounced(&undelivered);
        let recipient = self.undelivered.lock();
        let recipient = recipient.unwrap_or_else(PoisonError::into_inner);
        if let Some(recipient) = &*recipient {
            recipient.do_send(undelivered);
        }
    }

    /// Who is told what could not be delivered, instead of whoever was before.
    pub(crate) fn set_undelivered(&self, recipient: Recipient<Undelivered>) {
        let place = self.undelivered.lock();
        *place.unwrap_or_else(PoisonError::into_inner) = Some(recipient);
    }

    pub(super) fn next_watch(&self) -> WatchId {
        WatchId(self.watches.fetch_add(1, Ordering::Relaxed))
    }
}
