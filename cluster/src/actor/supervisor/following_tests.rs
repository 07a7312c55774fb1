//! What whoever has sent this node is told.

use super::*;

#[test]
fn a_sender_hears_how_the_leader_was_lost() {
    let flight = FlightId(7);
    let cases = [
        (News::Lost, FollowedEnd::LeaderLost),
        (News::Missing, FollowedEnd::LeaderMissing),
        (News::Over, FollowedEnd::Over),
    ];
    for (news, expected) in cases {
        let (ended, mut heard) = oneshot::channel();
        let mut rendezvous = Rendezvous::default();
        rendezvous.expect(flight, ended);
        rendezvous.on_news(flight, MemberIndex(0), news);
        rendezvous.on_news(flight, MemberIndex(1), News::Joined);
        let mut sender = rendezvous.senders.remove(&flight).expect("it waits");
        sender.settled = Some(MemberSettled {
            flight,
            how: Settlement::Abandoned,
            won: Vec::new(),
            preempted: Vec::new(),
        });
        sender.tell();
        assert_eq!(heard.try_recv(), Ok(Followed::idle(expected)));
    }
}
