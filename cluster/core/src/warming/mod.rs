//! Which processes wait, started ahead, for their attempts.
//!
//! The functions of the actions that were wanted last have one process each, the first functions of
//! the latest action first, as many as there may be in all. What is taken is made up for while
//! nothing else runs on the node, one process after the other; what is pushed out by later actions,
//! or was not wanted for [`IDLE_MAX`], is ended.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::{FunctionIndex, Moment};

/// How long processes wait whose action is not flown: as long as OpenWhisk keeps the container of
/// an action that is not invoked (`idle-container`).
pub const IDLE_MAX: Duration = Duration::from_secs(10 * 60);

/// The machine that decides what waits. `K` is what processes have in common that can stand in for
/// each other if they are of the same function.
#[derive(Debug)]
pub struct Warming<K> {
    processes_max: usize,
    /// Those of the latest use first.
    actions: VecDeque<Wanted<K>>,
    /// How much else runs on the node: flights and attempts.
    running: usize,
    commands: VecDeque<Command<K>>,
}

#[derive(Debug)]
struct Wanted<K> {
    action: K,
    /// Those that can be started ahead, in the order of the manifest.
    functions: Vec<FunctionIndex>,
    used: Moment,
    /// Whether it is waited for that its processes are there.
    is_urgent: bool,
    places: BTreeMap<FunctionIndex, Place>,
}

/// What is known of one function's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is being started.
    Starting,
    /// It was, and loads its file.
    Loading,
    /// It waits.
    Ready,
    /// It could not be started, and is not tried again before the action's next use.
    Broken,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<K> {
    /// An action was used, or will be.
    Used {
        /// Which.
        action: K,
        /// Its functions that can be started ahead, in the order of the manifest.
        functions: Vec<FunctionIndex>,
        /// Whether its processes are to be there at once, whatever else runs.
        at_once: bool,
    },
    /// A process runs.
    Started {
        /// Of which action.
        action: K,
        /// Of which function.
        function: FunctionIndex,
    },
    /// A process has loaded its file, or has taken too long to be waited for.
    Loaded {
        /// Of which action.
        action: K,
        /// Of which function.
        function: FunctionIndex,
    },
    /// A process could not be started.
    NotStarted {
        /// Of which action.
        action: K,
        /// Of which function.
        function: FunctionIndex,
    },
    /// An attempt has taken a process, or found it dead.
    Taken {
        /// Of which action.
        action: K,
        /// Of which function.
        function: FunctionIndex,
    },
    /// A flight or an attempt began on this node.
    Began,
    /// It ended.
    Ended,
    /// The moment of [`Warming::poll_timeout`] has come.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<K> {
    /// Start a process; answer `Started`, then `Loaded`, or `NotStarted`.
    Start {
        /// Of which action.
        action: K,
        /// Of which function.
        function: FunctionIndex,
    },
    /// End a process that waits.
    End {
        /// Of which action.
        action: K,
        /// Of which function.
        function: FunctionIndex,
    },
}

impl<K: Clone + Eq> Warming<K> {
    /// Nothing waits yet; at most so many processes will.
    pub const fn new(processes_max: usize) -> Self {
        Self {
            processes_max,
            actions: VecDeque::new(),
            running: 0,
            commands: VecDeque::new(),
        }
    }

    /// Takes one event. Drain the commands before the next.
    ///
    /// # Panics
    ///
    /// If the commands of the last event were not drained, or more ended than began.
    pub fn handle(&mut self, now: Moment, event: Event<K>) {
        assert!(
            self.commands.is_empty(),
            "drain the commands before the next event"
        );
        match event {
            Event::Used {
                action,
                functions,
                at_once,
            } => self.on_used(now, action, functions, at_once),
            Event::Started { action, function } => self.put(&action, function, Place::Loading),
            Event::Loaded { action, function } => self.on_loaded(&action, function),
            Event::NotStarted { action, function } => self.put(&action, function, Place::Broken),
            Event::Taken { action, function } => self.on_taken(&action, function),
            Event::Began => self.running += 1,
            Event::Ended => {
                self.running = (self.running.checked_sub(1)).expect("what ended has begun");
            }
            Event::Tick => {}
        }
        self.end_what_is_too_much(now);
        self.start_what_is_missing();
    }

    /// What to do next, until `None`.
    pub fn poll_command(&mut self) -> Option<Command<K>> {
        self.commands.pop_front()
    }

    /// When to call [`Warming::handle`] with [`Event::Tick`], if ever.
    pub fn poll_timeout(&self) -> Option<Moment> {
        let oldest = self.actions.back()?;
        Some(oldest.used + IDLE_MAX)
    }

    /// Whether every process that an action is to have was started, or cannot be.
    pub fn is_settled(&self, action: &K) -> bool {
        let wanted = self.actions.iter().find(|wanted| wanted.action == *action);
        wanted.is_none_or(|wanted| !wanted.is_urgent)
    }

    /// Whether processes of an action wait, or will.
    pub fn has(&self, action: &K) -> bool {
        self.actions.iter().any(|wanted| wanted.action == *action)
    }

    fn on_used(&mut self, now: Moment, action: K, functions: Vec<FunctionIndex>, at_once: bool) {
        if functions.is_empty() || self.processes_max == 0 {
            return;
        }
        let known = self
            .find(&action)
            .map(|wanted| std::mem::take(&mut wanted.places));
        let mut places = known.unwrap_or_default();
        places.retain(|_, place| *place != Place::Broken);
        self.actions.retain(|wanted| wanted.action != action);
        self.actions.push_front(Wanted {
            action,
            functions,
            used: now,
            is_urgent: at_once,
            places,
        });
    }

    /// It may have been taken while it loaded.
    fn on_loaded(&mut self, action: &K, function: FunctionIndex) {
        if let Some(place @ Place::Loading) = self.place(action, function) {
            *place = Place::Ready;
        }
    }

    fn on_taken(&mut self, action: &K, function: FunctionIndex) {
        if let Some(wanted) = self.find(action) {
            wanted.places.remove(&function);
        }
    }

    /// What has been started for an action that was given up meanwhile is not needed.
    fn put(&mut self, action: &K, function: FunctionIndex, place: Place) {
        match self.place(action, function) {
            Some(known) => *known = place,
            None if place == Place::Loading => self.commands.push_back(Command::End {
                action: action.clone(),
                function,
            }),
            None => {}
        }
    }

    fn find(&mut self, action: &K) -> Option<&mut Wanted<K>> {
        self.actions
            .iter_mut()
            .find(|wanted| wanted.action == *action)
    }

    fn place(&mut self, action: &K, function: FunctionIndex) -> Option<&mut Place> {
        self.find(action)?.places.get_mut(&function)
    }

    /// Ends the processes of actions that were not used for long, and those beyond the number that
    /// there may be.
    fn end_what_is_too_much(&mut self, now: Moment) {
        let mut room = self.processes_max;
        for wanted in &mut self.actions {
            let kept = if now >= wanted.used + IDLE_MAX {
                0
            } else {
                wanted.functions.len().min(room)
            };
            room -= kept;
            wanted.functions.truncate(kept);
            let functions = &wanted.functions;
            let gone = wanted
                .places
                .extract_if(.., |function, _| !functions.contains(function));
            for (function, place) in gone {
                match place {
                    Place::Loading | Place::Ready => self.commands.push_back(Command::End {
                        action: wanted.action.clone(),
                        function,
                    }),
                    // It is ended as soon as it is there.
                    Place::Starting | Place::Broken => {}
                }
            }
        }
        self.actions.retain(|wanted| !wanted.functions.is_empty());
    }

    /// Starts what is missing: all that is urgent; else one at a time, while nothing runs.
    fn start_what_is_missing(&mut self) {
        let is_under_way = |place: &Place| matches!(place, Place::Starting | Place::Loading);
        let mut places = self
            .actions
            .iter()
            .flat_map(|wanted| wanted.places.values());
        let mut is_free = self.running == 0 && !places.any(is_under_way);
        for wanted in &mut self.actions {
            for function in wanted.functions.iter().copied() {
                if wanted.places.contains_key(&function) || !(wanted.is_urgent || is_free) {
                    continue;
                }
                wanted.places.insert(function, Place::Starting);
                self.commands.push_back(Command::Start {
                    action: wanted.action.clone(),
                    function,
                });
                is_free = false;
            }
            let is_starting = wanted
                .places
                .values()
                .any(|place| *place == Place::Starting);
            wanted.is_urgent &= is_starting;
        }
    }
}

#[cfg(test)]
mod tests;
