//! Bugs in what members tell each other, and in what they make of it.

use raptor_core::flight::{Audience, Command, Event, Finding, Flight, Outcome, Report};
use raptor_core::{AttemptId, Digest, FunctionIndex};

use super::{Bug, Said};

/// Whether this tells of a fault.
const fn is_fault(report: &Report) -> bool {
    matches!(
        report,
        Report::Finished(Finding {
            outcome: Outcome::Fault(_),
            ..
        })
    )
}

/// Does not tell of its faults.
#[derive(Default)]
pub(super) struct HidesFaults;

impl Bug for HidesFaults {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if !matches!(&command, Command::Report { report, .. } if is_fault(report)) {
            said.push_back(command);
        }
    }
}

/// Does not hear of others' faults.
#[derive(Default)]
pub(super) struct OverhearsFaults;

impl Bug for OverhearsFaults {
    fn hear(&mut self, _: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        let lost = matches!(&event, Event::PeerReported { report, .. } if is_fault(report));
        (!lost).then_some(event)
    }
}

/// Tells that it computed from nothing.
#[derive(Default)]
pub(super) struct MisstatesInputs;

impl Bug for MisstatesInputs {
    fn say(&mut self, _: &Flight, mut command: Command, said: &mut Said) {
        if let Command::Report {
            report: Report::Finished(finding),
            ..
        } = &mut command
        {
            finding.inputs.reverse();
        }
        said.push_back(command);
    }
}

/// Makes another value final when it hears of one.
#[derive(Default)]
pub(super) struct SealsTwice;

impl Bug for SealsTwice {
    fn hear(&mut self, flight: &Flight, event: Event, said: &mut Said) -> Option<Event> {
        if flight.charter().me.leads()
            && let Some((attempt, function, digest)) = value_told(&event)
            && flight
                .progress()
                .sealed_digest(function)
                .is_some_and(|sealed| sealed != digest)
        {
            said.push_back(seal(attempt, function, digest));
        }
        Some(event)
    }
}

/// Makes the first value final that it hears of, whatever that was computed from.
#[derive(Default)]
pub(super) struct SealsTooSoon;

impl Bug for SealsTooSoon {
    fn hear(&mut self, flight: &Flight, event: Event, said: &mut Said) -> Option<Event> {
        if flight.charter().me.leads()
            && let Some((attempt, function, digest)) = value_told(&event)
            && !flight.progress().is_sealed(function)
        {
            let needs = &flight.charter().manifest.function(function).depends;
            if !needs.iter().all(|need| flight.progress().is_sealed(*need)) {
                said.push_back(seal(attempt, function, digest));
            }
        }
        Some(event)
    }
}

/// The value that a peer tells of.
fn value_told(event: &Event) -> Option<(AttemptId, FunctionIndex, Digest)> {
    match event {
        Event::PeerReported {
            report:
                Report::Finished(Finding {
                    attempt,
                    function,
                    outcome: Outcome::Value(value),
                    ..
                }),
            ..
        } => Some((*attempt, *function, value.digest())),
        _ => None,
    }
}

fn seal(attempt: AttemptId, function: FunctionIndex, digest: Digest) -> Command {
    let report = Report::Sealed {
        function,
        attempt,
        digest,
    };
    Command::Report {
        to: Audience::All,
        report,
    }
}

/// Does not tell newcomers what they missed.
#[derive(Default)]
pub(super) struct NeverWelcomes;

impl Bug for NeverWelcomes {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if !matches!(command, Command::Welcome { .. }) {
            said.push_back(command);
        }
    }
}

/// Does not tell newcomers who does not take part.
#[derive(Default)]
pub(super) struct ForgetsWhoIsOut;

impl Bug for ForgetsWhoIsOut {
    fn say(&mut self, _: &Flight, mut command: Command, said: &mut Said) {
        if let Command::Welcome { reports, .. } = &mut command {
            reports.retain(|report| !matches!(report, Report::Out { .. }));
        }
        said.push_back(command);
    }
}

/// Does not tell newcomers that the flight has ended.
#[derive(Default)]
pub(super) struct KeepsItsEnd;

impl Bug for KeepsItsEnd {
    fn say(&mut self, _: &Flight, mut command: Command, said: &mut Said) {
        if let Command::Welcome { reports, .. } = &mut command {
            reports.retain(|report| !matches!(report, Report::Ended));
        }
        said.push_back(command);
    }
}

/// Does not join again when a link to a follower has healed.
#[derive(Default)]
pub(super) struct ForgetsHealedLinks;

impl Bug for ForgetsHealedLinks {
    fn hear(&mut self, _: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        (!matches!(event, Event::PeerReachable { .. })).then_some(event)
    }
}

/// Neither joins again when a link has healed, nor asks for what it misses.
#[derive(Default)]
pub(super) struct JoinsOnlyOnce;

impl Bug for JoinsOnlyOnce {
    fn say(&mut self, _: &Flight, command: Command, said: &mut Said) {
        if !matches!(
            command,
            Command::Join {
                to: Audience::One(_)
            }
        ) {
            said.push_back(command);
        }
    }
}

/// Does not tell the leader what a lost member has found.
#[derive(Default)]
pub(super) struct KeepsBequests;

impl Bug for KeepsBequests {
    fn say(&mut self, flight: &Flight, command: Command, said: &mut Said) {
        let bequest = matches!(
            &command,
            Command::Report { report: Report::Finished(finding), .. }
                if finding.attempt.member != flight.charter().me
        );
        if !bequest {
            said.push_back(command);
        }
    }
}

/// Does not say that it leaves.
#[derive(Default)]
pub(super) struct LeavesSilently;

impl Bug for LeavesSilently {
    fn say(&mut self, flight: &Flight, command: Command, said: &mut Said) {
        let ended = matches!(
            &command,
            Command::Report {
                report: Report::Ended,
                ..
            }
        );
        if !ended || flight.charter().me.leads() {
            said.push_back(command);
        }
    }
}

/// Hears nothing more once it has settled, but that it may close.
#[derive(Default)]
pub(super) struct GoesDeaf;

impl Bug for GoesDeaf {
    fn hear(&mut self, flight: &Flight, event: Event, _: &mut Said) -> Option<Event> {
        let news = match &event {
            Event::PeerReported { report, .. } => !matches!(report, Report::Closed),
            Event::Welcomed { .. } => true,
            _ => false,
        };
        (!(news && flight.is_settled())).then_some(event)
    }
}
