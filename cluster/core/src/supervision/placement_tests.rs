use super::*;
use crate::Incarnation;

fn record(node: &str, zone: &str) -> NodeRecord {
    NodeRecord {
        node: node.parse().unwrap(),
        zone: zone.parse().unwrap(),
        incarnation: Incarnation(1),
    }
}

const fn busy(flights: u32) -> Load {
    Load {
        flights,
        weight: 0,
        slots: 2,
        is_draining: false,
    }
}

/// The order in which the nodes are asked by a leader in zone `a`.
fn order(flight: u128, nodes: &[(&str, &str, Load)]) -> Vec<String> {
    let records = nodes
        .iter()
        .map(|(node, zone, load)| (record(node, zone), *load));
    let records: Vec<_> = records.collect();
    let home = "a".parse().unwrap();
    let candidates = records.iter().map(|(record, load)| (record, *load));
    Placement::new(FlightId(flight), [&home], candidates)
        .map(|record| record.node.to_string())
        .collect()
}

#[test]
fn other_zones_come_before_the_leaders_own() {
    let nodes = [
        ("a1", "a", busy(0)),
        ("b1", "b", busy(9)),
        ("b2", "b", busy(8)),
        ("c1", "c", busy(7)),
    ];
    assert_eq!(order(1, &nodes), ["c1", "b2", "a1", "b1"]);
}

#[test]
fn within_a_zone_the_least_busy_comes_first() {
    let nodes = [
        ("b1", "b", busy(2)),
        ("b2", "b", busy(0)),
        ("b3", "b", busy(1)),
    ];
    assert_eq!(order(1, &nodes), ["b2", "b3", "b1"]);
}

#[test]
fn draining_nodes_are_not_asked() {
    let draining = Load {
        is_draining: true,
        ..busy(0)
    };
    assert_eq!(
        order(1, &[("b1", "b", draining), ("b2", "b", busy(9))]),
        ["b2"]
    );
}

#[test]
fn equal_nodes_share_the_flights() {
    let nodes = [
        ("b1", "b", busy(0)),
        ("b2", "b", busy(0)),
        ("b3", "b", busy(0)),
    ];
    let mut firsts = BTreeMap::new();
    for flight in 0..3_000 {
        *firsts.entry(order(flight, &nodes).remove(0)).or_insert(0) += 1;
    }
    assert_eq!(firsts.len(), 3);
    // Three standard deviations around a third.
    assert!(
        firsts.values().all(|count| (922..=1_078).contains(count)),
        "{firsts:?}"
    );
}
