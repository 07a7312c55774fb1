//! How much is sent, and what is dropped.

use super::*;

#[test]
fn what_expires_before_it_can_leave_is_dropped_and_counted() {
    let mut wire = Wire::up();
    let start = now();
    let second = std::time::Duration::from_secs(1);
    for (number, expires_at) in [(1, None), (2, Some(start + second)), (3, None)] {
        let posted = wire.links[0].post(Lane::Mail(5), envelope(9, number), expires_at);
        assert_eq!(posted, Ok(()));
    }
    let late = wire.links[0].next_message(start + second, |_| true);
    let message = late.expect("two envelopes");
    wire.links[1].on_message(message.stream, message.ppid, message.payload.into());
    while let Some(event) = wire.links[1].next_event() {
        wire.events[1].push(event);
    }
    let arrived = wire.arrived(1).into_iter().map(|(_, envelope)| envelope[0]);
    assert_eq!(arrived.collect::<Vec<_>>(), [1, 3]);
    assert_eq!(wire.links[0].take_expired(), 1);
    assert!(wire.links[0].is_drained());
}

#[test]
fn a_peer_whose_actors_are_slow_is_sent_what_it_takes_and_no_more() {
    let mut wire = Wire::up();
    wire.kept = Some(vec![]);
    let count = 3 * WINDOW_BYTES as usize / 1000;
    for _ in 0..count {
        assert_eq!(wire.post(0, Lane::Mail(1), envelope(1_000, 1)), Ok(()));
    }
    wire.settle();
    let arrived = wire.arrived(1).len();
    let window = WINDOW_BYTES as usize / (1_000 + 64);
    assert!((window..window + 2).contains(&arrived), "{arrived}");
    // The cluster's own business goes on meanwhile.
    assert_eq!(wire.post(0, Lane::Flight(1), envelope(1_000, 2)), Ok(()));
    assert_eq!(wire.post(0, Lane::Control, envelope(1_000, 3)), Ok(()));
    wire.settle();
    assert_eq!(wire.arrived(1).len(), arrived + 2);
    // As soon as the actors have caught up, the rest comes.
    wire.kept = None;
    wire.links[1].tell_credit();
    wire.settle();
    assert_eq!(wire.arrived(1).len(), count + 2);
}

#[test]
fn the_bell_rings_when_a_peer_should_be_told_of_its_credit() {
    let bell = Bell::default();
    let security = keys();
    let setting = Setting {
        protection: (&security).into(),
        association: AssociationId::FIRST,
        bell: bell.clone(),
    };
    let ringing = Link::new(hello("n2"), Direction::Accepted, setting);
    let mut wire = Wire::between(end(hello("n1"), Direction::Dialed, &security), ringing);
    wire.rise();
    wire.kept = Some(vec![]);
    let waker = std::task::Waker::noop();
    for _ in 0..100 {
        assert_eq!(wire.post(0, Lane::Mail(1), envelope(10_000, 1)), Ok(()));
    }
    wire.settle();
    let receipts = wire.kept.take().expect("they were kept");
    let quarter = WINDOW_BYTES as usize / 4 / 10_064;
    for (handled, receipt) in receipts.into_iter().enumerate() {
        assert_eq!(bell.take(waker), [], "after {handled}");
        drop(receipt);
        if handled == quarter {
            break;
        }
    }
    assert_eq!(bell.take(waker), [AssociationId::FIRST]);
    assert_eq!(bell.take(waker), []);
}

#[test]
fn a_peer_that_sends_beyond_its_credit_is_refused() {
    let mut wire = Wire::up();
    wire.kept = Some(vec![]);
    let mut forged = vec![0, 0];
    forged.extend_from_slice(&60_000_u32.to_le_bytes());
    forged.resize(forged.len() + 60_000, 1);
    let window = WINDOW_BYTES as usize / 60_064 + 1;
    for _ in 0..window {
        wire.forge(0, Lane::Mail(7).stream(), forged.clone());
        assert!(matches!(
            wire.links[1].next_event(),
            Some(LinkEvent::Arrived { .. })
        ));
    }
    wire.forge(0, Lane::Mail(7).stream(), forged);
    let refusal = LinkRefusal::Record(RecordError::Overdrawn);
    assert_eq!(
        wire.links[1].next_event(),
        Some(LinkEvent::Refused(refusal))
    );
}
