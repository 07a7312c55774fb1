//! Credit: how much one end may send before the other has handled it.
//!
//! A peer must never be kept from sending by its SCTP alone: its window would close, and an association
//! whose window stays closed is given up. So everything that arrives is taken at once, and how much may
//! arrive is agreed here. Each end says in its [`Hello`](super::Hello) how much it takes, and tells
//! ([`Frame::Credit`](super::frame::Frame)) how much it has handled since. There are three accounts: neither
//! mail to actors, which may be slow, nor a long result keeps the cluster's own business waiting.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use super::frame::Handled;
use super::{Hello, Lane};
use crate::transport::AssociationId;

/// What an envelope costs beside its bytes, where it waits.
pub(super) const ENTRY_BYTES: usize = 64;

/// The account of a lane's envelopes; `None` if they need no credit: they are few, dropped when they are
/// late, or asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    Mail,
    State,
    Bulk,
}

impl Account {
    pub(super) fn of(lane: Lane) -> Option<Self> {
        match lane {
            Lane::Control | Lane::Gossip | Lane::Answer(_) => None,
            Lane::Mail(_) => Some(Self::Mail),
            Lane::Flight(_) => Some(Self::State),
            Lane::Bulk => Some(Self::Bulk),
        }
    }
}

/// What an envelope of so many bytes costs.
pub(super) fn cost(bytes: usize) -> u64 {
    (bytes + ENTRY_BYTES) as u64
}

/// One account as the sender keeps it. An envelope may begin as long as anything is left: so one of
/// any length can be sent, and a peer has at most one envelope more than it granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Allowance {
    window: u64,
    granted: u64,
    charged: u64,
}

impl Allowance {
    fn new(window: u32) -> Self {
        let window = u64::from(window);
        Self {
            window,
            granted: window,
            charged: 0,
        }
    }

    fn charge(&mut self, cost: u64) -> bool {
        let may_begin = self.charged < self.granted;
        if may_begin {
            self.charged += cost;
        }
        may_begin
    }

    fn on_handled(&mut self, handled: u64) {
        // What is handled was sent before, or the peer lies: then it harms itself.
        let granted = self.window.saturating_add(handled.min(self.charged));
        self.granted = self.granted.max(granted);
    }
}

/// All accounts of what we send, or of what the peer sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Credit {
    mail: Allowance,
    state: Allowance,
    bulk: Allowance,
}

impl Credit {
    /// As the receiver's hello says it.
    pub(super) fn new(receiver: &Hello) -> Self {
        Self {
            mail: Allowance::new(receiver.mail_bytes_max),
            state: Allowance::new(receiver.state_bytes_max),
            bulk: Allowance::new(receiver.bulk_bytes_max),
        }
    }

    /// Charges an envelope that is about to begin; says whether there is credit for it.
    pub(super) fn charge(&mut self, lane: Lane, bytes: usize) -> bool {
        match Account::of(lane) {
            None => true,
            Some(Account::Mail) => self.mail.charge(cost(bytes)),
            Some(Account::State) => self.state.charge(cost(bytes)),
            Some(Account::Bulk) => self.bulk.charge(cost(bytes)),
        }
    }

    /// So much has been handled.
    pub(super) fn on_handled(&mut self, handled: Handled) {
        self.mail.on_handled(handled.mail);
        self.state.on_handled(handled.state);
        self.bulk.on_handled(handled.bulk);
    }
}

/// Wakes whoever owns the links when one of them should tell its peer what has been handled.
#[derive(Clone, Default)]
pub(crate) struct Bell(Arc<Mutex<Rung>>);

#[derive(Default)]
struct Rung {
    links: Vec<AssociationId>,
    waker: Option<Waker>,
}

impl Bell {
    /// The links that rang since this was last asked; the next one wakes `waker`.
    pub(crate) fn take(&self, waker: &Waker) -> Vec<AssociationId> {
        let mut rung = self.0.lock().expect("nobody panics while it rings");
        rung.waker = Some(waker.clone());
        std::mem::take(&mut rung.links)
    }

    fn ring(&self, link: AssociationId) {
        let mut rung = self.0.lock().expect("nobody panics while it rings");
        rung.links.push(link);
        if let Some(waker) = rung.waker.take() {
            waker.wake();
        }
    }
}

/// What has been handled of one link's envelopes. Written by whoever handles them, on any thread.
pub(super) struct Ledger {
    mail: Entry,
    state: Entry,
    bulk: Entry,
    bell: Bell,
    link: AssociationId,
}

struct Entry {
    handled: AtomicU64,
    arrived: AtomicU64,
    /// When so much is handled, the peer should be told.
    ring_at: AtomicU64,
    step: u64,
}

/// The peer is told whenever this share of its window has been handled.
const STEPS: u64 = 4;

impl Entry {
    fn new(window: u32) -> Self {
        let step = u64::from(window) / STEPS;
        Self {
            handled: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            ring_at: AtomicU64::new(step),
            step,
        }
    }

    /// Says whether the peer should be told.
    fn add(&self, cost: u64) -> bool {
        let handled = self.handled.fetch_add(cost, Ordering::AcqRel) + cost;
        handled >= self.ring_at.load(Ordering::Acquire)
            && self.ring_at.swap(u64::MAX, Ordering::AcqRel) != u64::MAX
    }

    /// What is to be told; rings again a step later.
    fn tell(&self) -> u64 {
        let handled = self.handled.load(Ordering::Acquire);
        self.ring_at.store(handled + self.step, Ordering::Release);
        handled
    }

    fn is_settled(&self) -> bool {
        self.handled.load(Ordering::Acquire) == self.arrived.load(Ordering::Acquire)
    }
}

impl Ledger {
    pub(super) fn new(receiver: &Hello, bell: Bell, link: AssociationId) -> Arc<Self> {
        Arc::new(Self {
            mail: Entry::new(receiver.mail_bytes_max),
            state: Entry::new(receiver.state_bytes_max),
            bulk: Entry::new(receiver.bulk_bytes_max),
            bell,
            link,
        })
    }

    fn entry(&self, account: Account) -> &Entry {
        match account {
            Account::Mail => &self.mail,
            Account::State => &self.state,
            Account::Bulk => &self.bulk,
        }
    }

    /// What the peer is to be told.
    pub(super) fn tell(&self) -> Handled {
        Handled {
            mail: self.mail.tell(),
            state: self.state.tell(),
            bulk: self.bulk.tell(),
        }
    }

    /// Whether everything that arrived has been handled.
    pub(super) fn is_settled(&self) -> bool {
        self.mail.is_settled() && self.state.is_settled() && self.bulk.is_settled()
    }

    /// An envelope has arrived.
    pub(super) fn receipt(self: &Arc<Self>, lane: Lane, bytes: usize) -> Receipt {
        Receipt(Account::of(lane).map(|account| {
            let cost = cost(bytes);
            self.entry(account)
                .arrived
                .fetch_add(cost, Ordering::AcqRel);
            Open {
                ledger: Arc::clone(self),
                account,
                cost,
            }
        }))
    }
}

/// Stands for an envelope that arrived and is not handled yet. Drop it when the envelope, and whatever
/// was made of it, no longer needs memory or time: the peer may then send as much more.
#[must_use = "the peer may send more as soon as it is dropped"]
pub struct Receipt(Option<Open>);

struct Open {
    ledger: Arc<Ledger>,
    account: Account,
    cost: u64,
}

impl Receipt {
    /// Of an envelope that needs no credit, or came from nowhere.
    pub const fn none() -> Self {
        Self(None)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.ledger.entry(self.account).add(self.cost) {
            self.ledger.bell.ring(self.ledger.link);
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cost = self.0.as_ref().map_or(0, |open| open.cost);
        write!(f, "Receipt({cost})")
    }
}
