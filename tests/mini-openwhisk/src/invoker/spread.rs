//! Where activations go: over the zones.
//!
//! OpenWhisk's balancer gives every action a home invoker, and goes on to others by a fixed step
//! when that has no room left (`ShardingContainerPoolBalancer.scala`). Here every zone is one
//! invoker, and whichever has least to do comes first: so that, as long as there are as many zones
//! as members, no two members of a flight share one, and neither do functions that run at once.

use std::sync::Arc;

use super::container::Container;
use crate::config::Zone;

/// The containers of an action, those in the zones that have least to do first. Of equal zones,
/// `chance` decides: every zone leads about as often.
pub(super) fn by_zone(
    containers: &[Arc<Container>],
    zones: &[Zone],
    action: &str,
    chance: usize,
) -> Vec<Arc<Container>> {
    let alive: Vec<_> = containers.iter().filter(|one| one.is_alive()).collect();
    let mut running = vec![0; zones.len()];
    for container in &alive {
        if let Some(running) = container.zone.and_then(|zone| running.get_mut(zone)) {
            *running += container.running();
        }
    }
    let of_it = alive.into_iter().filter(|one| one.action == action);
    let mut of_it: Vec<_> = of_it.cloned().collect();
    let turn = |zone: usize| (zone + chance) % zones.len();
    // Stable: of those in one zone, the oldest container is the first.
    of_it.sort_by_key(|one| one.zone.map(|zone| (running[zone], turn(zone))));
    of_it
}

/// The zone of a new container: that with the fewest of the same action, then with the fewest of
/// all; none where there are no zones.
pub(super) fn zone_of_next(
    containers: &[Arc<Container>],
    zones: &[Zone],
    action: &str,
) -> Option<usize> {
    let alive: Vec<_> = containers.iter().filter(|one| one.is_alive()).collect();
    (0..zones.len()).min_by_key(|&zone| {
        let here = alive.iter().filter(|one| one.zone == Some(zone));
        let of_it = here.clone().filter(|one| one.action == action).count();
        (of_it, here.count())
    })
}
