//! What asks for a flight.

use std::time::Duration;

use bincode::{BorrowDecode, Encode};
use bytes::Bytes;
use raptor_core::{Digest, FlightId, Incarnation, MemberIndex, NodeRecord};

use super::super::DecodeError;
use super::record::{Policy, node, zone};
use super::share;
use crate::{envelope, surroundings};

#[derive(Encode, BorrowDecode)]
pub(super) struct Invoke<'a> {
    flight: u128,
    bundle: BundleRef<'a>,
    params: &'a [u8],
    surroundings: Surroundings<'a>,
    size: Option<u16>,
    policy: Policy,
    timeout_micros: u64,
    watch: bool,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct Recruit<'a> {
    flight: u128,
    member: u16,
    size: u16,
    seats: Vec<Seat<'a>>,
    bundle: BundleRef<'a>,
    params: &'a [u8],
    surroundings: Surroundings<'a>,
    policy: Policy,
    remaining_micros: u64,
}

#[derive(Encode, BorrowDecode)]
struct Seat<'a> {
    member: u16,
    node: &'a str,
    zone: &'a str,
    incarnation: u64,
}

#[derive(Encode, BorrowDecode)]
struct BundleRef<'a> {
    digest: [u8; 32],
    inline: Option<&'a [u8]>,
}

#[derive(Encode, BorrowDecode)]
struct Surroundings<'a> {
    context: Vec<(&'a str, &'a str)>,
    env: Vec<(&'a str, &'a str)>,
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl<'a> From<&'a envelope::Invoke> for Invoke<'a> {
    fn from(invoke: &'a envelope::Invoke) -> Self {
        Self {
            flight: invoke.flight.0,
            bundle: (&invoke.bundle).into(),
            params: &invoke.params,
            surroundings: (&invoke.surroundings).into(),
            size: invoke.size,
            policy: invoke.policy.into(),
            timeout_micros: micros(invoke.timeout),
            watch: invoke.watch,
        }
    }
}

impl Invoke<'_> {
    pub(super) fn into_domain(self, message: &Bytes) -> envelope::Invoke {
        envelope::Invoke {
            flight: FlightId(self.flight),
            bundle: self.bundle.into_domain(message),
            params: share(message, self.params),
            surroundings: self.surroundings.into_domain(),
            size: self.size,
            policy: self.policy.into(),
            timeout: Duration::from_micros(self.timeout_micros),
            watch: self.watch,
        }
    }
}

impl<'a> From<&'a envelope::Recruit> for Recruit<'a> {
    fn from(recruit: &'a envelope::Recruit) -> Self {
        let seat = |seat: &'a envelope::Seat| Seat {
            member: seat.member.0,
            node: seat.record.node.as_str(),
            zone: seat.record.zone.as_str(),
            incarnation: seat.record.incarnation.0,
        };
        Self {
            flight: recruit.flight.0,
            member: recruit.member.0,
            size: recruit.size,
            seats: recruit.seats.iter().map(seat).collect(),
            bundle: (&recruit.bundle).into(),
            params: &recruit.params,
            surroundings: (&recruit.surroundings).into(),
            policy: recruit.policy.into(),
            remaining_micros: micros(recruit.remaining),
        }
    }
}

impl Recruit<'_> {
    pub(super) fn into_domain(self, message: &Bytes) -> Result<envelope::Recruit, DecodeError> {
        if self.member == 0 || self.member >= self.size {
            return Err(DecodeError::Invalid(
                "a recruit that is no follower of its flight",
            ));
        }
        let seat = |seat: Seat<'_>| {
            Ok(envelope::Seat {
                member: MemberIndex(seat.member),
                record: NodeRecord {
                    node: node(seat.node)?,
                    zone: zone(seat.zone)?,
                    incarnation: Incarnation(seat.incarnation),
                },
            })
        };
        Ok(envelope::Recruit {
            flight: FlightId(self.flight),
            member: MemberIndex(self.member),
            size: self.size,
            seats: self
                .seats
                .into_iter()
                .map(seat)
                .collect::<Result<_, DecodeError>>()?,
            bundle: self.bundle.into_domain(message),
            params: share(message, self.params),
            surroundings: self.surroundings.into_domain(),
            policy: self.policy.into(),
            remaining: Duration::from_micros(self.remaining_micros),
        })
    }
}

impl<'a> From<&'a envelope::BundleRef> for BundleRef<'a> {
    fn from(bundle: &'a envelope::BundleRef) -> Self {
        Self {
            digest: *bundle.digest.as_bytes(),
            inline: bundle.inline.as_deref(),
        }
    }
}

impl BundleRef<'_> {
    fn into_domain(self, message: &Bytes) -> envelope::BundleRef {
        envelope::BundleRef {
            digest: Digest::from_bytes(self.digest),
            inline: self.inline.map(|bytes| share(message, bytes)),
        }
    }
}

impl<'a> From<&'a surroundings::Surroundings> for Surroundings<'a> {
    fn from(surroundings: &'a surroundings::Surroundings) -> Self {
        let borrow = |pairs: &'a [(String, String)]| {
            let pairs = pairs.iter();
            pairs.map(|(name, text)| (&**name, &**text)).collect()
        };
        Self {
            context: borrow(&surroundings.context),
            env: borrow(&surroundings.env),
        }
    }
}

impl Surroundings<'_> {
    fn into_domain(self) -> surroundings::Surroundings {
        let own = |pairs: Vec<(&str, &str)>| {
            let pairs = pairs.into_iter();
            pairs
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect()
        };
        surroundings::Surroundings {
            context: own(self.context),
            env: own(self.env),
        }
    }
}
