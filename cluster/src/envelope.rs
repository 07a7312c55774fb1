//! What nodes and clients send each other.

use std::time::Duration;

use bytes::Bytes;
use raptor_core::flight::{Outcome, Policy, Report};
use raptor_core::membership::LoadReport;
use raptor_core::supervision::Fellow;
use raptor_core::{Digest, FaultKind, FlightId, LogLine, MemberIndex, NodeId, NodeRecord};

use crate::administration::{Order, Told};
use crate::answer::{Answer, Progress};
use crate::bundle::{Bundle, PART_BYTES_MAX};
use crate::record::Record;
use crate::surroundings::Surroundings;

/// One message between two peers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Envelope {
    /// Client to node: run an action.
    Invoke(Box<Invoke>),
    /// Client to node: end an activation.
    Cancel {
        /// Which.
        flight: FlightId,
    },
    /// Node to client: something happened.
    Progress {
        /// Where.
        flight: FlightId,
        /// What.
        progress: Progress,
    },
    /// Node to client: the activation is decided.
    Settled {
        /// Which.
        flight: FlightId,
        /// How.
        answer: Answer,
    },
    /// Node to client: what the members did.
    Recorded(Box<Record>),
    /// Leader to node: be a member.
    Recruit(Box<Recruit>),
    /// Node to leader: it will not.
    Decline {
        /// Of which flight.
        flight: FlightId,
        /// Which member.
        member: MemberIndex,
        /// Why.
        why: String,
    },
    /// Member to member.
    Flight {
        /// Of which flight.
        flight: FlightId,
        /// Who speaks.
        from: MemberIndex,
        /// What it has to say.
        news: News,
    },
    /// Node to member: that flight is not, or no longer, flown here.
    Gone {
        /// Which.
        flight: FlightId,
    },
    /// Leader to a follower that came by itself: who else did.
    Roster {
        /// Of which flight.
        flight: FlightId,
        /// The others.
        fellows: Vec<Fellow>,
    },
    /// Send me an action's code.
    BundleWanted {
        /// By its hash.
        digest: Digest,
    },
    /// An action's code.
    Bundle {
        /// Its bytes.
        body: Bytes,
    },
    /// A part of an action's code that is longer than one envelope.
    BundlePart {
        /// The hash of the whole.
        digest: Digest,
        /// How long the whole is.
        total: u64,
        /// Where the part begins.
        offset: u64,
        /// The part.
        body: Bytes,
    },
    /// Send me the next part.
    BundlePartWanted {
        /// Of what.
        digest: Digest,
        /// From where on.
        offset: u64,
    },
    /// Node to node: who is up, as SWIM has it.
    Gossip {
        /// How busy the sender is.
        report: LoadReport,
        /// The packet.
        packet: Bytes,
    },
    /// Administrator to node; one `Administered` of the same number answers it.
    Administer {
        /// Chosen by the administrator, unique on its side of the association.
        number: u64,
        /// What is to be done.
        order: Order,
    },
    /// The answer to an `Administer`.
    Administered {
        /// The administrator's number.
        number: u64,
        /// What came of it.
        told: Told,
    },
}

impl Envelope {
    /// The code of an action from `offset` on, as much as one envelope takes; none beyond its
    /// end, or of code that stays where it is.
    pub(crate) fn of_code(bundle: &Bundle, offset: u64) -> Option<Self> {
        let bytes = bundle.bytes()?;
        let from = usize::try_from(offset)
            .ok()
            .filter(|from| *from < bytes.len())?;
        if bytes.len() <= PART_BYTES_MAX {
            let body = bytes.clone();
            return Some(Self::Bundle { body });
        }
        let to = bytes.len().min(from + PART_BYTES_MAX);
        Some(Self::BundlePart {
            digest: bundle.digest(),
            total: bytes.len() as u64,
            offset,
            body: bytes.slice(from..to),
        })
    }
}

/// Run an action.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invoke {
    pub(crate) flight: FlightId,
    pub(crate) bundle: BundleRef,
    pub(crate) params: Bytes,
    pub(crate) surroundings: Surroundings,
    pub(crate) size: Option<u16>,
    pub(crate) policy: Policy,
    pub(crate) timeout: Duration,
    pub(crate) watch: bool,
}

/// Be a member of a flight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recruit {
    pub(crate) flight: FlightId,
    pub(crate) member: MemberIndex,
    pub(crate) size: u16,
    /// Where the members are, as far as they have been chosen.
    pub(crate) seats: Vec<Seat>,
    pub(crate) bundle: BundleRef,
    pub(crate) params: Bytes,
    pub(crate) surroundings: Surroundings,
    pub(crate) policy: Policy,
    /// How long until the leader gives up.
    pub(crate) remaining: Duration,
}

/// A content of the action, by its hash, with the content where it is small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BundleRef {
    /// The hash of the bundle's bytes.
    pub(crate) digest: Digest,
    /// The bundle's bytes, where asking for them would take longer than sending them.
    pub(crate) inline: Option<Bytes>,
}

/// Which node a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) member: MemberIndex,
    pub(crate) record: NodeRecord,
}

/// What a member says to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum News {
    /// It takes part, from this node.
    Join(NodeId),
    /// All that the other may have missed.
    Welcome(Vec<Report>),
    /// One piece of news.
    Report(Report),
}

/// A welcome of more than this is told in parts, each an envelope. What is longer is one value.
const WELCOME_BYTES_MAX: usize = 1 << 20;

impl News {
    /// The same news, in parts that each fit into an envelope.
    pub(crate) fn parts(self) -> Vec<Self> {
        let Self::Welcome(reports) = self else {
            return vec![self];
        };
        let (mut parts, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
        for report in reports {
            let more = weight(&report);
            if bytes + more > WELCOME_BYTES_MAX && !part.is_empty() {
                parts.push(Self::Welcome(std::mem::take(&mut part)));
                bytes = 0;
            }
            part.push(report);
            bytes += more;
        }
        parts.push(Self::Welcome(part));
        parts
    }
}

/// About how many bytes a report takes.
fn weight(report: &Report) -> usize {
    let content = match report {
        Report::Finished(finding) => {
            let outcome = match &finding.outcome {
                Outcome::Value(value) => value.body().len(),
                Outcome::Fault(fault) => match &fault.kind {
                    FaultKind::Application(value) => value.body().len() + fault.log.len(),
                    FaultKind::Invalid(text)
                    | FaultKind::NotStarted(text)
                    | FaultKind::Lost(text) => text.len() + fault.log.len(),
                    FaultKind::Exited(_)
                    | FaultKind::Signalled(_)
                    | FaultKind::TimedOut(_)
                    | FaultKind::Busy
                    | FaultKind::Oversized { .. } => fault.log.len(),
                },
            };
            finding.inputs.len() * size_of::<Digest>() + outcome
        }
        Report::Logged(log) => {
            let lines = log.iter().flat_map(|record| &record.log);
            size_of_val(&**log) + lines.map(LogLine::bytes).sum::<usize>()
        }
        Report::Started { .. }
        | Report::Sealed { .. }
        | Report::Out { .. }
        | Report::Ended
        | Report::Closed => 0,
    };
    size_of::<Report>() + content
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
