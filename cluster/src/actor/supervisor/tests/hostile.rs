//! Peers that say what nobody should: the node goes on, whatever it is.

use super::*;
use crate::remote::EndCause;
use crate::remote::mail::{Address, Letter, Mail, Membership, Undeliverable};

const FLIGHT: FlightId = FlightId(9);
const LEADER: MemberIndex = MemberIndex::LEADER;

/// Reports that no member of a flight of one function would send.
fn absurd_reports() -> Vec<Report> {
    let attempt = |member, number| AttemptId {
        member: MemberIndex(member),
        number,
    };
    let finished = |function, attempt, inputs| {
        Report::Finished(Finding {
            attempt,
            function: FunctionIndex(function),
            inputs: vec![Digest::of(b"?"); inputs],
            outcome: Outcome::Value(Value::new(&b"no JSON"[..])),
        })
    };
    let function = FunctionIndex(0);
    vec![
        // More inputs than dependencies; a function, and members, that are not there.
        finished(0, attempt(0, 0), 40),
        finished(999, attempt(0, 0), 0),
        finished(0, attempt(60_000, 0), 0),
        // In the name of the member that hears it.
        finished(0, attempt(1, 0), 3),
        Report::Started {
            attempt: attempt(60_000, u32::MAX),
            function: FunctionIndex(u16::MAX),
            pid: u32::MAX,
        },
        Report::Sealed {
            function,
            attempt: attempt(60_000, 0),
            digest: Digest::of(b"?"),
        },
        Report::Out {
            member: MemberIndex(60_000),
        },
        Report::Out {
            member: MemberIndex(1),
        },
        Report::Logged(vec![]),
        // A value that is sealed and never comes.
        Report::Sealed {
            function,
            attempt: attempt(0, 7),
            digest: Digest::of(b"?"),
        },
        finished(0, attempt(0, 7), 0),
    ]
}

fn recruit(flight: FlightId, seats: Vec<Seat>) -> Envelope {
    let bundle = Bundle::from_manifest(HANGS).expect("a manifest");
    Envelope::Recruit(Box::new(Recruit {
        flight,
        member: MemberIndex(1),
        size: 3,
        seats,
        bundle: bundle_ref(&bundle, true),
        params: Bytes::from_static(b"no JSON"),
        surroundings: Default::default(),
        policy: Policy::Flight,
        remaining: Duration::MAX,
    }))
}

#[actix::test]
async fn a_leader_that_tells_nonsense_does_no_harm() {
    let node = node().await;
    let mut leader = Peer::connect("leader", Role::Node, node.address()).await;
    // Everyone's seat is everywhere.
    let seat = |member, name| Seat {
        member: MemberIndex(member),
        record: record(name),
    };
    let seats = vec![
        seat(0, "n"),
        seat(1, "leader"),
        seat(2, "leader"),
        seat(900, "x"),
    ];
    leader.say(recruit(FLIGHT, seats.clone())).await;
    leader.say(recruit(FLIGHT, seats)).await;
    loop {
        if let Envelope::Flight {
            news: News::Join(_),
            ..
        } = leader.hear().await
        {
            break;
        }
    }
    let (flight, from) = (FLIGHT, LEADER);
    for report in absurd_reports() {
        for from in [LEADER, MemberIndex(2), MemberIndex(60_000)] {
            let news = News::Report(report.clone());
            leader.say(Envelope::Flight { flight, from, news }).await;
        }
    }
    let news = News::Welcome(absurd_reports());
    leader.say(Envelope::Flight { flight, from, news }).await;
    let mut client = Peer::client(&node).await;
    client.flies().await;
    // Its leader goes: what it has begun is given up.
    leader.leave().await;
    until(|| node.live_attempts().is_empty()).await;
    client.flies().await;
}

#[actix::test]
async fn a_follower_of_a_leader_that_lets_it_go_leaves_nothing() {
    let node = node().await;
    let leader = Peer::connect("leader", Role::Node, node.address()).await;
    let bundle = Bundle::from_manifest(HANGS).expect("a manifest");
    let Envelope::Recruit(mut request) = recruit(FLIGHT, Vec::new()) else {
        unreachable!("it was made just now");
    };
    request.params = Bytes::from_static(b"{}");
    request.bundle = bundle_ref(&bundle, true);
    leader.say(Envelope::Recruit(request)).await;
    until(|| !node.live_attempts().is_empty()).await;
    leader.say(Envelope::Gone { flight: FLIGHT }).await;
    until(|| node.live_attempts().is_empty()).await;
}

/// Mail that nobody waits for, or to nobody.
fn absurd_mail() -> Vec<Mail<'static>> {
    let address = Address {
        actor: "?",
        kind: "?",
        version: u16::MAX,
    };
    let letter = Letter {
        address,
        body: b"?",
    };
    let (group, actor) = ("?", "?");
    let (number, why) = (u64::MAX, Undeliverable::Stopped);
    vec![
        Mail::Tell(letter),
        Mail::Ask { number, letter },
        Mail::Replied {
            number,
            reply: Err(why),
        },
        Mail::Bounced { address, why },
        Mail::Left(Membership { group, actor }),
        Mail::Joined(Membership { group, actor }),
        Mail::Unwatch { number },
        Mail::Watch { number, actor },
        Mail::Terminated {
            number,
            why: EndCause::Stopped,
        },
    ]
}

#[actix::test]
async fn what_was_not_asked_for_is_passed_over() {
    let node = node().await;
    let flight = FLIGHT;
    let stranger = Peer::connect("stranger", Role::Node, node.address()).await;
    let why = String::new;
    let member = MemberIndex(1);
    let digest = Digest::of(b"?");
    let news = News::Report(Report::Ended);
    for envelope in [
        Envelope::Decline {
            flight,
            member,
            why: why(),
        },
        Envelope::Gone { flight },
        Envelope::BundleWanted { digest },
        Envelope::Bundle { body: Bytes::new() },
        Envelope::Flight {
            flight,
            from: member,
            news,
        },
        // What only clients and nodes say to each other.
        Envelope::Cancel { flight },
        Envelope::Settled {
            flight,
            answer: Answer::TimedOut,
        },
    ] {
        stranger.say(envelope).await;
    }
    for mail in absurd_mail() {
        stranger.say_bytes(wire::encode_mail(&mail).into()).await;
    }
    for length in 0..64_usize {
        let bytes = (0..length).map(|at| (at * 37 + length) as u8);
        stranger.say_bytes(bytes.collect()).await;
    }
    let mut client = Peer::client(&node).await;
    client.flies().await;
    // Clients that play a node are not heard.
    for mail in absurd_mail() {
        client.say_bytes(wire::encode_mail(&mail).into()).await;
    }
    let hangs = Bundle::from_manifest(HANGS).expect("a manifest");
    client.say(recruit(flight, Vec::new())).await;
    client
        .say(Envelope::Bundle {
            body: hangs.bytes().expect("it is packed").clone(),
        })
        .await;
    client.flies().await;
    assert!(node.live_attempts().is_empty());
    stranger.leave().await;
}
