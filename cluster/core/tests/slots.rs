//! A node's slots are never exceeded, and served in turn.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use raptor_core::supervision::{Answer, SlotHolder, Slots};
use raptor_core::{AttemptId, FlightId, MemberIndex};

const QUEUE_MAX: usize = 8;

/// What happens to the slots.
#[derive(Clone, Debug)]
enum Step {
    /// An attempt of this weight asks.
    Ask(u16),
    /// One of those that run ends.
    End(prop::sample::Index),
    /// One of those that wait leaves.
    Leave(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_u16..9).prop_map(Step::Ask),
        2 => any::<prop::sample::Index>().prop_map(Step::End),
        1 => any::<prop::sample::Index>().prop_map(Step::Leave),
    ];
    proptest::collection::vec(step, 1..80)
}

/// What must be true of the slots, kept beside them.
struct Ledger {
    slots: Slots,
    total: u32,
    running: BTreeMap<SlotHolder, u32>,
    waiting: VecDeque<(SlotHolder, u32)>,
    asked: u32,
}

impl Ledger {
    fn new(total: u32) -> Self {
        Self {
            slots: Slots::new(total, QUEUE_MAX),
            total,
            running: BTreeMap::new(),
            waiting: VecDeque::new(),
            asked: 0,
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Ask(weight) => self.ask(*weight),
            Step::End(index) if !self.running.is_empty() => {
                let holders: Vec<_> = self.running.keys().copied().collect();
                self.end(*index.get(&holders));
            }
            Step::Leave(index) if !self.waiting.is_empty() => {
                let holders: Vec<_> = self.waiting.iter().map(|(holder, _)| *holder).collect();
                self.end(*index.get(&holders));
            }
            Step::End(_) | Step::Leave(_) => {}
        }
        self.check();
    }

    fn ask(&mut self, weight: u16) {
        let holder = SlotHolder {
            flight: FlightId(self.asked.into()),
            attempt: AttemptId {
                member: MemberIndex::LEADER,
                number: self.asked,
            },
        };
        self.asked += 1;
        let weight_held = u32::from(weight).clamp(1, self.total);
        match self.slots.request(holder, weight) {
            Answer::Granted => {
                assert!(self.waiting.is_empty(), "nobody is overtaken");
                self.running.insert(holder, weight_held);
            }
            Answer::Queued => self.waiting.push_back((holder, weight_held)),
            Answer::Refused => assert_eq!(self.waiting.len(), QUEUE_MAX),
        }
    }

    fn end(&mut self, holder: SlotHolder) {
        self.running.remove(&holder);
        self.waiting.retain(|(waiting, _)| *waiting != holder);
        for granted in self.slots.release(holder) {
            let (first, weight) = self.waiting.pop_front().expect("it waited");
            assert_eq!(granted, first, "first come, first served");
            self.running.insert(granted, weight);
        }
    }

    fn check(&self) {
        let running: u32 = self.running.values().sum();
        assert!(running <= self.total);
        assert_eq!(self.slots.running(), running);
        assert_eq!(self.slots.queued(), self.waiting.len());
        if let Some((_, weight)) = self.waiting.front() {
            assert!(running + weight > self.total, "nobody waits for free slots");
        }
    }

    /// Lets everything that runs end, one by one, until nothing waits.
    fn drain(&mut self) {
        while let Some((holder, _)) = self.running.first_key_value() {
            self.end(*holder);
            self.check();
        }
        assert!(self.waiting.is_empty(), "nobody starves");
    }
}

proptest! {
    #[test]
    fn slots_are_never_exceeded_and_served_in_turn(total in 1_u32..6, steps in steps()) {
        let mut ledger = Ledger::new(total);
        for step in &steps {
            ledger.apply(step);
        }
        ledger.drain();
    }
}
