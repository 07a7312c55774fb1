//! Progress on a terminal: one line for each member.

use std::io::IsTerminal;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use raptor_cluster::Progress;

/// The lines of a flight's members, on standard error; nothing where that is no terminal.
pub(crate) struct Live {
    lines: Vec<Line>,
    functions: Vec<String>,
    /// Draws the lines; they vanish with it.
    _screen: MultiProgress,
}

struct Line {
    bar: ProgressBar,
    running: Vec<u16>,
    won: u16,
    note: &'static str,
}

impl Live {
    /// For a flight of `size` members over the functions of these names.
    pub(crate) fn new(size: u16, functions: Vec<String>) -> Self {
        let screen = MultiProgress::new();
        let shown = if std::io::stderr().is_terminal() {
            size
        } else {
            0
        };
        let style = ProgressStyle::with_template("{spinner} {prefix:<9} {elapsed:>4} {msg}");
        let style = style.expect("the template is right");
        let line = |member: u16| {
            let bar = screen.add(ProgressBar::new_spinner().with_style(style.clone()));
            bar.set_prefix(format!("member {member}"));
            bar.enable_steady_tick(std::time::Duration::from_millis(100));
            Line {
                bar,
                running: Vec::new(),
                won: 0,
                note: "",
            }
        };
        let lines = (0..shown).map(line).collect();
        Self {
            lines,
            functions,
            _screen: screen,
        }
    }

    /// Shows that something happened.
    pub(crate) fn on_progress(&mut self, progress: Progress) {
        match progress {
            Progress::Joined(member) => self.change(member.0, |line| line.note = ""),
            Progress::Missing(member) => self.change(member.0, |line| line.note = "  missing"),
            Progress::Started(member, function) => {
                self.change(member.0, |line| line.running.push(function));
            }
            Progress::Failed(member, function) => self.change(member.0, |line| {
                line.running.retain(|running| *running != function);
                line.note = "  a fault";
            }),
            Progress::Won(member, function) => {
                // It is known now: nobody runs it any more.
                for at in 0..self.lines.len() as u16 {
                    self.change(at, |line| {
                        line.running.retain(|running| *running != function)
                    });
                }
                self.change(member.0, |line| line.won += 1);
            }
        }
    }

    fn change(&mut self, member: u16, change: impl FnOnce(&mut Line)) {
        let Some(line) = self.lines.get_mut(usize::from(member)) else {
            return;
        };
        change(line);
        let names = line
            .running
            .iter()
            .filter_map(|at| self.functions.get(usize::from(*at)));
        let names: Vec<&str> = names.map(String::as_str).collect();
        let running = if names.is_empty() {
            "idle".to_owned()
        } else {
            names.join(", ")
        };
        line.bar
            .set_message(format!("{running}  (won {}){}", line.won, line.note));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        for line in &self.lines {
            line.bar.finish_and_clear();
        }
    }
}
