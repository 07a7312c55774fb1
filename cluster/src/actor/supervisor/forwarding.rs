//! News from a coordinator of this node to the other members of its flight.

use actix::prelude::*;
use raptor_core::flight::Audience;
use raptor_core::{FlightId, MemberIndex, NodeRecord};

use super::Supervisor;
use crate::actor::postmaster::Destination;
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
    /// Where news for `to` go.
    fn audience(&self, flight: FlightId, to: Audience) -> Vec<Destination> {
        let others = self
            .supervision
            .others(flight)
            .filter(|(member, _)| match to {
                Audience::All => true,
                Audience::One(one) => *member == one,
            });
        let destination = |(_, record): (_, &NodeRecord)| self.destination(flight, &record.node);
        others.map(destination).collect()
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
        let audience = self.audience(flight, to);
        if !audience.is_empty() {
            for news in news.parts() {
                let envelope = wire::encode(&Envelope::Flight { flight, from, news });
                for to in &audience {
                    self.post_to(to.clone(), flight, envelope.clone());
                }
            }
        }
    }
}
