//! What administrators and nodes say to each other.

use std::num::NonZeroU64;
use std::time::Duration;

use bincode::{BorrowDecode, Encode};
use raptor_core::membership::Load;
use raptor_core::{FlightId, Incarnation, NodeRecord};

use super::super::DecodeError;
use super::record::{node, zone};
use crate::administration;
use crate::transport::shaping::{self, BitRate, Effects, Latency, Place, Share, Way};

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
pub(super) struct Shaping<'a> {
    seed: u64,
    rules: Vec<Rule<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct Rule<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
    is_both_ways: bool,
    delay_micros: u64,
    jitter_micros: u64,
    loss_millionths: u32,
    duplicate_millionths: u32,
    reorder_millionths: u32,
    /// 0: as many as there are.
    bits_per_second: u64,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct Status<'a> {
    record: Node<'a>,
    address: String,
    flights: u32,
    weight: u32,
    slots: u32,
    is_draining: bool,
    peers: Vec<Peer<'a>>,
    associations: u32,
    shaping: Shaping<'a>,
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

impl<'a> From<&'a shaping::Shaping> for Shaping<'a> {
    fn from(shaping: &'a shaping::Shaping) -> Self {
        Self {
            seed: shaping.seed,
            rules: shaping.rules.iter().map(Rule::from).collect(),
        }
    }
}

impl Shaping<'_> {
    fn into_domain(self) -> Result<shaping::Shaping, DecodeError> {
        let rules = self.rules.into_iter().map(Rule::into_domain);
        Ok(shaping::Shaping {
            seed: self.seed,
            rules: rules.collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> From<&'a shaping::Rule> for Rule<'a> {
    fn from(rule: &'a shaping::Rule) -> Self {
        let place = |place: &'a Place| match place {
            Place::Any => None,
            Place::Zone(zone) => Some(zone.as_str()),
        };
        let Effects {
            latency,
            loss,
            duplicate,
            reorder,
            rate,
        } = &rule.effects;
        Self {
            from: place(&rule.from),
            to: place(&rule.to),
            is_both_ways: rule.way == Way::Both,
            delay_micros: latency.delay().as_micros() as u64,
            jitter_micros: latency.jitter().as_micros() as u64,
            loss_millionths: loss.millionths(),
            duplicate_millionths: duplicate.millionths(),
            reorder_millionths: reorder.millionths(),
            bits_per_second: rate.map_or(0, |BitRate(rate)| rate.get()),
        }
    }
}

impl Rule<'_> {
    fn into_domain(self) -> Result<shaping::Rule, DecodeError> {
        let place = |name: Option<&str>| match name {
            None => Ok(Place::Any),
            Some(name) => zone(name).map(Place::Zone),
        };
        let micros = Duration::from_micros;
        let latency = Latency::new(micros(self.delay_micros), micros(self.jitter_micros));
        Ok(shaping::Rule {
            from: place(self.from)?,
            to: place(self.to)?,
            way: if self.is_both_ways {
                Way::Both
            } else {
                Way::There
            },
            effects: Effects {
                latency: latency.ok_or(DecodeError::Invalid("a delay that none can have"))?,
                loss: share(self.loss_millionths)?,
                duplicate: share(self.duplicate_millionths)?,
                reorder: share(self.reorder_millionths)?,
                rate: NonZeroU64::new(self.bits_per_second).map(BitRate),
            },
        })
    }
}

fn share(millionths: u32) -> Result<Share, DecodeError> {
    Share::from_millionths(millionths).ok_or(DecodeError::Invalid("a share of more than all"))
}

impl<'a> From<&'a administration::Status> for Status<'a> {
    fn from(status: &'a administration::Status) -> Self {
        let Load {
            flights,
            weight,
            slots,
            is_draining,
        } = status.load;
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
            peers: peers.collect(),
            associations: status.associations,
            shaping: (&status.shaping).into(),
        }
    }
}

impl Status<'_> {
    fn into_domain(self) -> Result<administration::Status, DecodeError> {
        let peer = |peer: Peer<'_>| {
            Ok(administration::PeerStatus {
                record: peer.record.into_domain()?,
                role: peer.role.into(),
            })
        };
        let address = self.address.parse();
        Ok(administration::Status {
            record: self.record.into_domain()?,
            address: address.map_err(|_| DecodeError::Invalid("an address that is none"))?,
            load: Load {
                flights: self.flights,
                weight: self.weight,
                slots: self.slots,
                is_draining: self.is_draining,
            },
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
