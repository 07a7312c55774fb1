//! Flights whose followers come by themselves.

mod following;
mod leading;

use std::net::SocketAddr;

use super::*;

/// Where a node is reached: each at a port of its own.
fn address(node: &str) -> SocketAddr {
    let port = u16::from_be_bytes([node.as_bytes()[0], node.as_bytes()[1]]);
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn fellow(member: u16, node: &str) -> Fellow {
    Fellow {
        member: MemberIndex(member),
        record: record(node),
        address: address(node),
    }
}

const fn lead_asked(size: u16) -> Event {
    let flight = FLIGHT;
    Event::LeadAsked { flight, size }
}

/// `b1` leads, and this node is to be member 2 of 4.
fn follow_asked(member: u16) -> Event {
    Event::FollowAsked {
        flight: FLIGHT,
        member: MemberIndex(member),
        size: 4,
        leader: record("b1"),
        address: address("b1"),
    }
}

fn up(node: &str) -> Event {
    Event::MemberUp {
        flight: FLIGHT,
        record: record(node),
    }
}

fn down(node: &str) -> Event {
    Event::MemberDown {
        flight: FLIGHT,
        record: record(node),
        has_closed: false,
    }
}

fn comes(member: u16, node: &str) -> Event {
    Event::MemberJoined {
        flight: FLIGHT,
        fellow: fellow(member, node),
    }
}

fn roster(from: &str, fellows: &[(u16, &str)]) -> Event {
    let fellows = fellows.iter();
    Event::RosterHeard {
        flight: FLIGHT,
        from: record(from),
        fellows: fellows.map(|(at, node)| fellow(*at, node)).collect(),
    }
}

const fn seat_declined(member: u16) -> Event {
    Event::SeatDeclined {
        flight: FLIGHT,
        member: MemberIndex(member),
    }
}

/// A member has come: it is to be heard, and joined.
const fn seated(member: u16) -> [Command; 2] {
    [
        inform(member, News::Joined),
        inform(member, News::Reachable),
    ]
}
