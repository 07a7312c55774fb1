//! The node's slots: how much runs on it at once.

use std::collections::{BTreeMap, VecDeque};

use crate::{AttemptId, FlightId};

/// An attempt, named among all that run on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotHolder {
    /// Its flight.
    pub flight: FlightId,
    /// Its name in the flight.
    pub attempt: AttemptId,
}

/// The node's slots and the queue for them.
///
/// First come, first served: whoever is at the head of the queue is next, however heavy, so light
/// attempts behind a heavy one cannot starve it.
#[derive(Debug)]
pub struct Slots {
    total: u32,
    queue_max: usize,
    held: BTreeMap<SlotHolder, u32>,
    free: u32,
    queue: VecDeque<(SlotHolder, u32)>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The attempt may run.
    Granted,
    /// It waits: a release will grant it.
    Queued,
    /// The queue is full.
    Refused,
}

impl Slots {
    /// `total` free slots, for which at most `queue_max` attempts may wait.
    ///
    /// # Panics
    ///
    /// If there is no slot: the configuration does not allow it.
    pub fn new(total: u32, queue_max: usize) -> Self {
        assert!(total > 0, "a node without slots can run nothing");
        Self {
            total,
            queue_max,
            held: BTreeMap::new(),
            free: total,
            queue: VecDeque::new(),
        }
    }

    /// Asks for slots of some weight. A weight above the total counts as the total: the attempt
    /// then runs alone; no weight at all counts as one.
    ///
    /// # Panics
    ///
    /// If the attempt has slots or waits for some already: a bug of the caller.
    pub fn request(&mut self, holder: SlotHolder, weight: u16) -> Answer {
        assert!(
            !self.held.contains_key(&holder) && self.queued_at(holder).is_none(),
            "{holder:?} asks twice"
        );
        let weight = u32::from(weight).clamp(1, self.total);
        if self.queue.is_empty() && weight <= self.free {
            self.grant(holder, weight);
            Answer::Granted
        } else if self.queue.len() < self.queue_max {
            self.queue.push_back((holder, weight));
            Answer::Queued
        } else {
            Answer::Refused
        }
    }

    /// Gives an attempt's slots back, or takes it out of the queue, and names those that may run
    /// now. An attempt that was refused has neither: nothing happens, for its cancellation may
    /// cross the refusal.
    pub fn release(&mut self, holder: SlotHolder) -> Vec<SlotHolder> {
        if let Some(weight) = self.held.remove(&holder) {
            self.free += weight;
        } else if let Some(at) = self.queued_at(holder) {
            self.queue.remove(at);
        }
        let mut granted = Vec::new();
        while let Some((next, weight)) = self.queue.pop_front_if(|(_, weight)| *weight <= self.free)
        {
            self.grant(next, weight);
            granted.push(next);
        }
        granted
    }

    /// The slots of the node.
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// The weight that runs: at most the total.
    pub const fn running(&self) -> u32 {
        self.total - self.free
    }

    /// How many attempts wait.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// The weight that runs or waits.
    pub fn weight(&self) -> u32 {
        let waiting = self.queue.iter().map(|(_, weight)| *weight);
        waiting.fold(self.running(), u32::saturating_add)
    }

    fn grant(&mut self, holder: SlotHolder, weight: u32) {
        self.free -= weight;
        self.held.insert(holder, weight);
    }

    fn queued_at(&self, holder: SlotHolder) -> Option<usize> {
        self.queue
            .iter()
            .position(|(waiting, _)| *waiting == holder)
    }
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
