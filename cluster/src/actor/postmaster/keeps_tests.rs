//! When kept addresses are dialed.

use raptor_core::FlightId;

use super::*;

fn aim() -> Aim {
    aim_as(Role::Node)
}

fn aim_as(role: Role) -> Aim {
    let address = "127.0.0.1:7000".parse().expect("an address");
    Aim { address, role }
}

/// Keeps with one address that association `id` holds.
fn held(id: AssociationId, now: Instant) -> Keeps {
    let mut keeps = Keeps::new(1);
    keeps.add(aim(), now);
    keeps.on_held(aim(), id);
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
    keeps.add(aim(), now);
    assert_eq!(keeps.due(now), [aim()]);
    keeps.on_held(aim(), id);
    assert_eq!((keeps.due(now), keeps.deadline()), (vec![], None));
    keeps.add(aim(), now);
    assert_eq!(keeps.deadline(), None, "kept twice is kept once");
    assert_eq!(keeps.remove(aim()), Some(id));
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
        keeps.on_held(aim(), id);
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

#[tokio::test]
async fn members_at_one_address_are_kept_apart_and_leave_with_their_flight() {
    let (now, id) = (Instant::now(), AssociationId::FIRST);
    let [one, other] = [1, 2].map(|flight| Role::Member(FlightId(flight)));
    let mut keeps = held(id, now);
    keeps.add(aim_as(one), now);
    keeps.add(aim_as(other), now);
    assert_eq!(keeps.due(now), [aim_as(one), aim_as(other)]);
    keeps.on_held(aim_as(one), id.next());
    assert_eq!(keeps.remove_all(one), [id.next()]);
    assert_eq!(keeps.remove_all(other), []);
    assert!(keeps.holds(id));
}

#[tokio::test]
async fn a_member_that_is_refused_tries_again_soon() {
    let (now, id) = (Instant::now(), AssociationId::FIRST);
    let mut keeps = held(id, now);
    keeps.on_over(id, Outcome::Refused, now);
    assert!(wait(&keeps, now) >= BACKOFF_MAX / 2);
    let member = aim_as(Role::Member(FlightId(1)));
    keeps.add(member, now);
    keeps.on_held(member, id.next());
    keeps.on_over(id.next(), Outcome::Refused, now);
    assert!(wait(&keeps, now) <= BACKOFF_MIN);
}
