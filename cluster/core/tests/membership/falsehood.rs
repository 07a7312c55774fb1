//! Nodes that live are not missed, whatever the network and the machines do.

use raptor_core::membership::Notice;

use crate::node::name;
use crate::seeds;
use crate::world::{MS, SECOND, Weather, World};

fn assert_nobody_is_missed(world: &World, what: &str) {
    for node in &world.nodes {
        let downs = node.downs();
        assert!(
            downs.is_empty(),
            "{what}: {} misses {downs:?}",
            node.record.node
        );
    }
}

fn notices(world: &World, is_it: impl Fn(&Notice) -> bool) -> usize {
    let notices = world.nodes.iter().flat_map(|node| &node.notices);
    notices.filter(|notice| is_it(notice)).count()
}

#[test]
fn at_a_loss_of_one_in_twenty_nobody_is_missed() {
    let mut suspected = 0;
    for (size, count, time) in [(2, 5, 300), (3, 5, 300), (10, 2, 200), (50, 1, 20)] {
        for seed in seeds(count) {
            let mut world = World::met(size, Weather::LOSSY, seed);
            world.run_for(time * SECOND);
            assert_nobody_is_missed(&world, &format!("{size} nodes, seed {seed}"));
            suspected += notices(&world, |notice| matches!(notice, Notice::Suspected { .. }));
        }
    }
    println!("{suspected} suspicions, none of which was true");
    assert!(suspected > 0, "the weather was fair");
}

#[test]
fn between_regions_nobody_is_missed_although_terms_are_those_of_zones() {
    let mut suspected = 0;
    for (size, count, time) in [(3, 5, 600), (6, 5, 300), (12, 2, 200)] {
        for seed in seeds(count) {
            let mut world = World::met(size, Weather::FAR, seed);
            world.run_for(time * SECOND);
            assert_nobody_is_missed(&world, &format!("{size} nodes, seed {seed}"));
            suspected += notices(&world, |notice| matches!(notice, Notice::Suspected { .. }));
        }
    }
    println!("{suspected} suspicions, none of which was true");
}

#[test]
fn a_node_that_is_starved_for_half_a_second_is_not_missed_and_misses_nobody() {
    for (size, count) in [(2, 10), (3, 20), (10, 4)] {
        for weather in [Weather::FAIR, Weather::LOSSY] {
            for seed in seeds(count) {
                let mut world = World::met(size, weather, seed);
                for turn in 0..10 {
                    let place = (usize::try_from(seed).expect("few seeds") + turn) % size;
                    world.stop(place, 500 * MS);
                    world.run_for(700 * MS);
                }
                world.run_for(2 * SECOND);
                assert_nobody_is_missed(&world, &format!("{size} nodes, seed {seed}"));
            }
        }
    }
}

#[test]
fn all_nodes_starved_at_once_miss_nobody() {
    for seed in seeds(20) {
        let mut world = World::met(5, Weather::FAIR, seed);
        for place in 0..5 {
            world.stop(place, 480 * MS + 10 * MS * place as u64);
        }
        world.run_for(5 * SECOND);
        assert_nobody_is_missed(&world, &format!("seed {seed}"));
        let starved = notices(&world, |notice| matches!(notice, Notice::Starved { .. }));
        assert!(starved >= 5, "they do not know");
    }
}

#[test]
fn a_node_that_was_stopped_for_long_is_missed_but_misses_nobody() {
    for seed in seeds(10) {
        let mut world = World::met(5, Weather::FAIR, seed);
        world.stop(2, 20 * SECOND);
        world.run_for(21 * SECOND);
        let met = world.run_until(20 * SECOND, World::all_know_all);
        assert!(met.is_some(), "seed {seed}: it does not come back");
        for node in &world.nodes {
            let downs = node.downs();
            let expected = usize::from(node.record.node != name(2));
            assert_eq!(downs.len(), expected, "seed {seed}: {:?}", node.told);
            assert!(
                downs.iter().all(|(_, record)| record.node == name(2)),
                "{downs:?}"
            );
        }
    }
}

#[test]
fn one_that_is_cut_off_takes_nobody_down_but_for_itself() {
    for seed in seeds(10) {
        let mut world = World::met(6, Weather::FAIR, seed);
        world.cut(|place| u8::from(place == 5));
        world.run_for(10 * SECOND);
        assert_eq!(world.nodes[5].up.len(), 0, "seed {seed}");
        world.heal();
        let met = world.run_until(20 * SECOND, World::all_know_all);
        assert!(met.is_some(), "seed {seed}: it does not come back");
        for node in &world.nodes[..5] {
            let downs = node.downs();
            assert_eq!(downs.len(), 1, "seed {seed}: {downs:?}");
            assert_eq!(downs[0].1.node, name(5), "seed {seed}");
        }
    }
}
