//! What is going to happen, in the order in which it will.

use std::collections::BTreeMap;

use raptor_core::flight::Report;
use raptor_core::{AttemptId, MemberIndex};

use crate::plan::Mishap;

/// What is going to happen.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A recruit's node is ready to take part.
    Recruited(MemberIndex),
    /// The leader's node has found nobody to be this member.
    Refused(MemberIndex),
    /// A message reaches the node that it was sent to.
    Arrival(Parcel),
    /// A node notices that a link of it is down.
    LossSeen {
        at: MemberIndex,
        peer: MemberIndex,
        life: u32,
    },
    /// A link comes up again.
    Healed(MemberIndex, MemberIndex),
    /// Two members have had the time to tell each other what they found until their link healed.
    CaughtUp {
        one: MemberIndex,
        other: MemberIndex,
        life: u32,
        healed: u64,
    },
    /// A process starts.
    AttemptStarts { attempt: AttemptId, pid: u32 },
    /// A process ends, unless its end was ordered otherwise meanwhile.
    AttemptEnds { attempt: AttemptId, order: u32 },
    /// A member's timer fires, unless it was set otherwise meanwhile.
    TimerFires { member: MemberIndex, setting: u32 },
    /// A member is woken for no reason.
    SpuriousTick(MemberIndex),
    /// Something goes wrong.
    Mishap(Mishap),
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) from: MemberIndex,
    pub(crate) to: MemberIndex,
    /// The life of the link in which it was sent: it does not survive that.
    pub(crate) life: u32,
    pub(crate) message: Message,
}

/// What nodes send each other of a flight.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Join,
    Welcome(Vec<Report>),
    Report(Report),
}

/// Happenings by time; of those at the same time, the one that was scheduled first comes first.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BTreeMap<(u64, u64), Happening>,
    scheduled: u64,
}

impl Agenda {
    /// Makes it happen at `at`, in microseconds.
    pub(crate) fn put(&mut self, at: u64, happening: Happening) {
        self.scheduled += 1;
        self.entries.insert((at, self.scheduled), happening);
    }

    /// What happens next, and when.
    pub(crate) fn next(&mut self) -> Option<(u64, Happening)> {
        let ((at, _), happening) = self.entries.pop_first()?;
        Some((at, happening))
    }
}
