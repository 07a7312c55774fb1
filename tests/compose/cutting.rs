//! A zone is cut off the backbone in mid-load.

use crate::client::sleeps;
use crate::testbed::{Node, Testbed};
use crate::traffic::{Traffic, are_told_clearly, lost};

fn incarnation(testbed: &Testbed, node: &Node) -> serde_json::Value {
    let status = testbed.status(&node.container).expect("it answers");
    status["incarnation"].clone()
}

#[test]
fn a_zone_that_is_cut_off_costs_no_activation_whose_leader_lives_and_comes_back() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    let nodes = testbed.nodes();
    let cut_off: Vec<_> = nodes.iter().filter(|node| node.zone == "zone-b").collect();
    let before: Vec<_> = cut_off
        .iter()
        .map(|node| incarnation(&testbed, node))
        .collect();
    testbed.gateway().make("fly", &sleeps("150ms"));
    // Each client asks its node by the network of that's zone, which stays.
    let traffic = Traffic::at_nodes(&nodes, "fly");
    let through_gateway = Traffic::at_gateway(&testbed.gateway(), 6, "fly");
    let names = || nodes.iter().map(|node| node.name.as_str());
    traffic.lands(3, names());

    for node in &cut_off {
        testbed.disconnect(&node.container);
    }
    // All lead on: who is cut off flies alone.
    traffic.lands(10, names());
    through_gateway.lands(20, ["gateway"].into_iter());
    for node in &cut_off {
        testbed.connect(&node.container);
    }
    testbed.is_whole(6);
    traffic.lands(3, names());

    let after: Vec<_> = cut_off
        .iter()
        .map(|node| incarnation(&testbed, node))
        .collect();
    assert_eq!(
        before, after,
        "an address may change without a new incarnation"
    );
    let lost_directly = lost(&traffic.end());
    assert!(lost_directly.is_empty(), "{lost_directly:?}");
    are_told_clearly(&lost(&through_gateway.end()));
    testbed.down();
}
