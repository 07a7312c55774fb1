//! Whatever is posted arrives, and whatever arrives does no harm.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tests::{Wire, envelope, hello};
use super::*;

fn any_lane() -> impl Strategy<Value = Lane> {
    prop_oneof![
        Just(Lane::Control),
        Just(Lane::Bulk),
        (0..5_u128).prop_map(Lane::Flight),
        // Shares a stream with another flight.
        (30..33_u128).prop_map(Lane::Flight),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn envelopes_arrive_whole_once_and_in_the_order_of_their_lane(
        posts in prop::collection::vec((any_lane(), 0..30_000_usize), 1..40),
        order in prop::collection::vec(any::<u8>(), 64),
        waiting_max in 1..4_usize,
    ) {
        let mut wire = Wire::up();
        let mut sent: BTreeMap<Lane, Vec<Bytes>> = BTreeMap::new();
        for (index, (lane, bytes)) in posts.iter().enumerate() {
            let envelope = envelope(*bytes, index as u8);
            wire.post(0, *lane, envelope.clone()).expect("there is room");
            sent.entry(*lane).or_default().push(envelope);
        }
        for choice in order.iter().cycle() {
            wire.send(waiting_max);
            if !wire.deliver(1, usize::from(*choice)) {
                break;
            }
        }
        let mut arrived: BTreeMap<Lane, Vec<Bytes>> = BTreeMap::new();
        for (lane, envelope) in wire.arrived(1) {
            arrived.entry(lane).or_default().push(envelope);
        }
        prop_assert!(arrived == sent);
        prop_assert!(wire.links[0].is_drained());
    }

    #[test]
    fn no_bytes_make_a_link_panic(
        messages in prop::collection::vec(
            (0..4_u16, 0..3_u32, prop::collection::vec(any::<u8>(), 1..80)), 1..20
        ),
        is_up in any::<bool>(),
    ) {
        let mut wire = if is_up { Wire::up() } else { Wire::new(hello("n1"), hello("n2")) };
        for (stream, version, bytes) in messages {
            let ppid = Ppid(GREETING_PPID.0 | version);
            let bytes = if bytes[0] % 2 == 0 { [&b"RAPTOR"[..], &bytes].concat() } else { bytes };
            wire.links[0].on_message(StreamId(stream), ppid, Bytes::from(bytes));
            while wire.links[0].next_event().is_some() {}
        }
    }
}
