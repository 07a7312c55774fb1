//! The container's log, as far as the runtime itself writes to it.
//!
//! Everything in it is shown to the user, and the platform reads it up to the line that ends an
//! activation (`Container.scala`), so nothing else may be written here.

use std::cell::Cell;
use std::fmt::Display;
use std::io::{self, Write};

/// The line that ends an activation, on each stream.
const SENTINEL: &str = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n";

/// Standard output and standard error, to which the action's processes write as well.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Activations that may still write.
    open: Cell<usize>,
    /// Activations that have ended and not been told of.
    due: Cell<usize>,
}

/// An activation that may write. Its end is written when it is dropped: at once, or, if others
/// overlap it, with theirs, for nobody can tell which lines are whose.
pub(super) struct Chapter<'a> {
    log: &'a Log,
}

impl Log {
    /// An activation begins.
    pub(super) fn begin(&self) -> Chapter<'_> {
        self.open.set(self.open.get() + 1);
        Chapter { log: self }
    }

    /// Tells the user something.
    pub(super) fn say(&self, text: impl Display) {
        // Nobody reads it then.
        let _ = writeln!(io::stderr(), "{text}");
    }

    fn end(&self, count: usize) {
        let sentinels = SENTINEL.repeat(count);
        // As above.
        let mut stdout = io::stdout();
        let _ = stdout.write_all(sentinels.as_bytes());
        let _ = stdout.flush();
        let _ = io::stderr().write_all(sentinels.as_bytes());
    }
}

impl Drop for Chapter<'_> {
    fn drop(&mut self) {
        let Log { open, due } = self.log;
        open.set(open.get() - 1);
        due.set(due.get() + 1);
        if open.get() == 0 {
            self.log.end(due.take());
        }
    }
}
