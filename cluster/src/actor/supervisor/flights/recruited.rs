//! Flights that another node of the cluster has asked this one to take part in.

use std::sync::Arc;

use actix::prelude::*;
use raptor_core::NodeRecord;
use raptor_core::supervision::{Event, Recruit};

use super::{Payload, Role};
use crate::actor::supervisor::Supervisor;
use crate::bundle::Action;
use crate::clock::Clock;
use crate::envelope;

impl Supervisor {
    pub(super) fn on_recruit(
        &mut self,
        recruit: envelope::Recruit,
        leader: NodeRecord,
        action: Arc<Action>,
        ctx: &mut Context<Self>,
    ) {
        let envelope::Recruit {
            flight,
            member,
            size,
            seats,
            bundle: _,
            params,
            surroundings,
            policy,
            remaining,
        } = recruit;
        let payload = Payload {
            action,
            params,
            surroundings: Arc::new(surroundings),
            policy,
            clock: Clock::new(),
            timeout: remaining,
            role: Role::Follower,
        };
        let members = seats
            .into_iter()
            .map(|seat| (seat.member, seat.record))
            .collect();
        let recruit = Recruit {
            flight,
            member,
            size,
            members,
        };
        self.begin(
            flight,
            payload,
            Event::RecruitAsked { leader, recruit },
            ctx,
        );
    }
}
