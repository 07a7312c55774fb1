//! What happened, line by line.

use std::fmt::{Debug, Write};

use raptor_core::MemberIndex;
use raptor_core::flight::{Command, Event};

/// A record of one flight. It is only kept where asked for: a seed gives the same one again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    lines: Option<Vec<String>>,
}

impl History {
    /// One that is kept.
    pub(crate) fn kept() -> Self {
        Self {
            lines: Some(Vec::new()),
        }
    }

    /// A member is told something.
    pub(crate) fn on_event(&mut self, now: u64, member: MemberIndex, event: &Event) {
        self.note(now, format_args!("{member:?} <- {event:?}"));
    }

    /// A member wants something done.
    pub(crate) fn on_command(&mut self, now: u64, member: MemberIndex, command: &Command) {
        self.note(now, format_args!("{member:?} -> {command:?}"));
    }

    /// Something happens that no member can see.
    pub(crate) fn on_world(&mut self, now: u64, what: &dyn Debug) {
        self.note(now, format_args!("world {what:?}"));
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        self.lines
            .iter()
            .flatten()
            .fold(String::new(), |mut text, line| {
                writeln!(text, "{line}").expect("a string takes all");
                text
            })
    }

    /// How many lines it has.
    pub(crate) fn len(&self) -> usize {
        self.lines.as_ref().map_or(0, Vec::len)
    }

    fn note(&mut self, now: u64, what: std::fmt::Arguments<'_>) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>12.6}s  {what}", now as f64 / 1e6));
        }
    }
}
