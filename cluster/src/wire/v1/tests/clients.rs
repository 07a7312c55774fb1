//! What clients and nodes say to each other.

use super::*;

#[test]
fn what_clients_ask() {
    golden(
        &Envelope::Invoke(Box::new(invoke())),
        &format!(
            "00 07 {} 01 04636f6465 027b7d 01 016b0163 01 01650174 0104 00 06 01",
            d1()
        ),
    );
    let bare = Invoke {
        bundle: bundle_ref(None),
        surroundings: Surroundings::default(),
        size: None,
        policy: Policy::ForkJoin,
        watch: false,
        ..invoke()
    };
    golden(
        &Envelope::Invoke(Box::new(bare)),
        &format!("00 07 {} 00 027b7d 00 00 00 01 06 00", d1()),
    );
    golden(&Envelope::Cancel { flight: FLIGHT }, "01 07");
}

#[test]
fn what_clients_are_told_on_the_way() {
    let tell = |progress, hex: &str| {
        let flight = FLIGHT;
        golden(
            &Envelope::Progress { flight, progress },
            &format!("02 07 {hex}"),
        );
    };
    tell(Progress::Joined(MEMBER), "00 02");
    tell(Progress::Missing(MEMBER), "01 02");
    tell(Progress::Started(MEMBER, 3), "02 02 03");
    tell(Progress::Won(MEMBER, 3), "03 02 03");
    tell(Progress::Failed(MEMBER, 3), "04 02 03");
}

#[test]
fn what_clients_are_told_at_the_end() {
    let tell = |answer, hex: &str| {
        let flight = FLIGHT;
        golden(
            &Envelope::Settled { flight, answer },
            &format!("03 07 {hex}"),
        );
    };
    tell(Answer::Landed(Bytes::from_static(b"{}")), "00 027b7d");
    let faults = vec![MemberFault {
        attempt: ATTEMPT,
        node: "n".parse().expect("a name"),
        fault: Fault::new(FaultKind::Exited(1), "log"),
    }];
    let function = "f".to_owned();
    tell(
        Answer::Failed { function, faults },
        "01 0166 01 0209 016e 00 02 036c6f67",
    );
    tell(Answer::TimedOut, "02");
    tell(Answer::Cancelled, "03");
    tell(Answer::Refused("why".to_owned()), "04 03776879");
    golden(
        &Envelope::Recorded(Box::new(record())),
        "04 07 01 03 02 04 08 01 02 016e 017a 01 01 01 0209 0166 0106 01 0100 01 04 00 01 02 00 016f",
    );
}
