//! What is to be done later.

use std::collections::BTreeMap;

use foca::Timer;

use super::Identity;
use crate::Moment;

/// Something to be done.
#[derive(Debug)]
pub(super) enum Task {
    /// What `foca` wants to be reminded of.
    Remind(Timer<Identity>),
    /// Tell a suspected member again that it is.
    Nudge(Identity),
}

/// Tasks by their times; of those at one time, in the order in which `foca` wants them.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    tasks: BTreeMap<(Moment, u8, u64), Task>,
    count: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Moment, task: Task) {
        self.count += 1;
        self.tasks.insert((at, rank(&task), self.count), task);
    }

    pub(super) fn first(&self) -> Option<Moment> {
        self.tasks.first_key_value().map(|((at, _, _), _)| *at)
    }

    /// The next task that is due.
    pub(super) fn take_due(&mut self, now: Moment) -> Option<Task> {
        self.first().filter(|at| *at <= now)?;
        self.tasks.pop_first().map(|(_, task)| task)
    }

    pub(super) fn clear(&mut self) {
        self.tasks.clear();
    }
}

/// A probe asks others before it is judged, and the next begins after that.
const fn rank(task: &Task) -> u8 {
    match task {
        Task::Remind(Timer::SendIndirectProbe { .. }) => 0,
        Task::Remind(Timer::ProbeRandomMember(_)) => 1,
        Task::Remind(Timer::ChangeSuspectToDown { .. }) => 2,
        Task::Remind(
            Timer::PeriodicAnnounce(_)
            | Timer::PeriodicAnnounceDown(_)
            | Timer::PeriodicGossip(_)
            | Timer::RemoveDown(_),
        )
        | Task::Nudge(_) => 3,
    }
}
