//! Nodes that end are missed, by all, and in time.

use crate::node::Told;
use crate::seeds;
use crate::world::{MS, SECOND, Weather, World};

/// Two nodes, and some; a cluster, and a large one, of which a few seeds must do.
const SIZES: [(usize, u64); 5] = [(2, 20), (3, 30), (5, 30), (20, 10), (100, 1)];

/// How long it took each other node to miss one that ends so, over all seeds, in order.
fn times(size: usize, count: u64, end: impl Fn(&mut World, usize)) -> Vec<u64> {
    let mut times = Vec::new();
    for seed in seeds(count) {
        let mut world = World::met(size, Weather::FAIR, seed);
        let place = usize::try_from(seed).expect("few seeds") % size;
        let since = world.now;
        end(&mut world, place);
        let others = size - 1;
        let all = |world: &World| world.missed_after(place, since).len() == others;
        let missed = world.run_until(20 * SECOND, all);
        assert!(
            missed.is_some(),
            "{size} nodes, seed {seed}: it is not missed"
        );
        times.extend(world.missed_after(place, since));
        for (at, node) in world
            .nodes
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != place)
        {
            let downs = node.downs();
            assert_eq!(
                downs.len(),
                1,
                "{size} nodes, seed {seed}: of {at}, {downs:?}"
            );
        }
    }
    times.sort_unstable();
    times
}

fn percentile(times: &[u64], of_hundred: usize) -> u64 {
    times[(times.len() * of_hundred / 100).min(times.len() - 1)]
}

#[test]
fn a_killed_node_is_missed_by_all_within_a_second_and_a_half() {
    for (size, count) in SIZES {
        let times = times(size, count, World::kill);
        let (median, p99) = (percentile(&times, 50), percentile(&times, 99));
        println!("{size} nodes: killed, missed after {median} us, p99 {p99} us");
        assert!(p99 <= 1_500 * MS, "{size} nodes: {p99} us");
    }
}

#[test]
fn a_silent_node_is_missed_by_all_within_three_seconds() {
    for (size, count) in SIZES {
        for end in [World::vanish, |world: &mut World, place| {
            world.stop(place, 60 * SECOND)
        }] {
            let times = times(size, count, end);
            let (median, last) = (percentile(&times, 50), times[times.len() - 1]);
            println!("{size} nodes: silent, missed after {median} us, at most {last} us");
            assert!(last <= 3 * SECOND, "{size} nodes: {last} us");
        }
    }
}

#[test]
fn a_node_that_leaves_is_down_at_once() {
    for (size, count) in SIZES {
        let times = times(size, count, World::leave);
        let (median, p99) = (percentile(&times, 50), percentile(&times, 99));
        println!("{size} nodes: left, down after {median} us, p99 {p99} us");
        assert!(p99 <= 600 * MS, "{size} nodes: {p99} us");
    }
}

#[test]
fn a_node_that_left_stays_away() {
    for seed in seeds(20) {
        let mut world = World::met(5, Weather::FAIR, seed);
        world.leave(4);
        world.run_for(20 * SECOND);
        assert!(world.all_know_all(), "seed {seed}");
        let left = world.nodes[4].record.clone();
        for node in &world.nodes[..4] {
            let ups = node
                .told
                .iter()
                .filter(|(_, told)| *told == Told::Up(left.clone()));
            assert_eq!(ups.count(), 1, "seed {seed}: {:?}", node.told);
        }
    }
}
