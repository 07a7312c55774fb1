//! What a follower has to show for itself at the end of its part.

use std::collections::BTreeSet;

use raptor_core::FunctionIndex;
use raptor_core::flight::{AttemptOutcome, Notice, Settlement};

use super::FlightCoordinator;
use crate::actor::supervisor::MemberSettled;

/// What a follower has done so far.
#[derive(Default)]
pub(super) struct Errand {
    how: Option<Settlement>,
    /// The functions of which an attempt was preempted here.
    preempted: BTreeSet<FunctionIndex>,
}

impl Errand {
    pub(super) fn on_notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Settled { how, .. } => self.how = Some(*how),
            Notice::Ended {
                function,
                outcome: AttemptOutcome::Preempted { .. },
                ..
            } => {
                self.preempted.insert(*function);
            }
            Notice::Ended { .. }
            | Notice::Started { .. }
            | Notice::Preempted { .. }
            | Notice::Heard { .. }
            | Notice::Sealed { .. }
            | Notice::Joined { .. }
            | Notice::Missing { .. } => {}
        }
    }
}

impl FlightCoordinator {
    /// Reports, once this member's part is decided and its last attempt has ended: others may still want
    /// to know what it has found, but whoever has sent it need not wait for that.
    pub(super) fn conclude_errand(&mut self) {
        let is_over = self
            .errand
            .as_ref()
            .is_some_and(|errand| errand.how.is_some());
        if !is_over || !self.executors.is_empty() {
            return;
        }
        let Some(Errand {
            how: Some(how),
            preempted,
        }) = self.errand.take()
        else {
            return;
        };
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
