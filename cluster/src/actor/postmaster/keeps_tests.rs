//! When kept addresses are dialed.

use super::*;

fn address() -> SocketAddr {
    "127.0.0.1:7000".parse().expect("an address")
}

/// Keeps with one address that association `id` holds.
fn held(id: AssociationId, now: Instant) -> Keeps {
    let mut keeps = Keeps::new(1);
    keeps.add(address(), now);
    keeps.on_held(address(), id);
    keeps
}

/// How long until the address is due again.
fn wait(keeps: &Keeps, now: Instant) -> Duration {
    keeps.deadline().expect("it is due some time") - now
}

#[tokio::test]
async fn an_address_is_due_at_once_and_then_held() {
    let (now, id) = (Instant::now(), AssociationId::FIRST);
    let mut keeps = Keeps::new(1);
    keeps.add(address(), now);
    assert_eq!(keeps.due(now), [address()]);
    keeps.on_held(address(), id);
    assert_eq!((keeps.due(now), keeps.deadline()), (vec![], None));
    keeps.add(address(), now);
    assert_eq!(keeps.deadline(), None, "kept twice is kept once");
    assert_eq!(keeps.remove(address()), Some(id));
}

#[tokio::test]
async fn failures_wait_longer_each_time_and_never_longer_than_the_most() {
    let (now, id) = (Instant::now(), AssociationId::FIRST);
    let mut keeps = held(id, now);
    for failures in 1..40 {
        keeps.on_over(id, Outcome::Failed, now);
        let full = backoff(failures);
        assert!((full / 2..=full).contains(&wait(&keeps, now)));
        assert!(full <= BACKOFF_MAX);
        keeps.on_held(address(), id);
    }
    assert_eq!(backoff(1), BACKOFF_MIN);
    assert_eq!(backoff(40), BACKOFF_MAX);
    keeps.on_over(id, Outcome::WasUp, now);
    assert!(
        wait(&keeps, now) <= BACKOFF_MIN,
        "it starts anew once it was up"
    );
}

#[tokio::test]
async fn another_associations_end_changes_nothing() {
    let (now, id) = (Instant::now(), AssociationId::FIRST);
    let mut keeps = held(id, now);
    keeps.on_over(id.next(), Outcome::Failed, now);
    assert_eq!(keeps.deadline(), None);
    keeps.on_ourselves(id);
    keeps.on_over(id, Outcome::Failed, now);
    assert_eq!(keeps.deadline(), None, "we do not dial ourselves again");
}
