//! Members with one planted bug each: what the simulation must catch.
//!
//! A bug sits between the world and a real [`Flight`]: it alters the terms, what is heard, what is
//! said, or when to wake. So it plants what a member does wrongly towards the world; a wrong merge
//! deep inside cannot be planted this way, and is left to the property tests.

mod caught;
mod ending;
mod launching;
mod telling;

use std::collections::VecDeque;

use raptor_core::Moment;
use raptor_core::flight::{Charter, Command, Event, Flight, Progress};

use crate::pilot::Pilot;

/// Where a bug can sit. By default there is none.
trait Bug: Default {
    /// The terms that the member believes in.
    fn alter(&self, charter: Charter) -> Charter {
        charter
    }

    /// What reaches the member of an event, which may also make the bug say something.
    fn hear(&mut self, flight: &Flight, event: Event, said: &mut Said) -> Option<Event> {
        let _ = (flight, said);
        Some(event)
    }

    /// What comes out instead of a command.
    fn say(&mut self, flight: &Flight, command: Command, said: &mut Said) {
        let _ = flight;
        said.push_back(command);
    }

    /// When the member wants to be woken.
    fn wake(&self, at: Option<Moment>) -> Option<Moment> {
        at
    }
}

/// What a mutant says.
type Said = VecDeque<Command>;

/// A member with a bug.
#[derive(Debug)]
struct Mutant<B> {
    flight: Flight,
    bug: B,
    said: Said,
}

impl<B: Bug> Pilot for Mutant<B> {
    fn new(charter: Charter) -> Self {
        let bug = B::default();
        Self {
            flight: Flight::new(bug.alter(charter)),
            bug,
            said: Said::new(),
        }
    }

    fn handle(&mut self, now: Moment, event: Event) {
        let Some(event) = self.bug.hear(&self.flight, event, &mut self.said) else {
            return;
        };
        self.flight.handle(now, event);
        while let Some(command) = self.flight.poll_command() {
            self.bug.say(&self.flight, command, &mut self.said);
        }
    }

    fn poll_command(&mut self) -> Option<Command> {
        self.said.pop_front()
    }

    fn poll_timeout(&self) -> Option<Moment> {
        self.bug.wake(self.flight.poll_timeout())
    }

    fn progress(&self) -> &Progress {
        self.flight.progress()
    }
}
