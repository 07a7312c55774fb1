//! Members that come late, leave, or are lost.

use super::*;

#[test]
fn an_outstanding_recruit_keeps_hope_until_the_join_timeout() {
    let mut leader = Member::new(0, 2, independent(1));
    leader.on(Event::Begin);
    assert_eq!(leader.on(faulted(a(0, 0))), [to_all(failed(a(0, 0), 0))]);
    leader.now = leader
        .flight
        .poll_timeout()
        .expect("it waits for the recruit")
        .as_micros();
    assert_eq!(leader.now, 2_000_000);
    let commands = leader.on(Event::Tick);
    assert_eq!(
        commands[0],
        to_all(Report::Out {
            member: MemberIndex(1)
        })
    );
    assert!(
        matches!(commands[2], Command::Settle(Verdict::Failed { .. })),
        "{commands:?}"
    );
}

#[test]
fn a_follower_that_loses_its_leader_stops() {
    let mut follower = Member::new(1, 2, independent(2));
    follower.on(Event::Begin);
    assert_eq!(
        follower.on(Event::PeerLost {
            member: MemberIndex(0)
        }),
        [
            to_all(Report::Ended),
            Command::Preempt { attempt: a(1, 0) },
            Command::Settle(Verdict::Abandoned)
        ]
    );
    assert!(matches!(
        follower.on(stopped(a(1, 0)))[..],
        [Command::Close { .. }]
    ));
}

#[test]
fn a_follower_that_is_cancelled_tells_all_and_nobody_counts_on_it() {
    let mut follower = Member::new(1, 3, independent(2));
    follower.on(Event::Begin);
    assert_eq!(
        follower.on(Event::Cancelled),
        [
            to_all(Report::Ended),
            Command::Preempt { attempt: a(1, 0) },
            Command::Settle(Verdict::Cancelled)
        ]
    );
    let mut other = Member::new(2, 3, independent(2));
    other.on(Event::Begin);
    other.hears(1, Report::Ended);
    assert_eq!(
        other.flight.standing(MemberIndex(1)),
        super::super::Standing::Out
    );
}

#[test]
fn a_late_joiner_is_told_all_that_it_missed() {
    let mut leader = Member::new(0, 2, independent(2));
    leader.on(Event::Begin);
    leader.on(ended(a(0, 0), "x"));
    assert_eq!(
        leader.on(Event::PeerJoined {
            member: MemberIndex(1)
        }),
        [Command::Welcome {
            to: MemberIndex(1),
            reports: vec![found(a(0, 0), 0, &[], "x"), sealed(a(0, 0), 0, "x")],
        }]
    );
}

#[test]
fn a_late_joiner_is_told_whom_the_leader_does_not_count_on() {
    let mut leader = Member::new(0, 3, independent(1));
    let gone = MemberIndex(2);
    leader.on(Event::Begin);
    leader.on(Event::PeerRefused { member: gone });
    let member = MemberIndex(1);
    let welcome = Command::Welcome {
        to: member,
        reports: vec![Report::Out { member: gone }],
    };
    assert_eq!(leader.on(Event::PeerJoined { member }), [welcome]);
}

#[test]
fn a_follower_tells_the_leader_what_a_lost_member_has_found() {
    let mut follower = Member::new(1, 3, independent(1));
    follower.on(Event::Begin);
    let finding = || found(a(2, 0), 0, &[], "found");
    follower.hears(2, finding());
    let tell = || Command::Report {
        to: Audience::One(MemberIndex(0)),
        report: finding(),
    };
    let member = MemberIndex(2);
    assert_eq!(follower.hears(0, Report::Out { member }), [tell()]);
    assert_eq!(follower.hears(2, finding()), [tell()]);

    let mut leader = Member::new(0, 3, independent(1));
    leader.on(Event::Begin);
    leader.on(Event::PeerLost { member });
    let commands = leader.hears(1, finding());
    assert_eq!(commands[0], to_all(sealed(a(2, 0), 0, "found")));
}

#[test]
fn a_follower_asks_the_leader_for_a_final_value_whose_finder_is_lost() {
    let mut follower = Member::new(1, 3, independent(2));
    follower.on(Event::Begin);
    assert_eq!(follower.hears(0, sealed(a(2, 0), 0, "gone")), []);
    let ask = Command::Join {
        to: Audience::One(MemberIndex(0)),
    };
    assert_eq!(
        follower.on(Event::PeerLost {
            member: MemberIndex(2)
        }),
        [ask]
    );
}

#[test]
fn a_follower_that_has_left_asks_for_nothing_and_logs_what_it_did() {
    let mut follower = Member::new(1, 3, independent(2));
    follower.on(Event::Begin);
    follower.on(Event::Cancelled);
    follower.hears(0, sealed(a(2, 0), 0, "gone"));
    let member = MemberIndex(2);
    assert_eq!(follower.hears(0, Report::Out { member }), []);
    assert!(matches!(
        follower.on(stopped(a(1, 0)))[..],
        [Command::Report {
            to: Audience::One(MemberIndex::LEADER),
            report: Report::Logged(_)
        }]
    ));
}
