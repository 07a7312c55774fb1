//! How a node leads and follows flights whose members share nothing but an invitation.

use raptor_core::{FlightId, MemberIndex};
use tokio::sync::oneshot;

use super::Node;
use crate::activation::Activation;
use crate::invocation::Invocation;
use crate::rendezvous::{Followed, FollowedEnd, Following, Invitation};
use crate::security::ClusterKey;

impl Node {
    /// Leads a flight whose followers come by themselves: whoever is given the invitation can take
    /// one of its seats. `invocation.size` members at most, this node among them; the manifest's if
    /// it does not say. A flight of one is an ordinary one.
    ///
    /// # Panics
    ///
    /// If the operating system has no random numbers.
    pub fn lead(&self, invocation: Invocation) -> (Activation, Invitation) {
        let size = 1;
        let action = invocation.bundle.digest();
        let activation = self.invoke(Invocation {
            size: Some(size),
            ..invocation
        });
        let invitation = Invitation {
            flight: activation.id(),
            size,
            leader: self.record.clone(),
            address: self.address,
            key: ClusterKey::generate().expect("the operating system has random numbers"),
            action,
        };
        (activation, invitation)
    }

    /// Follows a flight of another node, as one of its members. The invocation is this node's own
    /// copy of the same activation: its code, parameters and timeout; its size does not matter.
    ///
    /// It computes from the beginning, and reaches the leader meanwhile.
    pub fn follow(
        &self,
        invitation: Invitation,
        _member: MemberIndex,
        _invocation: Invocation,
    ) -> Following {
        let (end, ended) = oneshot::channel();
        let why = "this build does not follow yet".to_owned();
        // It is received below.
        let _ = end.send(Followed::idle(FollowedEnd::Refused(why)));
        Following::new(invitation.flight, ended, || {})
    }

    /// A follower of a flight led here will not come (the platform refused it, for example): nobody
    /// waits for it any more.
    pub fn decline(&self, flight: FlightId, member: MemberIndex, why: String) {
        tracing::info!(%flight, member = member.0, %why, "a follower will not come");
    }
}
