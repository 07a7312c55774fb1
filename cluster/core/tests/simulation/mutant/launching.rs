//! Bugs in what is launched and preempted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use raptor_core::flight::{
    Audience, Charter, Command, Event, Finding, Flight, Outcome, Policy, Report,
};
use raptor_core::manifest::Function;
use raptor_core::{AttemptId, Digest, Ending, FunctionIndex, Value};

use super::{Bug, Said};

/// Terms of which every function is changed.
fn with_functions(mut charter: Charter, change: impl Fn(&mut Function)) -> Charter {
    for function in charter.manifest.indices() {
        let manifest = charter.manifest.as_ref().clone();
        charter.manifest = Arc::new(manifest.with_function(function, &change));
    }
    charter
}

/// Runs one attempt more than it has slots.
#[derive(Default)]
pub(super) struct RunsOneTooMany;

impl Bug for RunsOneTooMany {
    fn alter(&self, mut charter: Charter) -> Charter {
        charter.slots += 1;
        charter
    }
}

/// Takes every function for idempotent.
#[derive(Default)]
pub(super) struct RepeatsTheNonIdempotent;

impl Bug for RepeatsTheNonIdempotent {
    fn alter(&self, charter: Charter) -> Charter {
        with_functions(charter, |function| function.idempotent = true)
    }
}

/// Tries once more than it may.
#[derive(Default)]
pub(super) struct TriesOnceMore;

impl Bug for TriesOnceMore {
    fn alter(&self, charter: Charter) -> Charter {
        with_functions(charter, |function| function.retries += 1)
    }
}

/// Does not retry, and takes nobody else to.
#[derive(Default)]
pub(super) struct GivesUpEarly;

impl Bug for GivesUpEarly {
    fn alter(&self, charter: Charter) -> Charter {
        with_functions(charter, |function| function.retries = 0)
    }
}

/// Does not wait for recruits.
#[derive(Default)]
pub(super) struct AwaitsNobody;

impl Bug for AwaitsNobody {
    fn alter(&self, mut charter: Charter) -> Charter {
        charter.join_timeout = Duration::ZERO;
        charter
    }
}

/// Speculates whatever the policy.
#[derive(Default)]
pub(super) struct AlwaysSpeculates;

impl Bug for AlwaysSpeculates {
    fn alter(&self, mut charter: Charter) -> Charter {
        charter.policy = Policy::Flight;
        charter
    }
}

/// Launches again what a peer has just finished.
#[derive(Default)]
pub(super) struct LaunchesTheFinished {
    launched: u32,
}

/// Attempts of a bug's own have numbers from here on.
const OWN_NUMBERS: u32 = 1_000_000;

impl Bug for LaunchesTheFinished {
    fn hear(&mut self, flight: &Flight, event: Event, said: &mut Said) -> Option<Event> {
        match &event {
            Event::AttemptEnded { attempt, .. } | Event::AttemptStarted { attempt, .. }
                if attempt.number >= OWN_NUMBERS =>
            {
                return None;
            }
            Event::PeerReported {
                report:
                    Report::Finished(Finding {
                        function,
                        inputs,
                        outcome: Outcome::Value(_),
                        ..
                    }),
                ..
            } if inputs.is_empty() && flight.live().next().is_none() && !flight.is_settled() => {
                let number = OWN_NUMBERS + self.launched;
                self.launched += 1;
                let attempt = AttemptId {
                    member: flight.charter().me,
                    number,
                };
                said.push_back(Command::Launch {
                    attempt,
                    function: *function,
                    inputs: vec![],
                });
            }
            _ => {}
        }
        Some(event)
    }
}

/// Computes from values that nobody gave.
#[derive(Default)]
pub(super) struct InventsInputs;

impl Bug for InventsInputs {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        said.push_back(match command {
            Command::Launch {
                attempt,
                function,
                inputs,
            } => {
                let inputs = inputs.iter().map(|_| Value::new("{}")).collect();
                Command::Launch {
                    attempt,
                    function,
                    inputs,
                }
            }
            other => other,
        });
    }
}

/// Preempts what it has preempted.
#[derive(Default)]
pub(super) struct PreemptsTwice;

impl Bug for PreemptsTwice {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if let Command::Preempt { .. } = command {
            said.push_back(command.clone());
        }
        said.push_back(command);
    }
}

/// Lets everything run on when it settles.
#[derive(Default)]
pub(super) struct LeavesItRunning;

impl Bug for LeavesItRunning {
    fn say(&mut self, flight: &Flight, command: Command, said: &mut Said) {
        if !(matches!(command, Command::Preempt { .. }) && flight.is_settled()) {
            said.push_back(command);
        }
    }
}

/// Lets run on what computes from a value that lost.
#[derive(Default)]
pub(super) struct KeepsLostInputs {
    launched: BTreeMap<AttemptId, FunctionIndex>,
}

impl Bug for KeepsLostInputs {
    fn say(&mut self, flight: &Flight, command: Command, said: &mut Said) {
        match &command {
            Command::Launch {
                attempt, function, ..
            } => {
                self.launched.insert(*attempt, *function);
            }
            Command::Preempt { attempt }
                if !flight.is_settled() && !flight.progress().is_known(self.launched[attempt]) =>
            {
                return;
            }
            _ => {}
        }
        said.push_back(command);
    }
}

/// Tells what an attempt gave after it was preempted.
#[derive(Default)]
pub(super) struct BelievesThePreempted {
    launched: BTreeMap<AttemptId, (FunctionIndex, Vec<Digest>)>,
    preempted: Vec<AttemptId>,
}

impl Bug for BelievesThePreempted {
    fn hear(&mut self, _: &Flight, event: Event, said: &mut Said) -> Option<Event> {
        if let Event::AttemptEnded {
            attempt,
            ending: Ending::Value(value),
        } = &event
            && self.preempted.contains(attempt)
        {
            let (function, inputs) = self.launched[attempt].clone();
            let outcome = Outcome::Value(value.clone());
            let finding = Finding {
                attempt: *attempt,
                function,
                inputs,
                outcome,
            };
            let report = Report::Finished(finding);
            said.push_back(Command::Report {
                to: Audience::All,
                report,
            });
        }
        Some(event)
    }

    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        match &command {
            Command::Launch {
                attempt,
                function,
                inputs,
            } => {
                let digests = inputs.iter().map(Value::digest).collect();
                self.launched.insert(*attempt, (*function, digests));
            }
            Command::Preempt { attempt } => self.preempted.push(*attempt),
            _ => {}
        }
        said.push_back(command);
    }
}

/// Takes the value of a preempted attempt for its own: it gives it out as that of the next one.
#[derive(Default)]
pub(super) struct ReusesThePreempted {
    launched: BTreeMap<AttemptId, FunctionIndex>,
    preempted: BTreeMap<FunctionIndex, Value>,
}

impl Bug for ReusesThePreempted {
    fn hear(&mut self, flight: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        let Event::AttemptEnded {
            attempt,
            ending: Ending::Value(value),
        } = event
        else {
            return Some(event);
        };
        let function = self.launched[&attempt];
        let is_live = flight.live().any(|(live, _)| live == attempt);
        if !is_live {
            self.preempted.insert(function, value.clone());
        }
        let kept = self.preempted.get(&function).filter(|_| is_live);
        let ending = Ending::Value(kept.unwrap_or(&value).clone());
        Some(Event::AttemptEnded { attempt, ending })
    }

    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if let Command::Launch {
            attempt, function, ..
        } = &command
        {
            self.launched.insert(*attempt, *function);
        }
        said.push_back(command);
    }
}
