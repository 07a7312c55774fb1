//! What administrators and nodes say to each other.

use std::net::SocketAddr;

use bincode::{BorrowDecode, Encode};
use raptor_core::membership::Load;
use raptor_core::{FlightId, Incarnation, NodeRecord};

use super::super::DecodeError;
use super::record::{node, zone};
use super::shaping::Shaping;
use crate::administration;

#[derive(Encode, BorrowDecode)]
pub(super) enum Order<'a> {
    TellStatus,
    TellShaping,
    Shape(Shaping<'a>),
}

#[derive(Encode, BorrowDecode)]
pub(super) enum Told<'a> {
    Status(Status<'a>),
    Shaping(Shaping<'a>),
    Refused(&'a str),
}

#[derive(Encode, BorrowDecode)]
pub(super) struct Status<'a> {
    record: Node<'a>,
    address: String,
    flights: u32,
    weight: u32,
    slots: u32,
    is_draining: bool,
    members: Vec<Member<'a>>,
    peers: Vec<Peer<'a>>,
    associations: u32,
    shaping: Shaping<'a>,
}

#[derive(Encode, BorrowDecode)]
struct Member<'a> {
    record: Node<'a>,
    address: String,
    is_up: bool,
}

#[derive(Encode, BorrowDecode)]
struct Peer<'a> {
    record: Node<'a>,
    role: Role,
}

#[derive(Encode, BorrowDecode)]
struct Node<'a> {
    node: &'a str,
    zone: &'a str,
    incarnation: u64,
}

#[derive(Encode, BorrowDecode)]
enum Role {
    Node,
    Client,
    Admin,
    Member(u128),
}

impl<'a> From<&'a administration::Order> for Order<'a> {
    fn from(order: &'a administration::Order) -> Self {
        match order {
            administration::Order::TellStatus => Self::TellStatus,
            administration::Order::TellShaping => Self::TellShaping,
            administration::Order::Shape(shaping) => Self::Shape(shaping.into()),
        }
    }
}

impl Order<'_> {
    pub(super) fn into_domain(self) -> Result<administration::Order, DecodeError> {
        Ok(match self {
            Self::TellStatus => administration::Order::TellStatus,
            Self::TellShaping => administration::Order::TellShaping,
            Self::Shape(shaping) => administration::Order::Shape(shaping.into_domain()?),
        })
    }
}

impl<'a> From<&'a administration::Told> for Told<'a> {
    fn from(told: &'a administration::Told) -> Self {
        match told {
            administration::Told::Status(status) => Self::Status((&**status).into()),
            administration::Told::Shaping(shaping) => Self::Shaping(shaping.into()),
            administration::Told::Refused(why) => Self::Refused(why),
        }
    }
}

impl Told<'_> {
    pub(super) fn into_domain(self) -> Result<administration::Told, DecodeError> {
        Ok(match self {
            Self::Status(status) => administration::Told::Status(Box::new(status.into_domain()?)),
            Self::Shaping(shaping) => administration::Told::Shaping(shaping.into_domain()?),
            Self::Refused(why) => administration::Told::Refused(why.to_owned()),
        })
    }
}

impl<'a> From<&'a administration::Status> for Status<'a> {
    fn from(status: &'a administration::Status) -> Self {
        let Load {
            flights,
            weight,
            slots,
            is_draining,
        } = status.load;
        let members = status.members.iter().map(|member| Member {
            record: (&member.record).into(),
            address: member.address.to_string(),
            is_up: member.is_up,
        });
        let peers = status.peers.iter().map(|peer| Peer {
            record: (&peer.record).into(),
            role: peer.role.into(),
        });
        Self {
            record: (&status.record).into(),
            address: status.address.to_string(),
            flights,
            weight,
            slots,
            is_draining,
            members: members.collect(),
            peers: peers.collect(),
            associations: status.associations,
            shaping: (&status.shaping).into(),
        }
    }
}

impl Status<'_> {
    fn into_domain(self) -> Result<administration::Status, DecodeError> {
        let member = |member: Member<'_>| {
            Ok(administration::MemberStatus {
                record: member.record.into_domain()?,
                address: address(&member.address)?,
                is_up: member.is_up,
            })
        };
        let peer = |peer: Peer<'_>| {
            Ok(administration::PeerStatus {
                record: peer.record.into_domain()?,
                role: peer.role.into(),
            })
        };
        Ok(administration::Status {
            record: self.record.into_domain()?,
            address: address(&self.address)?,
            load: Load {
                flights: self.flights,
                weight: self.weight,
                slots: self.slots,
                is_draining: self.is_draining,
            },
            members: self
                .members
                .into_iter()
                .map(member)
                .collect::<Result<_, DecodeError>>()?,
            peers: self
                .peers
                .into_iter()
                .map(peer)
                .collect::<Result<_, DecodeError>>()?,
            associations: self.associations,
            shaping: self.shaping.into_domain()?,
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, DecodeError> {
    let address = text.parse();
    address.map_err(|_| DecodeError::Invalid("an address that is none"))
}

impl<'a> From<&'a NodeRecord> for Node<'a> {
    fn from(record: &'a NodeRecord) -> Self {
        Self {
            node: record.node.as_str(),
            zone: record.zone.as_str(),
            incarnation: record.incarnation.0,
        }
    }
}

impl Node<'_> {
    fn into_domain(self) -> Result<NodeRecord, DecodeError> {
        Ok(NodeRecord {
            node: node(self.node)?,
            zone: zone(self.zone)?,
            incarnation: Incarnation(self.incarnation),
        })
    }
}

impl From<raptor_core::Role> for Role {
    fn from(role: raptor_core::Role) -> Self {
        match role {
            raptor_core::Role::Node => Self::Node,
            raptor_core::Role::Client => Self::Client,
            raptor_core::Role::Admin => Self::Admin,
            raptor_core::Role::Member(flight) => Self::Member(flight.0),
        }
    }
}

impl From<Role> for raptor_core::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Node => Self::Node,
            Role::Client => Self::Client,
            Role::Admin => Self::Admin,
            Role::Member(flight) => Self::Member(FlightId(flight)),
        }
    }
}
