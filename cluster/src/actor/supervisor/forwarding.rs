//! News from a coordinator of this node to the other members of its flight.

use actix::prelude::*;
use raptor_core::flight::Audience;
use raptor_core::{FlightId, MemberIndex, NodeId};

use super::Supervisor;
use crate::envelope::{Envelope, News};
use crate::wire;

/// A coordinator has news for other members.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Forward {
    pub(crate) flight: FlightId,
    pub(crate) from: MemberIndex,
    pub(crate) to: Audience,
    pub(crate) news: News,
}

impl Supervisor {
    /// The nodes to which news for `to` go.
    fn audience(&self, flight: FlightId, to: Audience) -> Vec<NodeId> {
        let others = self
            .supervision
            .others(flight)
            .filter(|(member, _)| match to {
                Audience::All => true,
                Audience::One(one) => *member == one,
            });
        others.map(|(_, record)| record.node.clone()).collect()
    }
}

impl Handler<Forward> for Supervisor {
    type Result = ();

    fn handle(&mut self, forward: Forward, _: &mut Self::Context) {
        let Forward {
            flight,
            from,
            to,
            news,
        } = forward;
        let nodes = self.audience(flight, to);
        if !nodes.is_empty() {
            for news in news.parts() {
                let envelope = wire::encode(&Envelope::Flight { flight, from, news });
                for node in &nodes {
                    self.post_bytes(node, flight, envelope.clone());
                }
            }
        }
    }
}
