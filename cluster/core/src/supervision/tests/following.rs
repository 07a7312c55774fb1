use super::*;

#[test]
fn a_recruit_follows() {
    let mut trial = Trial::following();
    trial.expect(asked(), &[]);
    assert_eq!(trial.supervision.poll_timeout(), None);
    let leader = Route::Member(MemberIndex::LEADER);
    assert_eq!(trial.supervision.route(FLIGHT, &node("b1")), leader);
    let fellow = trial.supervision.node_of(FLIGHT, MemberIndex(1));
    assert_eq!(fellow, Some(&record("c1")));
}

#[test]
fn a_follower_hears_of_its_fellows() {
    let mut trial = Trial::following();
    trial.expect(joined(1, "c1"), &[inform(1, News::Joined)]);
    trial.expect(peer_down("c1"), &[inform(1, News::Lost)]);
    trial.expect(peer_up(record("d1")), &[]);
    trial.expect(joined(1, "d1"), &[inform(1, News::Joined)]);
    let fellow = trial.supervision.node_of(FLIGHT, MemberIndex(1));
    assert_eq!(fellow, Some(&record("d1")));
}

#[test]
fn a_follower_hears_at_once_of_fellows_whose_nodes_it_does_not_reach() {
    let mut trial = Trial::with_peers(&["b1"]);
    let commands = [
        admitted(FlightLimit::Followed),
        follow(),
        inform(1, News::Lost),
    ];
    trial.expect(asked(), &commands);
    trial.expect(peer_up(record("c1")), &[inform(1, News::Reachable)]);
    trial.expect(joined(1, "c1"), &[inform(1, News::Joined)]);
}

#[test]
fn a_follower_whose_leader_is_gone_already_hears_it_at_once() {
    let mut trial = Trial::with_peers(&["c1"]);
    let commands = [
        admitted(FlightLimit::Followed),
        follow(),
        inform(0, News::Lost),
    ];
    trial.expect(asked(), &commands);
}

#[test]
fn nobody_takes_the_place_of_the_leader_or_of_oneself() {
    let mut trial = Trial::following();
    for member in [0, 2, 3] {
        trial.expect(joined(member, "c1"), &[]);
    }
    trial.expect(joined(0, "b1"), &[inform(0, News::Joined)]);
}

#[test]
fn a_follower_hears_of_the_loss_of_its_leader() {
    let mut trial = Trial::following();
    trial.expect(peer_down("b1"), &[inform(0, News::Lost)]);
}

#[test]
fn only_its_leader_dismisses_a_follower() {
    let mut trial = Trial::following();
    trial.expect(dismissed("c1"), &[]);
    trial.expect(dismissed("b1"), &[inform(0, News::Lost)]);
}

#[test]
fn a_recruit_with_an_impossible_place_is_refused() {
    for (member, size) in [(0, 2), (2, 2)] {
        let mut trial = Trial::with_peers(&["b1"]);
        let member = MemberIndex(member);
        let ask = Event::RecruitAsked {
            leader: record("b1"),
            recruit: Recruit {
                flight: FLIGHT,
                member,
                size,
                members: vec![],
            },
        };
        let node = record("b1");
        let asker = Asker::Leader { node, member };
        trial.expect(ask, &refuse(asker, Refusal::NoFollower));
    }
}

#[test]
fn a_follower_joins_its_leader_again_after_their_link_was_broken() {
    let mut trial = Trial::following();
    trial.expect(peer_relinked("b1"), &[inform(0, News::Reachable)]);
    trial.expect(peer_relinked("c1"), &[inform(1, News::Reachable)]);
}
