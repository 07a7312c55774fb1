//! Members are spread over zones.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use raptor_core::membership::Load;
use raptor_core::supervision::Placement;
use raptor_core::{FlightId, Incarnation, NodeRecord, Zone};

/// Up to 24 nodes in up to 5 zones, more or less busy; some draining.
fn nodes() -> impl Strategy<Value = Vec<(NodeRecord, Load)>> {
    let node = (0_u8..5, 0_u32..8, 0_u32..5, proptest::bool::weighted(0.1));
    proptest::collection::vec(node, 0..24).prop_map(|nodes| {
        let nodes = nodes.into_iter().enumerate();
        nodes
            .map(|(at, (zone, flights, slots, is_draining))| {
                let record = NodeRecord {
                    node: format!("n{at}").parse().unwrap(),
                    zone: zone_name(zone),
                    incarnation: Incarnation(1),
                };
                let load = Load {
                    flights,
                    weight: 0,
                    slots,
                    is_draining,
                };
                (record, load)
            })
            .collect()
    })
}

fn zone_name(zone: u8) -> Zone {
    format!("z{zone}").parse().unwrap()
}

fn placement(flight: u128, home: &Zone, nodes: &[(NodeRecord, Load)]) -> Placement {
    let candidates = nodes.iter().map(|(record, load)| (record, *load));
    Placement::new(FlightId(flight), [home], candidates)
}

proptest! {
    #[test]
    fn no_zone_gets_another_member_while_one_with_fewer_has_a_candidate(
        flight in any::<u128>(),
        home in 0_u8..5,
        nodes in nodes(),
    ) {
        let home = zone_name(home);
        let willing: BTreeSet<_> = nodes
            .iter()
            .filter(|(_, load)| !load.is_draining)
            .map(|(record, _)| record.clone())
            .collect();
        let mut free = willing.clone();
        let mut members = BTreeMap::from([(home.clone(), 1)]);
        for chosen in placement(flight, &home, &nodes) {
            let crowd = |zone: &Zone| members.get(zone).copied().unwrap_or(0);
            for other in &free {
                prop_assert!(crowd(&chosen.zone) <= crowd(&other.zone), "{chosen:?} before {other:?}");
            }
            prop_assert!(free.remove(&chosen), "each node is asked once");
            *members.entry(chosen.zone).or_insert(0) += 1;
        }
        prop_assert!(free.is_empty(), "every willing node is asked in the end");
    }

    #[test]
    fn within_a_zone_the_busier_come_later(flight in any::<u128>(), nodes in nodes()) {
        let loads: BTreeMap<_, _> = nodes.iter().cloned().collect();
        let mut pressures = BTreeMap::new();
        for chosen in placement(flight, &zone_name(0), &nodes) {
            let pressure = loads[&chosen].pressure();
            if let Some(before) = pressures.insert(chosen.zone, pressure) {
                prop_assert!(before <= pressure);
            }
        }
    }

    #[test]
    fn the_order_does_not_depend_on_who_is_listed_first(
        flight in any::<u128>(),
        (nodes, shuffled) in nodes().prop_flat_map(|nodes| (Just(nodes.clone()), Just(nodes).prop_shuffle())),
    ) {
        let order: Vec<_> = placement(flight, &zone_name(0), &nodes).collect();
        let again: Vec<_> = placement(flight, &zone_name(0), &shuffled).collect();
        prop_assert_eq!(order, again);
    }
}
