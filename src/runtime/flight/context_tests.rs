use raptor_cluster::security::ClusterKey;
use raptor_cluster::{FlightId, Incarnation, Invitation, MemberIndex, NodeRecord};
use serde_json::value::RawValue;

use super::{Context, Void};
use crate::runtime::flight::signed::NotOurs;

const KEY: &str = "uuid:key";

fn context(member: u16) -> Context {
    let leader = NodeRecord {
        node: "leader".parse().expect("a name"),
        zone: "zone".parse().expect("a name"),
        incarnation: Incarnation(7),
    };
    Context {
        action: "/guest/package/flown".to_owned(),
        member,
        deadline_ms: 1_000,
        invitation: Invitation {
            flight: FlightId(5),
            size: 3,
            leader,
            address: "127.0.0.1:9".parse().expect("an address"),
            key: ClusterKey::generate().expect("random numbers"),
            action: raptor_core::Digest::of(b"code"),
        },
        params: RawValue::from_string(r#"{"a": 1.0}"#.to_owned()).expect("JSON"),
    }
}

#[test]
fn a_follower_reads_what_its_leader_wrote_to_the_byte() {
    let written = context(2);
    let read = Context::open(KEY, &written.sign(KEY)).expect("it is ours");
    assert_eq!(read.invitation, written.invitation);
    assert_eq!(read.params.get(), r#"{"a": 1.0}"#);
    assert_eq!(read.check("/guest/package/flown", 999), Ok(MemberIndex(2)));
}

#[test]
fn a_user_who_has_no_key_signs_nothing() {
    let forged = context(1).sign("");
    let opened = Context::open(KEY, &forged).map(|context| context.member);
    assert_eq!(opened, Err(NotOurs::Signature));
}

#[test]
fn a_context_is_void_for_another_action_after_its_deadline_and_for_no_follower() {
    let check = |context: Context, action, now| context.check(action, now);
    let action = "/guest/package/flown";
    let of_another = Void::Action(action.to_owned());
    assert_eq!(check(context(1), "/guest/flown", 0), Err(of_another));
    assert_eq!(check(context(1), action, 1_000), Err(Void::Late));
    assert_eq!(check(context(0), action, 0), Err(Void::Member(0)));
    assert_eq!(check(context(3), action, 0), Err(Void::Member(3)));
}
