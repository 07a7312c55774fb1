//! What a leader tells those who are to follow it.

use raptor_cluster::{Invitation, MemberIndex};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::signed::{self, NotOurs};

/// The one parameter of an invocation by which a leader asks for a follower. Without a valid
/// signature it is what any other parameter is.
pub(crate) const PARAMETER: &str = "$raptor";

/// What a leader tells a follower of its flight.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Context {
    /// The action's path, `/namespace[/package]/name`: what is signed for one is void for another,
    /// though their keys be the same.
    pub(crate) action: String,
    /// Which member the follower is.
    pub(crate) member: u16,
    /// When the leader's activation is over in any case, in milliseconds since the epoch.
    pub(crate) deadline_ms: u64,
    /// How to reach the leader, and its flight's own key.
    pub(crate) invitation: Invitation,
    /// The parameters of the leader's activation, as it got them: members compute from the same
    /// bytes, and a platform need not take bound parameters twice.
    pub(crate) params: Box<RawValue>,
}

/// Why a signed context is not followed. Nobody is connected to.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Void {
    /// It is for another action.
    #[error("it is for the action {0}")]
    Action(String),
    /// The flight has been over for a while.
    #[error("the deadline of its flight has passed")]
    Late,
    /// Leaders invite nobody to lead.
    #[error("it names no follower: member {0}")]
    Member(u16),
}

impl Context {
    /// As the value of [`PARAMETER`].
    pub(crate) fn sign(&self, key: &str) -> String {
        signed::sign(key, self)
    }

    /// Reads what was signed with this key.
    ///
    /// # Errors
    ///
    /// If it is not ours: then it is the user's.
    pub(crate) fn open(key: &str, text: &str) -> Result<Self, NotOurs> {
        signed::open(key, text)
    }

    /// Whether it may be followed by an activation of this action, now.
    ///
    /// # Errors
    ///
    /// If it may not.
    pub(crate) fn check(&self, action: &str, now_ms: u64) -> Result<MemberIndex, Void> {
        if self.action != action {
            return Err(Void::Action(self.action.clone()));
        }
        if now_ms >= self.deadline_ms {
            return Err(Void::Late);
        }
        if self.member == 0 || self.member >= self.invitation.size {
            return Err(Void::Member(self.member));
        }
        Ok(MemberIndex(self.member))
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
