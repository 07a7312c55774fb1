//! What a container does that is asked to follow a flight.

use bytes::Bytes;

use super::context::Context;
use super::{Flights, Order, account, order};

impl Flights {
    /// Takes part in another container's flight, and tells in short what came of it.
    pub(super) async fn follow(&self, order: Order, context: Context) -> Bytes {
        let flight = context.invitation.flight;
        let member = context.member;
        let action = order.field("action_name").unwrap_or_default();
        let seat = match context.check(action, order::now_ms()) {
            Ok(seat) => seat,
            Err(void) => return account::idle(flight, member, &void.to_string()),
        };
        if context.invitation.action != self.bundle.digest() {
            let why = "this container holds another version of the action";
            return account::idle(flight, member, why);
        }
        let place = match self.members.follower_of(flight).await {
            Ok(place) => place,
            Err(error) => return account::idle(flight, member, &format!("failed to {error}")),
        };
        let order = Order {
            params: Bytes::from(context.params.get().to_owned()),
            ..order.not_after(context.deadline_ms)
        };
        let invocation = self.invocation(order);
        let mut following = place.node().follow(context.invitation, seat, invocation);
        account::followed(flight, member, &following.end().await)
    }
}
