//! What was cut is one again, and what starts again is another life.

use crate::node::Told;
use crate::seeds;
use crate::world::{BOTH, SECOND, Weather, World};

#[test]
fn a_cluster_that_was_cut_in_two_is_one_again() {
    for (size, count) in [(2, 10), (3, 10), (4, 10), (20, 2)] {
        for seconds in [1, 4, 30] {
            for seed in seeds(count) {
                let mut world = World::met(size, Weather::FAIR, seed);
                world.cut(|place| u8::from(place % 2 == 0));
                world.run_for(seconds * SECOND);
                world.heal();
                let met = world.run_until(30 * SECOND, World::all_know_all);
                assert!(met.is_some(), "{size} nodes, {seconds} s, seed {seed}");
                world.run_for(10 * SECOND);
                assert!(
                    world.all_know_all(),
                    "{size} nodes, {seconds} s, seed {seed}"
                );
            }
        }
    }
}

#[test]
fn two_that_cannot_reach_each_other_are_down_for_each_other_and_for_nobody_else() {
    for seed in seeds(10) {
        let mut world = World::met(4, Weather::FAIR, seed);
        world.cut(|place| {
            u8::try_from(place)
                .ok()
                .filter(|part| *part < 2)
                .unwrap_or(BOTH)
        });
        world.run_for(40 * SECOND);
        for (place, other) in [(0, Some(1)), (1, Some(0)), (2, None), (3, None)] {
            let downs = world.nodes[place]
                .downs()
                .into_iter()
                .map(|(_, record)| record);
            let expected = other.map(|other: usize| world.nodes[other].record.clone());
            assert_eq!(
                downs.collect::<Vec<_>>(),
                Vec::from_iter(expected),
                "seed {seed}"
            );
        }
        world.heal();
        let met = world.run_until(20 * SECOND, World::all_know_all);
        assert!(met.is_some(), "seed {seed}");
    }
}

#[test]
fn a_node_that_starts_again_replaces_its_former_life() {
    for seed in seeds(16) {
        let mut world = World::met(5, Weather::FAIR, seed);
        let old = world.nodes[3].record.clone();
        world.kill(3);
        // Before it is missed, or after.
        world.run_for(seed % 4 * SECOND / 2);
        world.restart(3);
        let met = world.run_until(20 * SECOND, World::all_know_all);
        assert!(met.is_some(), "seed {seed}");
        let new = world.nodes[3].record.clone();
        assert!(new.incarnation > old.incarnation);
        for node in world.nodes.iter().filter(|node| node.record != new) {
            let of_it = node.told.iter().filter(|(_, told)| match told {
                Told::Up(record) | Told::Down(record) | Told::Relinked(record) => {
                    record.node == new.node
                }
            });
            let of_it: Vec<_> = of_it.map(|(_, told)| told.clone()).collect();
            let expected = [
                Told::Up(old.clone()),
                Told::Down(old.clone()),
                Told::Up(new.clone()),
            ];
            assert_eq!(of_it, expected, "seed {seed}: {}", node.record.node);
        }
    }
}

#[test]
fn a_seed_is_a_history() {
    let run = || {
        let mut world = World::met(8, Weather::LOSSY, 7);
        world.stop(1, SECOND);
        world.kill(2);
        world.run_for(5 * SECOND);
        world.restart(2);
        world.cut(|place| u8::from(place < 3));
        world.run_for(9 * SECOND);
        world.heal();
        world.run_for(9 * SECOND);
        let nodes = world.nodes.into_iter();
        nodes
            .map(|node| (node.told, node.bytes_sent, node.notices))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
