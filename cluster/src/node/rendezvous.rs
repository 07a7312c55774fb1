//! How a node leads and follows flights whose members share nothing but an invitation.

use raptor_core::{FlightId, MemberIndex};
use tokio::sync::mpsc;

use super::Node;
use crate::activation::Activation;
use crate::actor::{Cancel, DeclineSeat, LocalFollow, LocalInvoke, Silence};
use crate::answer::{ActivationEvent, Answer};
use crate::invocation::Invocation;
use crate::rendezvous::{FollowedEnd, Following, Invitation};
use crate::security::ClusterKey;

/// Why a node without keys takes no part in such flights.
const NO_KEYS: &str = "this node authenticates nobody (transport.security = \"none\"), \
                       so that members of a flight could not be told from strangers";

impl Node {
    /// Leads a flight whose followers come by themselves: whoever is given the invitation can take
    /// one of its seats, and nothing else. `invocation.size` members at most, this node among them;
    /// as many as the manifest says if it does not. A flight of one is an ordinary one, for which
    /// nobody is let in.
    ///
    /// The leader waits for nobody. For as long as [`FlightConfig::join_timeout`] it counts on
    /// those who have not come and were not [declined](Self::decline): a function that has failed
    /// on all members that are there may still succeed on them.
    ///
    /// # Panics
    ///
    /// If the operating system has no random numbers.
    ///
    /// [`FlightConfig::join_timeout`]: crate::FlightConfig::join_timeout
    pub fn lead(&self, invocation: Invocation) -> (Activation, Invitation) {
        let id = FlightId(uuid::Uuid::new_v4().as_u128());
        let size = invocation
            .size
            .unwrap_or_else(|| invocation.bundle.flight_size());
        let key = ClusterKey::generate().expect("the operating system has random numbers");
        let invitation = Invitation {
            flight: id,
            size,
            leader: self.record.clone(),
            address: self.address(),
            key: key.clone(),
            action: invocation.bundle.digest(),
        };
        let (events, heard) = mpsc::unbounded_channel();
        if size > 1 && !self.authenticates {
            // It is received below.
            let refused = Answer::Refused(NO_KEYS.to_owned());
            let _ = events.send(ActivationEvent::Settled(refused));
        } else {
            self.supervisor.do_send(LocalInvoke {
                id,
                invocation: Invocation {
                    size: Some(size),
                    ..invocation
                },
                events,
                key: (size > 1).then_some(key),
            });
        }
        let supervisor = self.supervisor.clone();
        let cancel = move || supervisor.do_send(Cancel { flight: id });
        (Activation::new(id, heard, cancel), invitation)
    }

    /// Follows a flight of another node, as one of its members. The invocation is this node's own
    /// copy of the same activation: its code, parameters and timeout; its size is the invitation's.
    ///
    /// It computes from the beginning, and reaches the leader meanwhile. Without the leader it
    /// gives up after [`FlightConfig::join_timeout`].
    ///
    /// [`FlightConfig::join_timeout`]: crate::FlightConfig::join_timeout
    pub fn follow(
        &self,
        invitation: Invitation,
        member: MemberIndex,
        invocation: Invocation,
    ) -> Following {
        let (following, ticket) = Following::new(invitation.flight);
        let refusal = if !self.authenticates {
            Some(NO_KEYS)
        } else if invitation.action != invocation.bundle.digest() {
            Some("its action is not the one that the leader flies")
        } else {
            None
        };
        match refusal {
            Some(why) => ticket.refuse(FollowedEnd::Refused(why.to_owned())),
            None => self.supervisor.do_send(LocalFollow {
                invitation,
                member,
                invocation,
                ticket,
            }),
        }
        following
    }

    /// Waits until no process of a flight runs on this node. What is not needed any more is
    /// preempted as soon as the flight has landed, but its end takes a moment, up to
    /// [`FlightConfig::grace`](crate::FlightConfig::grace) and what the system takes to kill it.
    pub async fn silence(&self, flight: FlightId) {
        // A node that has stopped runs nothing.
        let _ = self.supervisor.send(Silence(flight)).await;
    }

    /// A follower of a flight led here will not come (the platform refused it, for example): nobody
    /// waits for it any more. Should it come after all, it is welcome.
    pub fn decline(&self, flight: FlightId, member: MemberIndex, why: String) {
        self.supervisor.do_send(DeclineSeat {
            flight,
            member,
            why,
        });
    }
}
