//! The actions of this node's own process: kept at hand, and their processes started ahead.

use std::future::ready;

use actix::prelude::*;

use super::Supervisor;
use crate::actor::warm_pool::Prepare;
use crate::bundle::Bundle;
use crate::surroundings::Surroundings;

/// Start processes ahead for the functions of an action.
#[derive(Message)]
#[rtype(result = "Result<(), String>")]
pub(crate) struct Warm {
    pub(crate) bundle: Bundle,
    pub(crate) surroundings: Surroundings,
}

impl Supervisor {
    /// Has the action of a request of this process at hand, if nobody could send it.
    pub(super) fn have(&mut self, bundle: &Bundle) {
        if bundle.bytes().is_none() {
            let had = self.bundles.put(bundle.clone());
            had.expect("files that stay where they are need no unpacking");
        }
    }
}

impl Handler<Warm> for Supervisor {
    type Result = ResponseFuture<Result<(), String>>;

    fn handle(&mut self, warm: Warm, _: &mut Self::Context) -> Self::Result {
        let Warm {
            bundle,
            surroundings,
        } = warm;
        if let Err(oversized) = surroundings.check() {
            return Box::pin(ready(Err(oversized.to_string())));
        }
        let action = match self.bundles.put(bundle) {
            Ok(action) => action,
            Err(error) => return Box::pin(ready(Err(error.to_string()))),
        };
        let prepare = Prepare {
            action,
            surroundings,
        };
        let prepared = self.services.warm_pool.send(prepare);
        Box::pin(async { prepared.await.unwrap_or_else(|gone| Err(gone.to_string())) })
    }
}
