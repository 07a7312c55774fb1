//! Nodes find each other, and talk no more in a larger cluster.

use raptor_core::membership::{Event, Load};

use crate::seeds;
use crate::world::{MS, SECOND, Weather, World};

#[test]
fn two_hundred_nodes_find_each_other() {
    for weather in [Weather::FAIR, Weather::LOSSY] {
        let mut world = World::new(200, weather, 1);
        let met = world.run_until(30 * SECOND, World::all_know_all);
        println!("met after {met:?} us");
        assert!(met.is_some());
    }
}

#[test]
fn nodes_find_each_other_whatever_the_seed() {
    for size in [2, 3, 4, 12] {
        for weather in [Weather::FAIR, Weather::LOSSY] {
            for seed in seeds(10) {
                let mut world = World::new(size, weather, seed);
                let met = world.run_until(10 * SECOND, World::all_know_all);
                assert!(met.is_some(), "{size} nodes, seed {seed}");
            }
        }
    }
}

/// Bytes and packets that a node sends a second, in the middle of the cluster's life.
fn traffic(size: usize, is_busy: bool) -> (u64, u64) {
    // One period of what is done most rarely.
    const SECONDS: u64 = 5;
    let mut world = World::met(size, Weather::FAIR, 3);
    // Until the news of the beginning have been told often enough.
    world.run_for(12 * SECOND);
    let sent = |world: &World| {
        let bytes: u64 = world.nodes.iter().map(|node| node.bytes_sent).sum();
        let packets: u64 = world.nodes.iter().map(|node| node.packets_sent).sum();
        (bytes, packets)
    };
    let before = sent(&world);
    for turn in 0..SECONDS * 10 {
        if is_busy {
            world.change_loads(turn);
        }
        world.run_for(100 * MS);
    }
    let after = sent(&world);
    let per_node = |sum: u64| sum / size as u64 / SECONDS;
    (per_node(after.0 - before.0), per_node(after.1 - before.1))
}

#[test]
fn a_node_sends_no_more_in_a_larger_cluster() {
    for is_busy in [false, true] {
        let of = [50, 100, 200].map(|size| (size, traffic(size, is_busy)));
        println!("busy: {is_busy}: (nodes, (bytes, packets)) each second: {of:?}");
        let bytes = of.map(|(_, (bytes, _))| bytes);
        let (least, most) = (bytes.iter().min(), bytes.iter().max());
        let (least, most) = (least.expect("three"), most.expect("three"));
        assert!(*most <= least + least / 4, "{of:?}");
    }
}

#[test]
fn all_know_how_busy_a_node_is_within_half_a_second() {
    for size in [3, 20, 60] {
        let mut world = World::met(size, Weather::FAIR, 5);
        let load = Load {
            flights: 7,
            weight: 9,
            slots: 4,
            is_draining: false,
        };
        world.hand(1, Event::LoadChanged { load });
        let busy = world.nodes[1].record.clone();
        let since = world.now;
        let known = world.run_until(SECOND / 2, |world| {
            let others = world.nodes.iter().filter(|node| node.record != busy);
            others
                .into_iter()
                .all(|node| node.machine.up().any(|known| known == (&busy, load)))
        });
        println!(
            "{size} nodes: known to all after {:?} us",
            known.map(|at| at - since)
        );
        assert!(known.is_some(), "{size} nodes");
    }
}
