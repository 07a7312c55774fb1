//! Links that end because nobody needs them.

use super::*;

#[test]
fn idle_ends_part_and_what_is_posted_then_waits_for_the_next_link() {
    let mut wire = Wire::up();
    wire.kept = Some(vec![]);
    assert_eq!(wire.post(0, Lane::Mail(1), envelope(10, 1)), Ok(()));
    assert!(!wire.links[0].is_idle(), "something waits");
    wire.settle();
    assert!(!wire.links[1].is_idle(), "something is being handled");
    wire.kept = None;
    wire.events[1].clear();
    assert!(wire.links.iter().all(Link::is_idle));
    wire.links[0].part();
    wire.settle();
    assert_eq!(wire.events[1], [LinkEvent::Parted]);
    assert!(wire.links.iter().all(Link::has_parted));
    assert_eq!(wire.post(0, Lane::Mail(1), envelope(10, 2)), Ok(()));
    assert!(wire.links[0].is_drained(), "it is for the next link");
    assert_eq!(wire.links[0].next_message(now(), |_| true), None);
    let mut next = Wire::up();
    let waiting = wire.links[0].take_outbox();
    next.links[0].inherit(waiting);
    next.settle();
    assert_eq!(next.arrived(1), [(Lane::Mail(1), envelope(10, 2))]);
}

#[test]
fn an_end_that_has_something_to_say_does_not_part() {
    let mut wire = Wire::up();
    wire.links[0].part();
    wire.send(usize::MAX);
    assert_eq!(wire.post(1, Lane::Mail(1), envelope(10, 1)), Ok(()));
    assert!(wire.deliver(1, 0), "the wish to part");
    wire.settle();
    assert!(!wire.links.iter().any(Link::has_parted));
    assert_eq!(wire.arrived(0).len(), 1);
    assert_eq!(wire.post(0, Lane::Mail(1), envelope(10, 2)), Ok(()));
    wire.settle();
    assert_eq!(wire.arrived(1).len(), 1);
}
