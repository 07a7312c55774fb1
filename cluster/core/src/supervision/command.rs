use std::net::SocketAddr;

use super::{Fellow, FlightLimit, Recruit, Refusal, SlotHolder, Tie};
use crate::{FlightId, MemberIndex, NodeId, NodeRecord};

/// What a node's supervision wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start a coordinator that leads.
    Lead {
        /// The flight.
        flight: FlightId,
        /// How many members it has: as many as its manifest asks for, or as there are nodes.
        size: u16,
    },
    /// Ask a node to follow. The recruits of a flight are asked as soon as it is admitted: there
    /// is nothing left to do when its coordinator wants them.
    SendRecruit {
        /// The node.
        to: NodeRecord,
        /// What it is asked.
        recruit: Recruit,
    },
    /// Start a coordinator that follows.
    Follow {
        /// The flight.
        flight: FlightId,
        /// Which member this node is.
        member: MemberIndex,
        /// How many members the flight has.
        size: u16,
        /// Who leads.
        leader: NodeRecord,
    },
    /// Tell who asked that this node does not take part.
    Refuse {
        /// In which flight.
        flight: FlightId,
        /// Who asked.
        asker: Asker,
        /// Why not.
        refusal: Refusal,
    },
    /// Tell a node that its member is not needed: the flight is over, or has another.
    Dismiss {
        /// The flight.
        flight: FlightId,
        /// The node.
        node: NodeId,
        /// Over which kind of association it asked.
        tie: Tie,
    },
    /// Keep an association with a member of a flight whose followers come by themselves, until the
    /// flight is over here.
    Meet {
        /// The flight.
        flight: FlightId,
        /// Where the member's node is reached.
        address: SocketAddr,
    },
    /// Tell a follower that came by itself who else did.
    TellRoster {
        /// The flight.
        flight: FlightId,
        /// The follower's node.
        to: NodeId,
        /// The others.
        fellows: Vec<Fellow>,
    },
    /// Tell a flight's coordinator about a member.
    Inform {
        /// The flight.
        flight: FlightId,
        /// The member.
        member: MemberIndex,
        /// What about it.
        news: News,
    },
    /// The attempt may run.
    GrantSlot {
        /// Which.
        holder: SlotHolder,
    },
    /// The attempt may not run: the queue for slots is full.
    RefuseSlot {
        /// Which.
        holder: SlotHolder,
    },
    /// The node takes part in no flight and will not again. Comes once, after `DrainAsked`.
    Drained,
    /// Something worth counting or showing.
    Notice(Notice),
}

/// Who asked for a flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A client, of this node.
    Client,
    /// A leader.
    Leader {
        /// Its node.
        node: NodeRecord,
        /// Which member this node was to be.
        member: MemberIndex,
    },
    /// Whoever has an invitation to follow, of this node.
    Invited,
}

/// What a coordinator is told about a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It takes part.
    Joined,
    /// No node is this member: each that could be asked refused, or did not answer in time. One
    /// that answers late still joins.
    Refused,
    /// Its node is down, or dismissed this one.
    Lost,
    /// A leader that was not reached in time.
    Missing,
    /// A leader that says that the flight is over.
    Over,
    /// The association with its node is up, or up again.
    Reachable,
}

/// Something that happened on a node, for metrics and whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A flight was admitted.
    Admitted {
        /// Which.
        flight: FlightId,
        /// Against which limit it counts.
        limit: FlightLimit,
    },
    /// A flight was refused.
    Refused {
        /// Which.
        flight: FlightId,
        /// Why.
        refusal: Refusal,
    },
    /// There are fewer nodes than the manifest asks for.
    ShortHanded {
        /// The flight.
        flight: FlightId,
        /// How many members it asks for.
        wanted: u16,
        /// How many it has.
        size: u16,
    },
    /// A node that was asked to follow will not.
    RecruitMissed {
        /// The flight.
        flight: FlightId,
        /// The member that it was to be.
        member: MemberIndex,
        /// The node.
        node: NodeId,
        /// Why.
        cause: Miss,
    },
    /// Nobody came for a seat.
    SeatVacant {
        /// The flight.
        flight: FlightId,
        /// The member that it is for.
        member: MemberIndex,
        /// Why.
        cause: Miss,
    },
}

/// Why a recruit was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It refused.
    Declined,
    /// Its node went down.
    Lost,
    /// It did not answer in time.
    Late,
}
