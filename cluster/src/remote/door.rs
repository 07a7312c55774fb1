//! Doors: how letters of one kind reach one actor.

use std::collections::VecDeque;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use actix::Recipient;
use actix::dev::RecipientRequest;
use serde::Serialize;

use super::correspondent::Correspondent;
use super::directory::Bell;
use super::mail::Address;
use super::{RemoteMessage, Undeliverable, open, seal_into};
use crate::actor::postmaster::Token;
use crate::wire;

/// So many told letters at most wait for the one before them, to be seen through together by one task.
/// If their actor handles them out of order, their receipts are kept that much longer.
const TOGETHER_MAX: usize = 16;

/// A letter was not delivered; its receipt is given back.
pub(super) type Refused = (Undeliverable, Token);

/// The way to an actor for letters of one kind. All is called on the node's thread, but for
/// [`is_open`](Self::is_open).
pub(super) trait Door: Send + Sync {
    /// Whether the actor runs.
    fn is_open(&self) -> bool;

    /// Hands over a told letter; its receipt is held until the actor has handled it.
    fn tell(
        &self,
        from: &Arc<Correspondent>,
        version: u16,
        body: &[u8],
        receipt: Token,
    ) -> Result<(), Refused>;

    /// Hands over a question; its receipt is held until its answer has left.
    fn ask(
        &self,
        from: &Arc<Correspondent>,
        number: u64,
        body: &[u8],
        receipt: Token,
    ) -> Result<(), Refused>;
}

/// A door for messages of one type.
pub(super) struct TypedDoor<M: RemoteMessage>
where
    M::Result: Send,
{
    recipient: Recipient<M>,
    unhandled: Arc<Unhandled<M>>,
}

/// The told letters that the actor has and has not handled.
struct Unhandled<M: RemoteMessage>
where
    M::Result: Send,
{
    actor: Arc<str>,
    bell: Arc<Bell>,
    queue: Mutex<Queue<M>>,
}

struct Queue<M: RemoteMessage>
where
    M::Result: Send,
{
    told: VecDeque<Told<M>>,
    /// How many tasks see letters through.
    tasks: usize,
}

/// What became of a message in the first moment.
enum Handed<M: RemoteMessage>
where
    M::Result: Send,
{
    Over(Pin<Box<RecipientRequest<M>>>),
    Handled(M::Result),
}

struct Told<M: RemoteMessage>
where
    M::Result: Send,
{
    request: Pin<Box<RecipientRequest<M>>>,
    from: Arc<Correspondent>,
    version: u16,
    receipt: Token,
}

impl<M: RemoteMessage> TypedDoor<M>
where
    M::Result: Send,
{
    pub(super) fn new(actor: Arc<str>, recipient: Recipient<M>, bell: Arc<Bell>) -> Self {
        let queue = Mutex::new(Queue {
            told: VecDeque::new(),
            tasks: 0,
        });
        let unhandled = Unhandled { actor, bell, queue };
        Self {
            recipient,
            unhandled: Arc::new(unhandled),
        }
    }

    /// Puts a message into the actor's mailbox, after those that were put there before.
    fn hand_over(&self, body: &[u8]) -> Result<Handed<M>, Undeliverable> {
        let message: M = open(body).ok_or(Undeliverable::Malformed)?;
        let mut request = Box::pin(self.recipient.send(message));
        // A full mailbox takes the message when it is first polled; later, the next would overtake it.
        let mut nobody = Context::from_waker(Waker::noop());
        match request.as_mut().poll(&mut nobody) {
            Poll::Pending => Ok(Handed::Over(request)),
            // On a thread of its own the actor may have been that quick.
            Poll::Ready(Ok(answer)) => Ok(Handed::Handled(answer)),
            Poll::Ready(Err(_)) => {
                self.unhandled.bell.ring();
                Err(Undeliverable::Stopped)
            }
        }
    }
}

impl<M: RemoteMessage> Door for TypedDoor<M>
where
    M::Result: Send,
{
    fn is_open(&self) -> bool {
        self.recipient.connected()
    }

    fn tell(
        &self,
        from: &Arc<Correspondent>,
        version: u16,
        body: &[u8],
        receipt: Token,
    ) -> Result<(), Refused> {
        match self.hand_over(body) {
            Ok(Handed::Over(request)) => {
                let from = Arc::clone(from);
                self.unhandled.push(Told {
                    request,
                    from,
                    version,
                    receipt,
                });
                Ok(())
            }
            Ok(Handed::Handled(_)) => Ok(()),
            Err(why) => Err((why, receipt)),
        }
    }

    fn ask(
        &self,
        from: &Arc<Correspondent>,
        number: u64,
        body: &[u8],
        receipt: Token,
    ) -> Result<(), Refused> {
        let request = match self.hand_over(body) {
            Ok(Handed::Over(request)) => request,
            Ok(Handed::Handled(answer)) => {
                reply(from, number, &answer, receipt);
                return Ok(());
            }
            Err(why) => return Err((why, receipt)),
        };
        let (from, unhandled) = (Arc::clone(from), Arc::clone(&self.unhandled));
        actix::spawn(async move {
            match request.await {
                Ok(answer) => reply(&from, number, &answer, receipt),
                Err(_) => {
                    unhandled.bell.ring();
                    from.decline(number, Undeliverable::Stopped, receipt);
                }
            }
        });
        Ok(())
    }
}

fn reply(to: &Correspondent, number: u64, answer: &impl Serialize, receipt: Token) {
    let mut reply = wire::begin_reply(number);
    seal_into(&mut reply, answer);
    to.answer(number, reply, receipt);
}

impl<M: RemoteMessage> Unhandled<M>
where
    M::Result: Send,
{
    fn push(self: &Arc<Self>, told: Told<M>) {
        let mut queue = self.queue();
        queue.told.push_back(told);
        if queue.tasks <= queue.told.len() / TOGETHER_MAX {
            queue.tasks += 1;
            drop(queue);
            actix::spawn(Arc::clone(self).see_through());
        }
    }

    /// Waits until letters are handled, one after the other, until there is none.
    async fn see_through(self: Arc<Self>) {
        while let Some(told) = self.next() {
            let Told {
                request,
                from,
                version,
                receipt,
            } = told;
            match request.await {
                Ok(_) => drop(receipt),
                Err(_) => {
                    self.bell.ring();
                    from.bounce(self.address(version), Undeliverable::Stopped, receipt);
                }
            }
        }
    }

    fn next(&self) -> Option<Told<M>> {
        let mut queue = self.queue();
        let told = queue.told.pop_front();
        if told.is_none() {
            queue.tasks -= 1;
        }
        told
    }

    fn address(&self, version: u16) -> Address<'_> {
        Address {
            actor: &self.actor,
            kind: M::KIND,
            version,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<M>> {
        // Nothing panics while it is held.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A door, and what goes through it.
pub(super) struct Entrance {
    pub(super) kind: &'static str,
    pub(super) versions: RangeInclusive<u16>,
    pub(super) door: Arc<dyn Door>,
}
