//! Who is in which group, and within which limits.

use super::*;

fn node(name: &str) -> NodeId {
    name.parse().expect("a name")
}

fn join(memberships: &mut Memberships, group: &str, actor: &str) -> Result<bool, JoinError> {
    let (group, actor) = (group.to_owned(), actor.to_owned());
    memberships.join(&JoinGroup { group, actor }, Some(1))
}

fn members(rosters: &Rosters, group: &str) -> Vec<(NodeId, String)> {
    let roster = rosters.find(group);
    let seats = roster.seats.iter();
    seats
        .map(|seat| (seat.node.clone(), seat.actor.as_ref().to_owned()))
        .collect()
}

#[test]
fn a_group_is_shown_with_its_members_of_all_nodes() {
    let (us, them) = (node("us"), node("them"));
    let (mut memberships, rosters) = (Memberships::default(), Rosters::default());
    assert_eq!(join(&mut memberships, "g", "a"), Ok(true));
    assert_eq!(
        join(&mut memberships, "g", "a"),
        Ok(false),
        "once is enough"
    );
    assert_eq!(join(&mut memberships, "h", "a"), Ok(true));
    let (group, actor) = ("g", "b");
    memberships.on_joined(&them, Membership { group, actor });
    memberships.publish("g", &us, &rosters);
    let both = [(us.clone(), "a".to_owned()), (them.clone(), "b".to_owned())];
    assert_eq!(members(&rosters, "g"), both);
    assert_eq!(memberships.on_node_down(&them), ["g".into()].into());
    memberships.publish("g", &us, &rosters);
    assert_eq!(members(&rosters, "g"), both[..1]);
}

#[test]
fn whoever_stays_in_a_group_keeps_its_count_of_questions() {
    let (us, them) = (node("us"), node("them"));
    let (mut memberships, rosters) = (Memberships::default(), Rosters::default());
    join(&mut memberships, "g", "a").expect("it lives");
    memberships.publish("g", &us, &rosters);
    let seat = Arc::clone(&rosters.find("g").seats[0]);
    let (group, actor) = ("g", "b");
    memberships.on_joined(&them, Membership { group, actor });
    memberships.publish("g", &us, &rosters);
    assert!(Arc::ptr_eq(&seat, &rosters.find("g").seats[0]));
}

#[test]
fn actors_that_are_gone_are_in_no_group() {
    let mut memberships = Memberships::default();
    for (group, actor) in [("g", "a"), ("h", "a"), ("g", "b")] {
        join(&mut memberships, group, actor).expect("it lives");
    }
    let lives = |actor: &str| (actor == "b").then_some(1);
    let ended = memberships.take_ended(lives);
    assert_eq!(ended, [place("g", "a"), place("h", "a")]);
    assert_eq!(memberships.ours().count(), 1);
}

#[test]
fn a_node_has_only_so_many_memberships() {
    let (us, them) = (node("us"), node("them"));
    let mut memberships = Memberships::default();
    for number in 0..MEMBERSHIPS_MAX {
        join(&mut memberships, "g", &number.to_string()).expect("there is room");
    }
    let refused = join(&mut memberships, "g", "x");
    assert!(matches!(refused, Err(JoinError::TooMany { .. })));
    assert_eq!(
        join(&mut memberships, "g", "0"),
        Ok(false),
        "it is in already"
    );
    for number in 0..=MEMBERSHIPS_MAX {
        let (group, actor) = ("g", &*number.to_string());
        memberships.on_joined(&them, Membership { group, actor });
    }
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    memberships.on_left(
        &them,
        Membership {
            group: "g",
            actor: "0",
        },
    );
    memberships.on_joined(
        &them,
        Membership {
            group: &long,
            actor: "a",
        },
    );
    let rosters = Rosters::default();
    memberships.publish("g", &us, &rosters);
    let count = members(&rosters, "g").len();
    assert_eq!(count, 2 * MEMBERSHIPS_MAX - 1);
    memberships.publish(&long, &us, &rosters);
    assert_eq!(members(&rosters, &long), []);
}
