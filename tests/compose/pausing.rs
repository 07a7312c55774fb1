//! A node is paused in mid-load: it is neither dead nor cut off, and says nothing.

use crate::client::sleeps;
use crate::engine::docker;
use crate::testbed::Testbed;
use crate::traffic::{Traffic, are_told_clearly, lost};

#[test]
fn a_node_that_is_paused_costs_no_activation_of_others_and_goes_on() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    let nodes = testbed.nodes();
    testbed.gateway().make("fly", &sleeps("150ms"));
    let (paused, awake) = nodes.split_first().expect("there are six");
    let names = || awake.iter().map(|node| node.name.as_str());
    let traffic = Traffic::at_nodes(awake, "fly");
    let through_gateway = Traffic::at_gateway(&testbed.gateway(), 6, "fly");
    traffic.lands(3, names());

    docker(&["pause", &paused.container.0]);
    traffic.lands(10, names());
    through_gateway.lands(20, ["gateway"].into_iter());
    docker(&["unpause", &paused.container.0]);
    testbed.is_whole(6);
    traffic.lands(3, names());

    let lost_directly = lost(&traffic.end());
    assert!(lost_directly.is_empty(), "{lost_directly:?}");
    are_told_clearly(&lost(&through_gateway.end()));
    assert!(
        paused
            .client
            .invoke("fly")
            .expect("it answers")
            .is_success()
    );
    testbed.down();
}
