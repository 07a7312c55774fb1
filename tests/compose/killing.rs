//! A node is killed in mid-load.

use crate::client::sleeps;
use crate::engine::docker;
use crate::testbed::Testbed;
use crate::traffic::{How, Traffic, are_told_clearly, lost};

#[test]
fn a_node_that_is_killed_costs_no_activation_but_those_that_it_led() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    let nodes = testbed.nodes();
    testbed.gateway().make("fly", &sleeps("150ms"));
    let traffic = Traffic::at_nodes(&nodes, "fly");
    let through_gateway = Traffic::at_gateway(&testbed.gateway(), 6, "fly");
    let names: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
    traffic.lands(3, names.iter().copied());

    let (dead, living) = names.split_first().expect("there are six");
    docker(&["kill", &nodes[0].container.0]);
    traffic.lands(10, living.iter().copied());
    through_gateway.lands(20, ["gateway"].into_iter());
    docker(&["start", &nodes[0].container.0]);
    testbed.is_whole(6);
    // The same name, and another life: it leads again.
    traffic.lands(3, [*dead].into_iter());

    let lost_directly = lost(&traffic.end());
    assert!(
        lost_directly.iter().all(|ending| ending.of == *dead),
        "{lost_directly:?}"
    );
    // Its client was told at once: its connection ended.
    let is_cut = |how: &How| matches!(how, How::Cut(_));
    assert!(
        lost_directly.iter().any(|ending| is_cut(&ending.how)),
        "{lost_directly:?}"
    );
    let endings = through_gateway.end();
    are_told_clearly(&lost(&endings));
    testbed.down();
}
