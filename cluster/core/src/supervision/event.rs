use std::net::SocketAddr;

use super::{Fellow, Recruit, SlotHolder};
use crate::membership::Load;
use crate::{FlightId, MemberIndex, NodeId, NodeRecord};

/// What can happen to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client wants an action run.
    InvokeAsked {
        /// The flight that would serve it.
        flight: FlightId,
        /// How many members its manifest asks for; at least one.
        size: u16,
    },
    /// A flight is to be led whose followers come by themselves.
    LeadAsked {
        /// The flight.
        flight: FlightId,
        /// How many members it has at most, this node among them; at least one.
        size: u16,
    },
    /// Whoever has an invitation wants this node to follow.
    FollowAsked {
        /// The flight.
        flight: FlightId,
        /// Which member this node is to be.
        member: MemberIndex,
        /// How many members the flight has at most.
        size: u16,
        /// Who leads.
        leader: NodeRecord,
        /// Where the leader is reached.
        address: SocketAddr,
    },
    /// A leader wants this node to follow.
    RecruitAsked {
        /// The node that asks, as its association knows it.
        leader: NodeRecord,
        /// What it asks.
        recruit: Recruit,
    },
    /// A member of a flight says that it takes part.
    Joined {
        /// The flight.
        flight: FlightId,
        /// Which member it says it is.
        member: MemberIndex,
        /// The node that says so.
        node: NodeId,
    },
    /// A node that was asked to follow refuses.
    Declined {
        /// The flight.
        flight: FlightId,
        /// Which member it was asked to be.
        member: MemberIndex,
        /// The node.
        node: NodeId,
    },
    /// A node says that a flight needs this one no longer.
    Dismissed {
        /// The flight.
        flight: FlightId,
        /// The node that says so.
        node: NodeId,
    },
    /// An association of a flight whose followers come by themselves is up.
    MemberUp {
        /// The flight.
        flight: FlightId,
        /// Who is at its other end.
        record: NodeRecord,
    },
    /// It is up no longer.
    MemberDown {
        /// The flight.
        flight: FlightId,
        /// Who was at its other end.
        record: NodeRecord,
        /// Whether it ended in order.
        has_closed: bool,
    },
    /// Whoever is at the other end says that it takes part.
    MemberJoined {
        /// The flight.
        flight: FlightId,
        /// Who it is, and which member it says it is.
        fellow: Fellow,
    },
    /// Whoever is at the other end says that the flight needs this node no longer.
    MemberDismissed {
        /// The flight.
        flight: FlightId,
        /// Who says so.
        record: NodeRecord,
    },
    /// Whoever is at the other end tells who follows the flight.
    RosterHeard {
        /// The flight.
        flight: FlightId,
        /// Who says so.
        from: NodeRecord,
        /// Followers; this node may be among them.
        fellows: Vec<Fellow>,
    },
    /// Nobody will come for a seat.
    SeatDeclined {
        /// The flight.
        flight: FlightId,
        /// The member that it is for.
        member: MemberIndex,
    },
    /// A node is up.
    PeerUp {
        /// Who.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
    /// A node that is up is busier or less busy than before.
    PeerChanged {
        /// Who.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
    /// A node that is up all the time has an association again, after one that broke: what was sent
    /// meanwhile may be lost.
    PeerRelinked {
        /// Who.
        record: NodeRecord,
        /// How busy.
        load: Load,
    },
    /// A node is down.
    PeerDown {
        /// Who.
        record: NodeRecord,
    },
    /// A coordinator has closed, whatever the reason.
    FlightEnded {
        /// Its flight.
        flight: FlightId,
    },
    /// An executor asks for slots.
    SlotAsked {
        /// For which attempt.
        holder: SlotHolder,
        /// How many.
        weight: u16,
    },
    /// An executor gives its slots back, or no longer waits for them.
    SlotReleased {
        /// Of which attempt.
        holder: SlotHolder,
    },
    /// The node is to leave: finish what there is and take nothing new.
    DrainAsked,
    /// The moment of [`Supervision::poll_timeout`](super::Supervision::poll_timeout) has come.
    Tick,
}
