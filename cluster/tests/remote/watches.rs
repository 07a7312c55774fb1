//! Death-watch: each end is told once.

use raptor_cluster::remote::{EndCause, Terminated};

use super::*;

/// What a node was told to watch, the other watches now. The answer to the first question comes behind
/// the order to watch, so what goes there with the second comes behind the watch.
async fn are_watched(by: &Node, there: &Node) {
    let nobody = by.remote::<Echo>(there.record().node.clone(), "?");
    for _ in 0..2 {
        let asked = nobody.ask(&echo(), HANG).await;
        assert!(
            matches!(asked, Err(RemoteError::Undeliverable(_))),
            "{asked:?}"
        );
    }
}

#[actix::test]
async fn an_actor_that_stops_is_missed_once_by_each_who_watches() {
    let trial = Trial::start().await;
    let (recipient, ends) = Listener::start();
    let there = trial.there.record().node.clone();
    let watches: Vec<_> = [&trial.here, &trial.third, &trial.there]
        .map(|node| node.remote::<Echo>(there.clone(), "parrot"))
        .map(|parrot| parrot.watch(recipient.clone()))
        .into();
    for node in [&trial.here, &trial.third, &trial.there] {
        are_watched(node, &trial.there).await;
    }
    assert!(ends.try_recv().is_err(), "it lives");
    trial.parrot.send(Stop).await.expect("it is up");
    for _ in &watches {
        let Terminated {
            node, actor, why, ..
        } = next(&ends).await;
        assert_eq!((node, &*actor), (there.clone(), "parrot"));
        assert_eq!(why, EndCause::Stopped);
    }
    // Its node goes as well: that is no second end.
    let Trial {
        here,
        there: gone,
        third,
        ..
    } = trial;
    drop(gone);
    met(&here, 1).await;
    met(&third, 1).await;
    assert!(ends.try_recv().is_err(), "it has ended already");
}

#[actix::test]
async fn whoever_is_not_there_is_missed_at_once() {
    let trial = Trial::start().await;
    let (recipient, ends) = Listener::start();
    let there = trial.there.record().node.clone();
    let nobody = trial.here.remote::<Echo>(there.clone(), "nobody");
    let watch = nobody.watch(recipient.clone());
    let end = next(&ends).await;
    assert_eq!((end.watch, end.why), (watch, EndCause::NoSuchActor));
    let nowhere = "nowhere".parse().expect("a name");
    trial
        .here
        .remote::<Echo>(nowhere, "parrot")
        .watch(recipient);
    assert_eq!(next(&ends).await.why, EndCause::NodeDown);
}

#[actix::test]
async fn an_actor_whose_node_goes_is_missed_once() {
    let trial = Trial::start().await;
    let (recipient, ends) = Listener::start();
    let watch = trial.parrot::<Echo>().watch(recipient);
    are_watched(&trial.here, &trial.there).await;
    let Trial { here, there, .. } = trial;
    drop(there);
    let end = next(&ends).await;
    assert_eq!((end.watch, end.why), (watch, EndCause::NodeDown));
    met(&here, 1).await;
    assert!(ends.try_recv().is_err(), "it has ended already");
}

#[actix::test]
async fn an_actor_that_is_unregistered_or_replaced_is_missed() {
    let trial = Trial::start().await;
    let (recipient, ends) = Listener::start();
    let parrot = trial.parrot::<Echo>();
    parrot.watch(recipient.clone());
    are_watched(&trial.here, &trial.there).await;
    let registration = trial.there.registration("parrot");
    drop(registration);
    assert_eq!(next(&ends).await.why, EndCause::Stopped);
    let again = || {
        let recipient = trial.parrot.clone().recipient();
        trial.there.register::<Echo>("parrot", recipient);
    };
    again();
    parrot.watch(recipient);
    are_watched(&trial.here, &trial.there).await;
    // At once, so that nobody sees the name without an actor.
    trial.there.unregister("parrot");
    again();
    assert_eq!(next(&ends).await.why, EndCause::Stopped);
    assert_eq!(trial.ask(&echo()).await, Ok("abab".to_owned()));
}

#[actix::test]
async fn a_registration_of_before_leaves_its_successor_alone() {
    let trial = Trial::start().await;
    let before = trial.there.registration("parrot");
    trial.there.unregister("parrot");
    let recipient = trial.parrot.clone().recipient();
    trial.there.register::<Echo>("parrot", recipient);
    drop(before);
    assert_eq!(trial.ask(&echo()).await, Ok("abab".to_owned()));
}

#[actix::test]
async fn whoever_watches_no_more_hears_nothing() {
    let trial = Trial::start().await;
    let (recipient, ends) = Listener::start();
    let parrot = trial.parrot::<Echo>();
    let watch = parrot.watch(recipient.clone());
    let other = parrot.watch(recipient);
    are_watched(&trial.here, &trial.there).await;
    trial.here.unwatch(watch);
    are_watched(&trial.here, &trial.there).await;
    trial.there.unregister("parrot");
    assert_eq!(next(&ends).await.watch, other);
    are_watched(&trial.here, &trial.there).await;
    assert!(ends.try_recv().is_err(), "that one was taken back");
}
