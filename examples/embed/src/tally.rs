//! An actor as any of actix: that its messages come from other nodes makes no difference to it.

use actix::prelude::*;
use raptor_cluster::remote::RemoteMessage;
use serde::{Deserialize, Serialize};

/// Adds up what it is sent.
#[derive(Default)]
pub(crate) struct Tally {
    sum: u64,
}

/// Add this; the answer is the sum so far.
#[derive(Message, Serialize, Deserialize)]
#[rtype(result = "u64")]
pub(crate) struct Add(pub(crate) u64);

impl RemoteMessage for Add {
    const KIND: &'static str = "embed.add";
}

impl Actor for Tally {
    type Context = Context<Self>;
}

impl Handler<Add> for Tally {
    type Result = u64;

    fn handle(&mut self, Add(number): Add, _: &mut Self::Context) -> u64 {
        self.sum += number;
        self.sum
    }
}
