//! Requests whose code is not at hand.

use super::*;

/// An action with a long file, which its function needs.
fn long() -> Bundle {
    let manifest = r#"{"main": {"depends": [],
        "exec": ["sh", "-c", "test -s data && echo {} >&3"]}}"#;
    let data = File {
        path: "data".to_owned(),
        executable: false,
        content: vec![b'x'; 1 << 20].into(),
    };
    Bundle::from_bytes(wire::encode_bundle(&Contents {
        manifest: manifest.to_owned(),
        is_single: false,
        files: vec![data],
    }))
}

fn short() -> Bundle {
    Bundle::from_manifest(GIVES).expect("a manifest")
}

#[actix::test]
async fn code_that_does_not_come_is_not_waited_for() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    client.say(invoke(FlightId(1), &short(), false)).await;
    assert_eq!(client.wanted().await, short().digest());
    let why = client.refused().await;
    assert!(why.contains("its code did not come"), "{why}");
    client.flies().await;
}

#[actix::test]
async fn requests_for_the_same_unknown_code_all_fly_when_it_comes() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    for flight in [1, 2] {
        client.say(invoke(FlightId(flight), &long(), false)).await;
        assert_eq!(client.wanted().await, long().digest());
    }
    let body = long().bytes().expect("it is packed").clone();
    client.say(Envelope::Bundle { body: body.clone() }).await;
    client.say(Envelope::Bundle { body }).await;
    let mut landed = Vec::new();
    while landed.len() < 2 {
        match client.hear().await {
            Envelope::Settled {
                flight,
                answer: Answer::Landed(_),
            } => landed.push(flight),
            Envelope::Recorded(_) => {}
            other => panic!("it does not land: {other:?}"),
        }
    }
    landed.sort();
    assert_eq!(landed, [FlightId(1), FlightId(2)]);
}

#[actix::test]
async fn long_code_may_come_with_the_request() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    client.say(invoke(FlightId(1), &long(), true)).await;
    let (_, answer) = client.settled().await;
    assert!(matches!(answer, Answer::Landed(_)), "{answer}");
}

#[actix::test]
async fn code_that_is_not_what_its_hash_says_or_no_code_at_all_is_refused() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    let mut forged = short();
    let Envelope::Invoke(mut request) = invoke(FlightId(1), &forged, true) else {
        unreachable!("it was made just now");
    };
    request.bundle.digest = long().digest();
    client.say(Envelope::Invoke(request)).await;
    let why = client.refused().await;
    assert!(why.contains("not what its hash says"), "{why}");
    for length in [100, 1 << 20] {
        forged = Bundle::from_bytes(vec![0xff; length].into());
        client.say(invoke(FlightId(2), &forged, true)).await;
        let why = client.refused().await;
        assert!(why.contains("failed to unpack its code"), "{why}");
    }
    client.flies().await;
}

#[actix::test]
async fn what_is_cancelled_before_its_code_comes_is_not_begun() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    let flight = FlightId(1);
    client.say(invoke(flight, &short(), false)).await;
    client.wanted().await;
    client.say(Envelope::Cancel { flight }).await;
    let why = client.refused().await;
    assert!(why.contains("cancelled before its code"), "{why}");
    client.flies().await;
}

#[actix::test]
async fn what_a_client_asked_for_that_has_gone_is_not_begun() {
    let node = node().await;
    let hangs = Bundle::from_manifest(HANGS).expect("a manifest");
    let mut gone = Peer::connect("gone", Role::Client, node.address()).await;
    gone.say(invoke(FlightId(1), &hangs, false)).await;
    gone.wanted().await;
    gone.leave().await;
    let client = Peer::client(&node).await;
    client.say(invoke(FlightId(2), &hangs, true)).await;
    until(|| !node.live_attempts().is_empty()).await;
    let flights: Vec<_> = node
        .live_attempts()
        .into_iter()
        .map(|(flight, _)| flight)
        .collect();
    assert_eq!(flights, [FlightId(2)]);
    client.leave().await;
    until(|| node.live_attempts().is_empty()).await;
}

#[actix::test]
async fn a_flood_of_requests_without_code_is_refused_and_the_node_goes_on() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    let flood = 300;
    for flight in 0..flood {
        client.say(invoke(FlightId(flight), &short(), false)).await;
    }
    let (mut refused, mut late) = (0, 0);
    while refused + late < flood {
        match client.hear().await {
            Envelope::BundleWanted { .. } => {}
            Envelope::Settled {
                answer: Answer::Refused(why),
                ..
            } if why.contains("too many requests wait") => refused += 1,
            Envelope::Settled {
                answer: Answer::Refused(why),
                ..
            } if why.contains("did not come") => late += 1,
            other => panic!("that was not asked for: {other:?}"),
        }
    }
    assert!(refused > 0 && late > 0, "{refused} refused, {late} late");
    client.flies().await;
}

#[actix::test]
async fn an_activation_has_a_name_of_its_own() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    let flight = FlightId(1);
    let hangs = Bundle::from_manifest(HANGS).expect("a manifest");
    client.say(invoke(flight, &hangs, true)).await;
    until(|| !node.live_attempts().is_empty()).await;
    let mut other = Peer::connect("other", Role::Client, node.address()).await;
    other.say(invoke(flight, &hangs, true)).await;
    let why = other.refused().await;
    assert!(why.contains("known here already"), "{why}");
    // It is not the other's to end, either.
    other.say(Envelope::Cancel { flight }).await;
    other.flies().await;
    assert_eq!(node.live_attempts().len(), 1);
    client.say(Envelope::Cancel { flight }).await;
    assert_eq!(client.settled().await, (flight, Answer::Cancelled));
}

#[actix::test]
async fn parameters_that_no_recruit_could_be_sent_are_refused() {
    let node = node().await;
    let mut client = Peer::client(&node).await;
    let Envelope::Invoke(mut request) = invoke(FlightId(1), &short(), true) else {
        unreachable!("it was made just now");
    };
    request.params = vec![b' '; (15 << 20) + 1].into();
    client.say(Envelope::Invoke(request)).await;
    let why = client.refused().await;
    assert!(why.contains("its parameters have"), "{why}");
}
