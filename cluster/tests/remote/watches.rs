//! Death-watch: each end is told once.

use raptor_cluster::remote::{EndCause, Terminated};

use super::*;

/// All that the listener has heard, once what was asked behind it has been answered.
async fn heard(trial: &Trial, ends: &Receiver<Terminated>) -> Vec<EndCause> {
    let whoever = trial
        .here
        .remote::<Echo>(trial.third.record().node.clone(), "?");
    for _ in 0..3 {
        let _ = whoever.ask(&echo(), HANG).await;
    }
    ends.try_iter().map(|end| end.why).collect()
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
    // Behind it, so that it is watched.
    trial.ask(&echo()).await.expect("it is up");
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
    trial.ask(&echo()).await.expect("it is up");
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
    trial.ask(&echo()).await.expect("it is up");
    let registration = trial.there.registration("parrot");
    drop(registration);
    assert_eq!(next(&ends).await.why, EndCause::Stopped);
    let again = || {
        let recipient = trial.parrot.clone().recipient();
        trial.there.register::<Echo>("parrot", recipient);
    };
    again();
    parrot.watch(recipient);
    trial.ask(&echo()).await.expect("it is up");
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
    trial.ask(&echo()).await.expect("it is up");
    trial.here.unwatch(watch);
    trial.ask(&echo()).await.expect("it is up");
    trial.there.unregister("parrot");
    assert_eq!(next(&ends).await.watch, other);
    assert_eq!(heard(&trial, &ends).await, []);
}
