//! Who waits for which answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use nix::unistd::Pid;
use tokio::sync::{oneshot, watch};

use super::connection::Line;
use super::protocol::Refusal;
use super::{GROUPS_COUNT_MAX, SpawnError};
use crate::group::{Group, Leash, Reaped};
use crate::signal::Exit;

/// What comes of a launch.
pub(super) type Outcome = Result<Group, SpawnError>;

/// The node's side of the story: one entry for each launch that is not answered and each group
/// that is not reaped.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    tickets: u64,
    launching: BTreeMap<u64, Launching>,
    groups: BTreeMap<Pid, Entry>,
    is_lost: bool,
}

#[derive(Debug)]
struct Launching {
    answer: oneshot::Sender<Outcome>,
    program: String,
    marker: Vec<u8>,
    line: Arc<Line>,
}

#[derive(Debug)]
struct Entry {
    marker: Vec<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It has an owner.
    Owned {
        leash: Leash,
        exit: watch::Sender<Option<Exit>>,
    },
    /// The server was told to reap it.
    Reaping { answer: oneshot::Sender<Reaped> },
}

impl Ledger {
    /// Enters a launch: its ticket, and where its outcome will come.
    pub(super) fn enter(
        &mut self,
        program: &str,
        marker: Vec<u8>,
        line: Arc<Line>,
    ) -> Result<(u64, oneshot::Receiver<Outcome>), SpawnError> {
        let program = program.to_owned();
        if self.is_lost {
            return Err(SpawnError::Lost { program });
        }
        if self.launching.len() + self.groups.len() >= GROUPS_COUNT_MAX {
            return Err(SpawnError::Full { program });
        }
        let (answer, outcome) = oneshot::channel();
        self.tickets += 1;
        let launching = Launching {
            answer,
            program,
            marker,
            line,
        };
        self.launching.insert(self.tickets, launching);
        Ok((self.tickets, outcome))
    }

    /// Strikes out a launch that was not sent.
    pub(super) fn withdraw(&mut self, ticket: u64) {
        let launching = self.launching.remove(&ticket);
        launching.expect("a launch is withdrawn before it is answered");
    }

    /// The launch became a group. It is to be given to whoever waits, outside any lock: if nobody
    /// does any more, dropping it reaps it.
    pub(super) fn on_launched(
        &mut self,
        ticket: u64,
        leader: Pid,
    ) -> (oneshot::Sender<Outcome>, Outcome) {
        let launching = self.launching.remove(&ticket);
        let launching = launching.expect("each launch is answered once");
        let leash = Leash::new(leader);
        let (exit, seen) = watch::channel(None);
        let entry = Entry {
            marker: launching.marker,
            state: State::Owned {
                leash: leash.clone(),
                exit,
            },
        };
        self.groups.insert(leader, entry);
        let group = Group::new(leader, leash, seen, launching.line);
        (launching.answer, Ok(group))
    }

    /// The launch failed; this too is given outside any lock.
    pub(super) fn on_refused(
        &mut self,
        ticket: u64,
        refusal: Refusal,
    ) -> (oneshot::Sender<Outcome>, Outcome, Arc<Line>) {
        let launching = self.launching.remove(&ticket);
        let launching = launching.expect("each launch is answered once");
        let program = launching.program;
        let error = match refusal {
            Refusal::MarkerTaken => SpawnError::MarkerTaken { program },
            Refusal::Failed { step, errno } => SpawnError::Refused {
                step,
                program,
                source: std::io::Error::from_raw_os_error(errno),
            },
        };
        (launching.answer, Err(error), launching.line)
    }

    /// A leader has exited.
    pub(super) fn on_exited(&mut self, leader: Pid, exit: Exit) {
        let entry = self.groups.get(&leader);
        match &entry.expect("only a group that is not reaped exits").state {
            State::Owned { exit: seen, .. } => {
                seen.send_replace(Some(exit));
            }
            // The two messages crossed.
            State::Reaping { .. } => {}
        }
    }

    /// The server is about to be told to reap: where its answer will come. It never comes, and is
    /// known at once not to, if the server is lost.
    pub(super) fn on_condemned(&mut self, leader: Pid) -> oneshot::Receiver<Reaped> {
        let (answer, reaped) = oneshot::channel();
        if let Some(entry) = self.groups.get_mut(&leader) {
            entry.state = State::Reaping { answer };
        }
        reaped
    }

    /// Nothing of a group is left: who waits for that, if anybody does.
    pub(super) fn on_reaped(&mut self, leader: Pid) -> oneshot::Sender<Reaped> {
        match self.groups.remove(&leader).map(|entry| entry.state) {
            Some(State::Reaping { answer }) => answer,
            Some(State::Owned { .. }) | None => panic!("a group is reaped only when told to"),
        }
    }

    /// The server is gone: nobody is signalled any more, and nothing is started. All that waits
    /// learns it when what is returned is dropped, outside any lock.
    pub(super) fn on_lost(&mut self) -> Loss {
        self.is_lost = true;
        let mut markers = Vec::new();
        for entry in std::mem::take(&mut self.groups).into_values() {
            if let State::Owned { leash, .. } = &entry.state {
                leash.cut();
            }
            markers.push(entry.marker);
        }
        let launching = std::mem::take(&mut self.launching);
        markers.extend(launching.values().map(|launching| launching.marker.clone()));
        Loss {
            markers,
            _launching: launching.into_values().collect(),
        }
    }
}

/// What a lost server leaves.
pub(super) struct Loss {
    /// The markers of what was running, or may be.
    pub(super) markers: Vec<Vec<u8>>,
    _launching: Vec<Launching>,
}
