//! What nodes say to each other, about flights and code.

use super::*;

#[test]
fn what_nodes_ask_of_each_other() {
    golden(
        &Envelope::Recruit(Box::new(recruit())),
        &format!(
            "05 07 02 03 01 00 016e 017a 05 {} 00 027b7d 01 016b0163 01 01650174 00 06",
            d1()
        ),
    );
    let (flight, member) = (FLIGHT, MEMBER);
    let why = "why".to_owned();
    golden(
        &Envelope::Decline {
            flight,
            member,
            why,
        },
        "06 07 02 03776879",
    );
    golden(&Envelope::Gone { flight }, "08 07");
    golden(
        &Envelope::BundleWanted { digest: digest() },
        &format!("09 {}", d1()),
    );
    let body = Bytes::from_static(b"code");
    golden(&Envelope::Bundle { body: body.clone() }, "0a 04636f6465");
    let part = Envelope::BundlePart {
        digest: digest(),
        total: 9,
        offset: 4,
        body,
    };
    golden(&part, &format!("0e {} 09 04 04636f6465", d1()));
    let wanted = Envelope::BundlePartWanted {
        digest: digest(),
        offset: 4,
    };
    golden(&wanted, &format!("0f {} 04", d1()));
    let packet = Bytes::from_static(b"p");
    let report = load_report();
    golden(
        &Envelope::Gossip { report, packet },
        "0b fb2c01 01 02 03 01 0170",
    );
}

#[test]
fn what_a_leader_tells_those_who_came_by_themselves() {
    let fellow = |address: &str| Fellow {
        member: MEMBER,
        record: node_record("n"),
        address: address.parse().expect("an address"),
    };
    let tell = |address, hex: &str| {
        let (flight, fellows) = (FLIGHT, vec![fellow(address)]);
        let hex = format!("10 07 01 02 016e 017a 05 {hex}");
        golden(&Envelope::Roster { flight, fellows }, &hex);
    };
    tell("127.0.0.1:6", "00 7f000001 06");
    tell("[::1]:6", "01 00000000000000000000000000000001 06");
}
