//! What turns gossip into bytes and back.

pub use foca::{Codec as MemberCodec, Header, Member, Message, State};

use super::{Identity, LoadReport};
use crate::{Incarnation, NodeId};

/// The bytes of gossip, in some version of the protocol: members as `foca` has them, and loads.
///
/// The core knows no bytes: whoever makes a [`Membership`](super::Membership) brings them.
pub trait Codec: MemberCodec<Identity, Error: std::error::Error> + Clone {
    /// The bytes of a load.
    fn encode_load(&mut self, load: &LoadNews) -> Vec<u8>;

    /// The load in these bytes, which hold nothing else.
    ///
    /// # Errors
    ///
    /// If they hold none.
    fn decode_load(&mut self, bytes: &[u8]) -> Result<LoadNews, Self::Error>;
}

/// How busy a node is, as it is passed on by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadNews {
    /// Which node.
    pub node: NodeId,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// What it says.
    pub report: LoadReport,
}
