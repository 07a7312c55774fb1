//! What a member knows of its flight before it begins.

use std::sync::Arc;
use std::time::Duration;

use crate::manifest::Manifest;
use crate::{FlightId, FunctionIndex, MemberIndex, Moment};

/// Who runs what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// Speculation: every member runs the whole manifest, each from its own rotation, and what any
    /// of them has finished is preempted on all others.
    #[default]
    Flight,
    /// The baseline: every function runs once, as soon as its dependencies have values, on the
    /// members in turn.
    ForkJoin,
}

/// The terms of one member's part in a flight. It never changes.
#[derive(Clone, Debug)]
pub struct Charter {
    /// The flight's name.
    pub flight: FlightId,
    /// This member's place in it.
    pub me: MemberIndex,
    /// How many members it has (N), this one included; at least one.
    pub size: u16,
    /// What it computes.
    pub manifest: Arc<Manifest>,
    /// Who runs what.
    pub policy: Policy,
    /// How many attempts this member may run at once; at least one. Fork-join ignores it: there
    /// only the node's slots bound what runs.
    pub slots: u16,
    /// When the leader gives up.
    pub deadline: Moment,
    /// How long the leader counts on a recruit that has not answered.
    pub join_timeout: Duration,
    /// How long a settled leader waits for the logs of the members.
    pub debrief_timeout: Duration,
}

impl Charter {
    /// Where in the manifest this member starts: row `me` of a Latin square.
    ///
    /// Members are spread evenly over the functions; when there are more members than functions,
    /// they go round.
    pub fn rotation(&self) -> usize {
        rotation(self.me, self.size, self.manifest.len())
    }

    /// The functions in the order in which this member walks them.
    pub(super) fn walk(&self) -> impl Iterator<Item = FunctionIndex> + use<> {
        let (start, count) = (self.rotation(), self.manifest.len());
        (0..count).map(move |step| FunctionIndex(((start + step) % count) as u16))
    }
}

/// Where member `member` of `size` starts in a manifest of `functions`.
pub fn rotation(member: MemberIndex, size: u16, functions: usize) -> usize {
    let (member, size) = (member.at(), usize::from(size));
    if size > functions {
        member % functions
    } else {
        member * functions / size
    }
}
