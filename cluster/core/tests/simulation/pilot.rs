//! What flies a member: the real machine, or one with a planted bug.

use raptor_core::Moment;
use raptor_core::flight::{Charter, Command, Event, Flight, Progress};

/// What the simulation drives: the public interface of [`Flight`].
pub(crate) trait Pilot {
    fn new(charter: Charter) -> Self;
    fn handle(&mut self, now: Moment, event: Event);
    fn poll_command(&mut self) -> Option<Command>;
    fn poll_timeout(&self) -> Option<Moment>;
    fn progress(&self) -> &Progress;
}

impl Pilot for Flight {
    fn new(charter: Charter) -> Self {
        Self::new(charter)
    }

    fn handle(&mut self, now: Moment, event: Event) {
        self.handle(now, event);
    }

    fn poll_command(&mut self) -> Option<Command> {
        self.poll_command()
    }

    fn poll_timeout(&self) -> Option<Moment> {
        self.poll_timeout()
    }

    fn progress(&self) -> &Progress {
        self.progress()
    }
}
