//! The actors that exchange messages, and their messages.

use std::thread;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_cluster::Node;
use raptor_cluster::remote::RemoteMessage;
use serde::{Deserialize, Serialize};

use super::load::PAYLOAD_BYTES;

/// The name of the actor that answers at once.
pub(super) const RESPONDER: &str = "responder";

/// The name of the actor that takes [`DELIBERATION`] for each message.
pub(super) const SLOWCOACH: &str = "slowcoach";

/// How long a slow actor takes for one message.
const DELIBERATION: Duration = Duration::from_millis(1);

/// Answered with the beginning of its bytes.
#[derive(Serialize, Deserialize)]
pub(super) struct Echo(pub(super) Bytes);

impl Message for Echo {
    type Result = Bytes;
}

impl RemoteMessage for Echo {
    const KIND: &'static str = "echo";
}

/// Told, not asked.
#[derive(Serialize, Deserialize)]
pub(super) struct Note(pub(super) Bytes);

impl Message for Note {
    type Result = ();
}

impl RemoteMessage for Note {
    const KIND: &'static str = "note";
}

/// How many notes have come?
#[derive(Serialize, Deserialize)]
pub(super) struct Count;

impl Message for Count {
    type Result = u64;
}

impl RemoteMessage for Count {
    const KIND: &'static str = "count";
}

/// Never answered.
#[derive(Serialize, Deserialize)]
pub(super) struct Silence;

impl Message for Silence {
    type Result = ();
}

impl RemoteMessage for Silence {
    const KIND: &'static str = "silence";
}

/// Starts the actors of the far node and makes them known. The slow one's thread ends with the
/// process.
pub(super) fn start(node: &Node) {
    let responder = Responder::start_in_arbiter(&node.arbiter(), |_| Responder::default());
    node.register::<Echo>(RESPONDER, responder.clone().recipient());
    node.register::<Note>(RESPONDER, responder.clone().recipient());
    node.register::<Count>(RESPONDER, responder.clone().recipient());
    node.register::<Silence>(RESPONDER, responder.recipient());
    let slowcoach = Slowcoach::start_in_arbiter(&Arbiter::new().handle(), |_| Slowcoach);
    node.register::<Note>(SLOWCOACH, slowcoach.recipient());
}

#[derive(Default)]
struct Responder {
    notes: u64,
}

impl Actor for Responder {
    type Context = Context<Self>;
}

impl Handler<Echo> for Responder {
    type Result = MessageResult<Echo>;

    fn handle(&mut self, Echo(mut bytes): Echo, _: &mut Context<Self>) -> Self::Result {
        bytes.truncate(PAYLOAD_BYTES);
        MessageResult(bytes)
    }
}

impl Handler<Note> for Responder {
    type Result = ();

    fn handle(&mut self, _: Note, _: &mut Context<Self>) {
        self.notes += 1;
    }
}

impl Handler<Count> for Responder {
    type Result = u64;

    fn handle(&mut self, _: Count, _: &mut Context<Self>) -> u64 {
        self.notes
    }
}

impl Handler<Silence> for Responder {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Silence, _: &mut Context<Self>) -> Self::Result {
        Box::pin(std::future::pending())
    }
}

struct Slowcoach;

impl Actor for Slowcoach {
    type Context = Context<Self>;
}

impl Handler<Note> for Slowcoach {
    type Result = ();

    fn handle(&mut self, _: Note, _: &mut Context<Self>) {
        thread::sleep(DELIBERATION);
    }
}
