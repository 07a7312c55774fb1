//! What must be so when nothing happens any more.

use raptor_core::MemberIndex;
use raptor_core::flight::{Policy, Verdict};

use crate::invariant::{Invariant, Violation};
use crate::pilot::Pilot;
use crate::world::World;

impl<P: Pilot> World<P> {
    /// Whether all is as it should be when nothing happens any more.
    pub(crate) fn check_end(&self) -> Result<(), Violation> {
        if !self.parts[0].is_crashed {
            self.check_landing()?;
        }
        let by = if self.plan.is_hurried() {
            u64::MAX
        } else {
            self.plan.settles_by() + 3 * self.plan.debrief_timeout
        };
        for (at, part) in self.parts.iter().enumerate() {
            let in_time = part.closed.is_some_and(|closed| closed <= by);
            let closes = part.pilot.is_none() || part.is_crashed || in_time;
            Invariant::EveryoneCloses.check(closes, || {
                format!("m{at} closes at {:?}, not before {by}", part.closed)
            })?;
        }
        if self.plan.policy == Policy::ForkJoin && self.plan.is_undisturbed() {
            self.check_fork_join()?;
        }
        Ok(())
    }

    fn check_landing(&self) -> Result<(), Violation> {
        let Some((at, verdict)) = &self.parts[0].verdict else {
            return Invariant::SettlesInTime.broken("the leader never settles");
        };
        let by = self.plan.settles_by();
        let in_time = *at <= by && *verdict != Verdict::TimedOut;
        Invariant::SettlesInTime.check(in_time || self.plan.is_hurried(), || {
            format!("the leader settles on {verdict:?} at {at}, not before {by}")
        })?;
        for member in (1..self.plan.size()).map(MemberIndex) {
            self.check_spread(member, *at)?;
        }
        if matches!(verdict, Verdict::Landed { .. }) && self.plan.is_patient() {
            return (1..self.plan.size())
                .map(MemberIndex)
                .try_for_each(|m| self.check_copy(m));
        }
        Ok(())
    }

    /// Whether the member settled and closed soon after the leader, if nothing came between them.
    fn check_spread(&self, member: MemberIndex, leader_settled: u64) -> Result<(), Violation> {
        let part = &self.parts[member.at()];
        let (true, Some(joined)) = (part.is_with_leader(), part.joined) else {
            return Ok(());
        };
        if !self.network.is_intact(MemberIndex::LEADER, member) {
            return Ok(());
        }
        let trip = self.network.round_trip(MemberIndex::LEADER, member);
        let by = leader_settled.max(joined) + trip;
        let settled = part.verdict.as_ref().map(|(at, _)| *at);
        Invariant::VerdictsSpread.check(settled.is_some_and(|at| at <= by), || {
            format!("{member:?} settles at {settled:?}, not before {by}")
        })?;
        let by = self.parts[0]
            .closed
            .unwrap_or(u64::MAX)
            .saturating_add(trip);
        Invariant::EveryoneCloses.check(part.closed.is_some_and(|at| at <= by), || {
            format!("{member:?} closes at {:?}, not before {by}", part.closed)
        })
    }

    /// Whether the member ends with what the leader answered, if nothing came between them.
    fn check_copy(&self, member: MemberIndex) -> Result<(), Violation> {
        let part = &self.parts[member.at()];
        let Some(pilot) = part.pilot.as_ref().filter(|_| part.is_with_leader()) else {
            return Ok(());
        };
        let verdict = part.verdict.as_ref().map(|(_, verdict)| verdict);
        if self.plan.is_hurried() && verdict == Some(&Verdict::TimedOut) {
            return Ok(());
        }
        Invariant::AllHoldTheSealed
            .check(matches!(verdict, Some(Verdict::Landed { .. })), || {
                format!("{member:?} settles on {verdict:?}")
            })?;
        for (function, sealed) in self.ledger.sealed_digests() {
            let held = pilot.progress().value(function).map(|value| value.digest());
            Invariant::AllHoldTheSealed.check(held == sealed, || {
                format!("{member:?} ends with {held:?} for {function:?}, not {sealed:?}")
            })?;
        }
        Ok(())
    }

    fn check_fork_join(&self) -> Result<(), Violation> {
        for function in self.plan.manifest.indices() {
            let tries = self.ledger.tries(function).count();
            let faults = self
                .ledger
                .tries(function)
                .filter(|(_, run)| run.has_failed())
                .count();
            Invariant::ForkJoinNeverSpeculates.check(tries <= faults + 1, || {
                format!("{function:?} is tried {tries} times, with {faults} faults")
            })?;
        }
        Ok(())
    }
}
