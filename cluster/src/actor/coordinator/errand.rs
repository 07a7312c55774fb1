//! What a follower that came by itself has to show for itself at the end of its part.

use std::collections::{BTreeMap, BTreeSet};

use raptor_core::flight::{AttemptOutcome, Notice, Settlement};
use raptor_core::{AttemptId, FunctionIndex};

use super::FlightCoordinator;
use crate::actor::supervisor::MemberSettled;

/// What a follower has done so far.
#[derive(Default)]
pub(super) struct Errand {
    how: Option<Settlement>,
    /// The attempts that were told to stop and have not ended.
    stopping: BTreeMap<AttemptId, FunctionIndex>,
    /// The functions of which an attempt was preempted here.
    preempted: BTreeSet<FunctionIndex>,
}

impl Errand {
    pub(super) fn on_notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Settled { how, .. } => self.how = Some(*how),
            Notice::Preempted {
                attempt, function, ..
            } => {
                self.stopping.insert(*attempt, *function);
            }
            Notice::Ended {
                attempt,
                function,
                outcome,
                ..
            } => {
                self.stopping.remove(attempt);
                if let AttemptOutcome::Preempted { .. } = outcome {
                    self.preempted.insert(*function);
                }
            }
            Notice::Started { .. }
            | Notice::Heard { .. }
            | Notice::Sealed { .. }
            | Notice::Joined { .. }
            | Notice::Missing { .. } => {}
        }
    }
}

impl FlightCoordinator {
    /// Reports, once this member's part is decided and its last attempt has ended: others may still
    /// want to know what it has found, but whoever has sent it need not wait for that. A flight
    /// that closes earlier, since its leader has, leaves what is stopping to its executors.
    pub(super) fn conclude_errand(&mut self) {
        let errand = self.errand.as_ref();
        let is_settled = errand.is_some_and(|errand| errand.how.is_some());
        if !is_settled || !(self.executors.is_empty() || self.is_closed) {
            return;
        }
        let Some(Errand {
            how: Some(how),
            stopping,
            mut preempted,
        }) = self.errand.take()
        else {
            return;
        };
        if how == Settlement::Landed {
            preempted.extend(stopping.into_values());
        }
        let charter = &self.part.charter;
        let progress = self.flight.progress();
        let is_ours = |function: &FunctionIndex| {
            let sealed_by = progress.sealed_by(*function);
            sealed_by.is_some_and(|attempt| attempt.member == charter.me)
        };
        let functions = (0..charter.manifest.len()).map(|at| FunctionIndex(at as u16));
        let name = |function| charter.manifest.function(function).name.clone();
        self.services.supervisor.do_send(MemberSettled {
            flight: charter.flight,
            how,
            won: functions.filter(is_ours).map(name).collect(),
            preempted: preempted.into_iter().map(name).collect(),
        });
    }
}
