//! What a member runs next, and who runs what.

use crate::{AttemptId, FunctionIndex, MemberIndex, Value};

use super::{Command, Flight, Live, Policy};

impl Flight {
    /// Launches what is ready, walking the cycle from this member's rotation, while a slot is free.
    pub(super) fn launch(&mut self) {
        for function in self.charter.walk() {
            if self.live.len() >= self.slots() {
                return;
            }
            if let Some(inputs) = self.launchable(function) {
                self.launch_one(function, inputs);
            }
        }
    }

    fn slots(&self) -> usize {
        match self.charter.policy {
            Policy::Flight => usize::from(self.charter.slots),
            Policy::ForkJoin => usize::MAX,
        }
    }

    fn launch_one(&mut self, function: FunctionIndex, inputs: Vec<Value>) {
        let attempt = AttemptId {
            member: self.charter.me,
            number: self.launches,
        };
        self.launches += 1;
        let live = Live {
            function,
            inputs: inputs.iter().map(Value::digest).collect(),
            launched: self.now,
        };
        self.live.insert(attempt, live);
        self.logbook.on_launched(self.now, attempt, function);
        self.push(Command::Launch {
            attempt,
            function,
            inputs,
        });
    }

    /// The values to compute the function from, if this member is to compute it now.
    fn launchable(&self, function: FunctionIndex) -> Option<Vec<Value>> {
        let me = self.charter.me;
        let wanted = !self.progress.is_known(function)
            && !self.live.values().any(|live| live.function == function)
            && self.is_runner(function, me)
            && !self.has_given_up(function, me);
        if !wanted {
            return None;
        }
        let depends = self.charter.manifest.function(function).depends.iter();
        depends.map(|need| self.input(*need)).collect()
    }

    /// The value that this member goes on with: the leader only with what it has sealed, so that
    /// nothing that it runs can be void; followers at once with the first that they hear of.
    fn input(&self, need: FunctionIndex) -> Option<Value> {
        let usable = !self.leads() || self.progress.is_sealed(need);
        usable.then(|| self.progress.value(need).cloned())?
    }

    /// Whether the member may run the function at all.
    fn is_runner(&self, function: FunctionIndex, member: MemberIndex) -> bool {
        match self.lone_runner(function) {
            Some(runner) => runner == member,
            None => true,
        }
    }

    /// The only member that may run the function, if not all may.
    fn lone_runner(&self, function: FunctionIndex) -> Option<MemberIndex> {
        if !self.charter.manifest.function(function).idempotent {
            return Some(MemberIndex::LEADER);
        }
        match self.charter.policy {
            Policy::Flight => None,
            Policy::ForkJoin => Some(self.roster.first_from(function.at())),
        }
    }

    fn has_given_up(&self, function: FunctionIndex, member: MemberIndex) -> bool {
        let terms = self.charter.manifest.function(function);
        let retries = if terms.idempotent { terms.retries } else { 0 };
        self.progress.fault_count(function, member) > retries as usize
    }

    /// Whether everyone who may run the function has used up its attempts, and nobody who might
    /// is still to come.
    pub(super) fn is_given_up_by_all(&self, function: FunctionIndex) -> bool {
        match self.lone_runner(function) {
            Some(runner) => self.has_given_up(function, runner),
            None => {
                !self.roster.awaits_recruits()
                    && self
                        .roster
                        .up()
                        .all(|member| self.has_given_up(function, member))
            }
        }
    }
}
