//! Members of one flight that say what they should not: the node goes on, and so does the flight.

use raptor_core::supervision::Fellow;

use super::*;
use crate::activation::Activation;
use crate::invocation::Invocation;

/// A flight of three that nobody ends.
fn lead(node: &Node) -> (Activation, Invitation) {
    let bundle = Bundle::from_manifest(HANGS).expect("a manifest");
    node.lead(Invocation {
        size: Some(3),
        timeout: HANG,
        ..Invocation::new(bundle)
    })
}

fn join(flight: FlightId, member: u16) -> Envelope {
    Envelope::Flight {
        flight,
        from: MemberIndex(member),
        news: News::Join("m".parse().expect("a name")),
    }
}

impl Peer {
    /// Hears that it is not needed.
    async fn is_sent_away(&mut self, flight: FlightId) {
        assert_eq!(self.hear().await, Envelope::Gone { flight });
    }

    /// Hears that it is welcome: its joining is answered by the leader's own.
    async fn is_seated(&mut self) {
        loop {
            if let Envelope::Flight {
                from: MemberIndex::LEADER,
                news: News::Join(_),
                ..
            } = self.hear().await
            {
                return;
            }
        }
    }
}

#[actix::test]
async fn a_seat_is_had_by_one_and_the_leaders_by_nobody() {
    let node = node().await;
    let (_activation, invitation) = lead(&node);
    let flight = invitation.flight;
    let mut one = Peer::member("one", &invitation).await;
    for member in [0, 3, u16::MAX] {
        one.say(join(flight, member)).await;
        one.is_sent_away(flight).await;
    }
    one.say(join(flight, 1)).await;
    one.is_seated().await;
    let mut other = Peer::member("other", &invitation).await;
    other.say(join(flight, 1)).await;
    other.is_sent_away(flight).await;
    other.say(join(flight, 2)).await;
    other.is_seated().await;
}

#[actix::test]
async fn a_member_takes_part_in_its_flight_and_in_nothing_else() {
    let node = node().await;
    let (activation, invitation) = lead(&node);
    let (_other, elsewhere) = lead(&node);
    let flight = invitation.flight;
    let mut member = Peer::member("member", &invitation).await;
    let bundle = Bundle::from_manifest(GIVES).expect("a manifest");
    let recruit = Recruit {
        flight: FlightId(1),
        member: MemberIndex(1),
        size: 2,
        seats: Vec::new(),
        bundle: bundle_ref(&bundle, true),
        params: Bytes::from_static(b"{}"),
        surroundings: Default::default(),
        policy: Policy::Flight,
        remaining: HANG,
    };
    let fellow = Fellow {
        member: MemberIndex(2),
        record: record("x"),
        address: invitation.address,
    };
    for envelope in [
        invoke(FlightId(2), &bundle, true),
        Envelope::Recruit(Box::new(recruit)),
        Envelope::Gossip {
            report: Default::default(),
            packet: Bytes::from_static(b"?"),
        },
        Envelope::Cancel { flight },
        Envelope::BundleWanted {
            digest: bundle.digest(),
        },
        Envelope::Decline {
            flight,
            member: MemberIndex(2),
            why: String::new(),
        },
        // It is no leader, and the other flight is not its own.
        Envelope::Gone { flight },
        Envelope::Roster {
            flight,
            fellows: vec![fellow],
        },
        join(elsewhere.flight, 1),
        Envelope::Gone {
            flight: elsewhere.flight,
        },
    ] {
        member.say(envelope).await;
    }
    for length in 0..64_usize {
        let bytes = (0..length).map(|at| (at * 37 + length) as u8);
        member.say_bytes(bytes.collect()).await;
    }
    // Nothing came of any of it, and it still can do what it may.
    member.say(join(flight, 1)).await;
    member.is_seated().await;
    let flights: Vec<_> = node.live_attempts().iter().map(|(of, _)| *of).collect();
    assert!(
        flights
            .iter()
            .all(|of| [flight, elsewhere.flight].contains(of))
    );
    assert!(node.peers().await.is_empty());
    // It hears how the flight ends, and of the end alone.
    activation.cancel();
    loop {
        if let Envelope::Flight {
            news: News::Report(Report::Ended),
            ..
        } = member.hear().await
        {
            break;
        }
    }
}

#[actix::test]
async fn a_member_of_the_cluster_is_none_of_a_flight_of_this_kind() {
    let node = node().await;
    let (_activation, invitation) = lead(&node);
    let flight = invitation.flight;
    let mut member = Peer::member("member", &invitation).await;
    let stranger = Peer::connect("stranger", Role::Node, node.address()).await;
    stranger.say(join(flight, 1)).await;
    stranger
        .say(Envelope::Flight {
            flight,
            from: MemberIndex::LEADER,
            news: News::Report(Report::Ended),
        })
        .await;
    let mut client = Peer::client(&node).await;
    client.flies().await;
    member.say(join(flight, 1)).await;
    member.is_seated().await;
    stranger.leave().await;
}

#[actix::test]
async fn who_comes_after_the_end_hears_that_it_is_over_until_the_key_is_gone() {
    let node = node().await;
    let (mut activation, invitation) = lead(&node);
    activation.cancel();
    assert_eq!(activation.answer().await, Ok(Answer::Cancelled));
    activation.record().await.expect("it leads");
    let flight = invitation.flight;
    let mut late = Peer::member("late", &invitation).await;
    late.say(join(flight, 1)).await;
    late.is_sent_away(flight).await;
    late.leave().await;
}
