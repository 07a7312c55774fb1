//! One message between two peers.

use bincode::{BorrowDecode, Encode};
use bytes::Bytes;
use raptor_core::{Digest, FlightId, MemberIndex};

use super::super::DecodeError;
use super::administration::{Order, Told};
use super::flight::Report;
use super::gossip::LoadReport;
use super::record::{Answer, Progress, Record, node};
use super::request::{Fellow, Invoke, Recruit};
use super::share;
use crate::envelope;

#[derive(Encode, BorrowDecode)]
pub(super) enum Envelope<'a> {
    Invoke(Invoke<'a>),
    Cancel {
        flight: u128,
    },
    Progress {
        flight: u128,
        progress: Progress,
    },
    Settled {
        flight: u128,
        answer: Answer<'a>,
    },
    Recorded(Record<'a>),
    Recruit(Recruit<'a>),
    Decline {
        flight: u128,
        member: u16,
        why: &'a str,
    },
    Flight {
        flight: u128,
        from: u16,
        news: News<'a>,
    },
    Gone {
        flight: u128,
    },
    BundleWanted {
        digest: [u8; 32],
    },
    Bundle {
        body: &'a [u8],
    },
    Gossip {
        report: LoadReport,
        packet: &'a [u8],
    },
    Administer {
        number: u64,
        order: Order<'a>,
    },
    Administered {
        number: u64,
        told: Told<'a>,
    },
    BundlePart {
        digest: [u8; 32],
        total: u64,
        offset: u64,
        body: &'a [u8],
    },
    BundlePartWanted {
        digest: [u8; 32],
        offset: u64,
    },
    Roster {
        flight: u128,
        fellows: Vec<Fellow<'a>>,
    },
}

#[derive(Encode, BorrowDecode)]
pub(super) enum News<'a> {
    Join { node: &'a str },
    Welcome(Vec<Report<'a>>),
    Report(Report<'a>),
}

impl<'a> From<&'a envelope::Envelope> for Envelope<'a> {
    fn from(envelope: &'a envelope::Envelope) -> Self {
        use envelope::Envelope as Domain;
        match envelope {
            Domain::Invoke(invoke) => Self::Invoke((&**invoke).into()),
            Domain::Cancel { flight } => Self::Cancel { flight: flight.0 },
            Domain::Progress { flight, progress } => Self::Progress {
                flight: flight.0,
                progress: (*progress).into(),
            },
            Domain::Settled { flight, answer } => Self::Settled {
                flight: flight.0,
                answer: answer.into(),
            },
            Domain::Recorded(record) => Self::Recorded((&**record).into()),
            Domain::Recruit(recruit) => Self::Recruit((&**recruit).into()),
            Domain::Decline {
                flight,
                member,
                why,
            } => Self::Decline {
                flight: flight.0,
                member: member.0,
                why,
            },
            Domain::Flight { flight, from, news } => Self::Flight {
                flight: flight.0,
                from: from.0,
                news: news.into(),
            },
            Domain::Gone { flight } => Self::Gone { flight: flight.0 },
            Domain::Roster { flight, fellows } => Self::Roster {
                flight: flight.0,
                fellows: fellows.iter().map(Fellow::from).collect(),
            },
            Domain::BundleWanted { digest } => Self::BundleWanted {
                digest: *digest.as_bytes(),
            },
            Domain::Bundle { body } => Self::Bundle { body },
            Domain::Gossip { report, packet } => Self::Gossip {
                report: (*report).into(),
                packet,
            },
            Domain::Administer { number, order } => Self::Administer {
                number: *number,
                order: order.into(),
            },
            Domain::Administered { number, told } => Self::Administered {
                number: *number,
                told: told.into(),
            },
            Domain::BundlePart {
                digest,
                total,
                offset,
                body,
            } => Self::BundlePart {
                digest: *digest.as_bytes(),
                total: *total,
                offset: *offset,
                body,
            },
            Domain::BundlePartWanted { digest, offset } => Self::BundlePartWanted {
                digest: *digest.as_bytes(),
                offset: *offset,
            },
        }
    }
}

impl Envelope<'_> {
    pub(super) fn into_domain(self, message: &Bytes) -> Result<envelope::Envelope, DecodeError> {
        use envelope::Envelope as Domain;
        Ok(match self {
            Self::Invoke(invoke) => Domain::Invoke(Box::new(invoke.into_domain(message))),
            Self::Cancel { flight } => Domain::Cancel {
                flight: FlightId(flight),
            },
            Self::Progress { flight, progress } => Domain::Progress {
                flight: FlightId(flight),
                progress: progress.into(),
            },
            Self::Settled { flight, answer } => Domain::Settled {
                flight: FlightId(flight),
                answer: answer.into_domain(message)?,
            },
            Self::Recorded(record) => Domain::Recorded(Box::new(record.into_domain()?)),
            Self::Recruit(recruit) => Domain::Recruit(Box::new(recruit.into_domain(message)?)),
            Self::Decline {
                flight,
                member,
                why,
            } => Domain::Decline {
                flight: FlightId(flight),
                member: MemberIndex(member),
                why: why.to_owned(),
            },
            Self::Flight { flight, from, news } => Domain::Flight {
                flight: FlightId(flight),
                from: MemberIndex(from),
                news: news.into_domain(message)?,
            },
            Self::Gone { flight } => Domain::Gone {
                flight: FlightId(flight),
            },
            Self::Roster { flight, fellows } => {
                let fellows = fellows.into_iter().map(Fellow::into_domain);
                Domain::Roster {
                    flight: FlightId(flight),
                    fellows: fellows.collect::<Result<_, DecodeError>>()?,
                }
            }
            Self::BundleWanted { digest } => Domain::BundleWanted {
                digest: Digest::from_bytes(digest),
            },
            Self::Bundle { body } => Domain::Bundle {
                body: share(message, body),
            },
            Self::Gossip { report, packet } => Domain::Gossip {
                report: report.into(),
                packet: share(message, packet),
            },
            Self::Administer { number, order } => Domain::Administer {
                number,
                order: order.into_domain()?,
            },
            Self::Administered { number, told } => Domain::Administered {
                number,
                told: told.into_domain()?,
            },
            Self::BundlePart {
                digest,
                total,
                offset,
                body,
            } => Domain::BundlePart {
                digest: Digest::from_bytes(digest),
                total,
                offset,
                body: share(message, body),
            },
            Self::BundlePartWanted { digest, offset } => Domain::BundlePartWanted {
                digest: Digest::from_bytes(digest),
                offset,
            },
        })
    }
}

impl<'a> From<&'a envelope::News> for News<'a> {
    fn from(news: &'a envelope::News) -> Self {
        match news {
            envelope::News::Join(node) => Self::Join {
                node: node.as_str(),
            },
            envelope::News::Welcome(reports) => {
                Self::Welcome(reports.iter().map(Report::from).collect())
            }
            envelope::News::Report(report) => Self::Report(report.into()),
        }
    }
}

impl News<'_> {
    fn into_domain(self, message: &Bytes) -> Result<envelope::News, DecodeError> {
        Ok(match self {
            Self::Join { node: name } => envelope::News::Join(node(name)?),
            Self::Welcome(reports) => {
                let reports = reports
                    .into_iter()
                    .map(|report| report.into_domain(message));
                envelope::News::Welcome(reports.collect())
            }
            Self::Report(report) => envelope::News::Report(report.into_domain(message)),
        })
    }
}
