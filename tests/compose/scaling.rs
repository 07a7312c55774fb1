//! Nodes come and go as they are told to.

use crate::client::sleeps;
use crate::testbed::Testbed;
use crate::traffic::{Traffic, lost};

#[test]
fn nodes_come_and_go_under_load_and_no_activation_is_lost() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    // Longer than it takes the gateway to see that a node drains: what was begun there is waited for.
    testbed.gateway().make("fly", &sleeps("1500ms"));
    let traffic = Traffic::at_gateway(&testbed.gateway(), 6, "fly");
    traffic.lands(10, ["gateway"].into_iter());
    let scale = |scale: &str| {
        let words = [
            "up",
            "--detach",
            "--no-recreate",
            "--scale",
            scale,
            "zone-a",
        ];
        testbed.run(&mut testbed.compose(&words));
    };
    scale("zone-a=3");
    testbed.is_whole(7);
    traffic.lands(10, ["gateway"].into_iter());
    scale("zone-a=1");
    testbed.is_whole(5);
    traffic.lands(10, ["gateway"].into_iter());
    let lost = lost(&traffic.end());
    assert!(lost.is_empty(), "{lost:?}");
    testbed.down();
}
