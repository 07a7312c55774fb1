//! Which watches end how.

use super::*;

fn watches_of(peer: PeerId, actors: &[(&str, ActorLife)]) -> Watches {
    let mut watches = Watches::default();
    for (number, (actor, life)) in (0..).zip(actors) {
        let watched = watches.on_watch(peer, number, actor, Some(*life));
        assert_eq!(watched, Ok(()));
    }
    watches
}

#[test]
fn an_actor_and_its_successor_are_two() {
    let peer = PeerId::OURSELVES;
    let mut watches = watches_of(peer, &[("a", 1), ("a", 2), ("b", 3), ("c", 4)]);
    // The successor of the first "a" lives, as does "c"; "b" is gone.
    let lives = |actor: &str| match actor {
        "a" => Some(2),
        "c" => Some(4),
        _ => None,
    };
    assert_eq!(watches.take_ended(lives), [(peer, 0), (peer, 2)]);
    assert_eq!(watches.take_ended(lives), [], "each ends once");
}

#[test]
fn a_peer_watches_only_so_many_and_none_once_it_is_down() {
    let peer = PeerId::OURSELVES;
    let mut watches = Watches::default();
    for number in 0..WATCHES_PER_PEER_MAX as u64 {
        assert_eq!(watches.on_watch(peer, number, "a", Some(1)), Ok(()));
    }
    let one_more = watches.on_watch(peer, u64::MAX, "a", Some(1));
    assert_eq!(one_more, Err(EndCause::TooManyWatches));
    watches.on_unwatch(peer, 0);
    assert_eq!(watches.on_watch(peer, u64::MAX, "a", Some(1)), Ok(()));
    watches.on_peer_down(peer);
    assert_eq!(watches.take_ended(|_| None), []);
}

#[test]
fn whoever_is_not_there_cannot_be_watched() {
    let watched = Watches::default().on_watch(PeerId::OURSELVES, 0, "a", None);
    assert_eq!(watched, Err(EndCause::NoSuchActor));
}
