//! Nodes whose hosts have other addresses while they live.

use std::net::SocketAddr;

use crate::node::address;
use crate::seeds;
use crate::world::{SECOND, Weather, World};

/// Where nobody was before.
fn elsewhere(place: usize) -> SocketAddr {
    address(1_000 + place)
}

/// Whether all others take it to be where it is.
fn is_found(world: &World, place: usize) -> bool {
    let node = &world.nodes[place];
    let mut others = world
        .nodes
        .iter()
        .filter(|other| other.record != node.record);
    others.all(|other| other.introduced.get(&node.record) == Some(&node.address))
}

#[test]
fn a_node_that_moves_is_found_by_all_and_missed_by_nobody() {
    for weather in [Weather::FAIR, Weather::LOSSY] {
        for (size, count) in [(2, 10), (5, 10), (20, 2)] {
            for seed in seeds(count) {
                let mut world = World::met(size, weather, seed);
                for place in [1, 0] {
                    world.change_address(place, elsewhere(place));
                    let found = world.run_until(10 * SECOND, |world| is_found(world, place));
                    assert!(found.is_some(), "{size} nodes, seed {seed}");
                    world.run_for(10 * SECOND);
                }
                let downs = world.nodes.iter().flat_map(|node| node.downs());
                assert_eq!(downs.collect::<Vec<_>>(), [], "{size} nodes, seed {seed}");
                assert!(world.all_know_all(), "{size} nodes, seed {seed}");
            }
        }
    }
}

#[test]
fn who_was_cut_off_finds_a_node_that_has_moved_meanwhile() {
    for seconds in [1, 4, 30] {
        for seed in seeds(10) {
            let mut world = World::met(5, Weather::FAIR, seed);
            world.cut(|place| u8::from(place == 0));
            world.run_for(seconds * SECOND / 2);
            world.change_address(4, elsewhere(4));
            world.run_for(seconds * SECOND / 2);
            world.heal();
            let is_one = |world: &World| world.all_know_all() && is_found(world, 4);
            let met = world.run_until(30 * SECOND, is_one);
            assert!(met.is_some(), "{seconds} s, seed {seed}");
        }
    }
}

#[test]
fn two_that_move_at_once_find_each_other_by_the_others() {
    for seed in seeds(10) {
        let mut world = World::met(4, Weather::FAIR, seed);
        for place in [1, 3] {
            world.change_address(place, elsewhere(place));
        }
        let are_found = |world: &World| is_found(world, 1) && is_found(world, 3);
        let found = world.run_until(20 * SECOND, |world| {
            world.all_know_all() && are_found(world)
        });
        assert!(found.is_some(), "seed {seed}");
        world.run_for(10 * SECOND);
        assert!(world.all_know_all(), "seed {seed}");
    }
}
