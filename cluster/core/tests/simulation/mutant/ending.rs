//! Bugs in how a flight ends.

use std::collections::BTreeMap;

use raptor_core::flight::{Audience, Command, Event, Finding, Flight, Outcome, Report, Verdict};
use raptor_core::{FunctionIndex, Moment, Value};

use super::{Bug, Said};

/// Answers with the last value that it heard of, sealed or not.
#[derive(Default)]
pub(super) struct AnswersUnsealed {
    heard: BTreeMap<FunctionIndex, Value>,
}

impl Bug for AnswersUnsealed {
    fn hear(&mut self, _: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        if let Event::PeerReported {
            report:
                Report::Finished(Finding {
                    function,
                    outcome: Outcome::Value(value),
                    ..
                }),
            ..
        } = &event
        {
            self.heard.insert(*function, value.clone());
        }
        Some(event)
    }

    fn say(&mut self, _: &Flight, mut command: Command, said: &mut Said) {
        if let Command::Settle(Verdict::Landed { values }) = &mut command {
            for (function, value) in values {
                if let Some(heard) = self.heard.get(function) {
                    *value = heard.clone();
                }
            }
        }
        said.push_back(command);
    }
}

/// Forgets a sink in its answer.
#[derive(Default)]
pub(super) struct AnswersInPart;

impl Bug for AnswersInPart {
    fn say(&mut self, _: &Flight, mut command: Command, said: &mut Said) {
        if let Command::Settle(Verdict::Landed { values }) = &mut command {
            values.pop();
        }
        said.push_back(command);
    }
}

/// Does not name all faults when it fails.
#[derive(Default)]
pub(super) struct LosesAFault;

impl Bug for LosesAFault {
    fn say(&mut self, _: &Flight, mut command: Command, said: &mut Said) {
        if let Command::Settle(Verdict::Failed { faults, .. }) = &mut command {
            faults.pop();
        }
        said.push_back(command);
    }
}

/// Says that it was cancelled when it has landed.
#[derive(Default)]
pub(super) struct MisnamesItsEnd;

impl Bug for MisnamesItsEnd {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        said.push_back(match command {
            Command::Settle(Verdict::Landed { .. }) => Command::Settle(Verdict::Cancelled),
            other => other,
        });
    }
}

/// Settles twice.
#[derive(Default)]
pub(super) struct SettlesTwice;

impl Bug for SettlesTwice {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if let Command::Settle(_) = command {
            said.push_back(command.clone());
        }
        said.push_back(command);
    }
}

/// Still speaks when it has closed.
#[derive(Default)]
pub(super) struct SpeaksAfterClosing;

impl Bug for SpeaksAfterClosing {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        let closes = matches!(command, Command::Close { .. });
        said.push_back(command);
        if closes {
            said.push_back(Command::Join { to: Audience::All });
        }
    }
}

/// Does not say that it closes.
#[derive(Default)]
pub(super) struct NeverCloses;

impl Bug for NeverCloses {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if !matches!(command, Command::Close { .. }) {
            said.push_back(command);
        }
    }

    fn wake(&self, at: Option<Moment>) -> Option<Moment> {
        at.or(Some(Moment::NEVER))
    }
}

/// Waits on when the leader needs nothing more.
#[derive(Default)]
pub(super) struct Lingers;

impl Bug for Lingers {
    fn hear(&mut self, _: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        let closed = matches!(
            event,
            Event::PeerReported {
                report: Report::Closed,
                ..
            }
        );
        (!closed).then_some(event)
    }
}

/// Does not notice that its leader is lost.
#[derive(Default)]
pub(super) struct OutlivesItsLeader;

impl Bug for OutlivesItsLeader {
    fn hear(&mut self, _: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        let lost = matches!(event, Event::PeerLost { member } if member.leads());
        (!lost).then_some(event)
    }
}

/// Closes with an empty log.
#[derive(Default)]
pub(super) struct LosesItsLog;

impl Bug for LosesItsLog {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        said.push_back(match command {
            Command::Close { .. } => Command::Close { log: Vec::new() },
            other => other,
        });
    }
}

/// Wants to be woken when it should have been already.
#[derive(Default)]
pub(super) struct WakesTooLate;

impl Bug for WakesTooLate {
    fn wake(&self, at: Option<Moment>) -> Option<Moment> {
        at.map(|at| Moment::from_micros(at.as_micros() / 1_000_000))
    }
}

/// Sleeps through the time at which it wanted to be woken.
#[derive(Default)]
pub(super) struct Oversleeps;

impl Bug for Oversleeps {
    fn hear(&mut self, _: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        (event != Event::Tick).then_some(event)
    }
}
