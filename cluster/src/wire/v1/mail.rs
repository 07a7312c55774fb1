//! What actors of different nodes send each other.
//!
//! Mail is marked by its first byte, which no other envelope begins with. Then comes a head, and then,
//! to the end of the envelope and without a length, the body: so a message is written in place, and
//! read where it is.

use bincode::{BorrowDecode, Encode};

use super::super::DecodeError;
use super::CONFIG;
use crate::remote::EndCause;
use crate::remote::mail::{self, Letter, Undeliverable};

/// The last number that is one byte long; other envelopes count up from 0.
const MARK: u8 = 250;

const TELL: u8 = 0;
const ASK: u8 = 1;

#[derive(Encode, BorrowDecode)]
enum Head<'a> {
    Tell(Address<'a>),
    Ask(Address<'a>, u64),
    Replied(u64, Reply),
    Bounced(Address<'a>, Refusal),
    Joined(Membership<'a>),
    Left(Membership<'a>),
    Watch { number: u64, actor: &'a str },
    Unwatch { number: u64 },
    Terminated { number: u64, why: Ending },
}

#[derive(Encode, BorrowDecode)]
struct Address<'a> {
    actor: &'a str,
    kind: &'a str,
    version: u16,
}

#[derive(Encode, BorrowDecode)]
struct Membership<'a> {
    group: &'a str,
    actor: &'a str,
}

#[derive(Encode, BorrowDecode)]
enum Reply {
    Body,
    Refused(Refusal),
}

#[derive(Encode, BorrowDecode)]
enum Refusal {
    NoSuchActor,
    UnknownKind,
    UnknownVersion { min: u16, max: u16 },
    Stopped,
    Malformed,
    AnswerTooLong,
}

#[derive(Encode, BorrowDecode)]
enum Ending {
    Stopped,
    NoSuchActor,
    NodeDown,
    TooManyWatches,
}

/// Whether an envelope is mail.
pub(in crate::wire) fn is_mail(envelope: &[u8]) -> bool {
    envelope.first() == Some(&MARK)
}

pub(in crate::wire) fn encode_mail(mail: &mail::Mail<'_>) -> Vec<u8> {
    let (head, body) = Head::of(mail);
    let mut envelope = vec![MARK];
    append(&mut envelope, &head);
    envelope.extend_from_slice(body);
    envelope
}

pub(in crate::wire) fn decode_mail(envelope: &[u8]) -> Result<mail::Mail<'_>, DecodeError> {
    let Some((&MARK, mail)) = envelope.split_first() else {
        return Err(DecodeError::Invalid("no mail"));
    };
    let (head, taken) = bincode::borrow_decode_from_slice::<Head<'_>, _>(mail, CONFIG)?;
    head.into_domain(&mail[taken..])
}

/// The part of a letter's head that is the same for all of one kind to one actor.
pub(in crate::wire) fn encode_address(address: mail::Address<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    append(&mut bytes, &Address::from(address));
    bytes
}

/// An envelope with a told letter, but for its body, which is to be appended.
pub(in crate::wire) fn begin_tell(address: &[u8], body_bytes: usize) -> Vec<u8> {
    let mut envelope = Vec::with_capacity(2 + address.len() + body_bytes);
    envelope.extend_from_slice(&[MARK, TELL]);
    envelope.extend_from_slice(address);
    envelope
}

/// An envelope with a question, but for its body, which is to be appended.
pub(in crate::wire) fn begin_ask(address: &[u8], number: u64, body_bytes: usize) -> Vec<u8> {
    let mut envelope = Vec::with_capacity(11 + address.len() + body_bytes);
    envelope.extend_from_slice(&[MARK, ASK]);
    envelope.extend_from_slice(address);
    append(&mut envelope, &number);
    envelope
}

/// An envelope with an answer, but for its body, which is to be appended.
pub(in crate::wire) fn begin_reply(number: u64) -> Vec<u8> {
    encode_mail(&mail::Mail::Replied {
        number,
        reply: Ok(&[]),
    })
}

fn append(bytes: &mut Vec<u8>, part: &impl Encode) {
    bincode::encode_into_std_write(part, bytes, bincode::config::standard())
        .expect("what is encoded here has no length that is unknown");
}

impl<'a> Head<'a> {
    /// The head of a piece of mail, and its body.
    fn of(mail: &mail::Mail<'a>) -> (Self, &'a [u8]) {
        use mail::Mail as Domain;
        let head = match *mail {
            Domain::Tell(Letter { address, body }) => return (Self::Tell(address.into()), body),
            Domain::Ask { number, letter } => {
                return (Self::Ask(letter.address.into(), number), letter.body);
            }
            Domain::Replied { number, reply } => match reply {
                Ok(body) => return (Self::Replied(number, Reply::Body), body),
                Err(why) => Self::Replied(number, Reply::Refused(why.into())),
            },
            Domain::Bounced { address, why } => Self::Bounced(address.into(), why.into()),
            Domain::Joined(membership) => Self::Joined(membership.into()),
            Domain::Left(membership) => Self::Left(membership.into()),
            Domain::Watch { number, actor } => Self::Watch { number, actor },
            Domain::Unwatch { number } => Self::Unwatch { number },
            Domain::Terminated { number, why } => Self::Terminated {
                number,
                why: why.into(),
            },
        };
        (head, &[])
    }

    fn into_domain(self, body: &'a [u8]) -> Result<mail::Mail<'a>, DecodeError> {
        use mail::Mail as Domain;
        let bodiless = match self {
            Self::Tell(address) => return Ok(Domain::Tell(address.letter(body))),
            Self::Ask(address, number) => {
                let letter = address.letter(body);
                return Ok(Domain::Ask { number, letter });
            }
            Self::Replied(number, Reply::Body) => {
                let reply = Ok(body);
                return Ok(Domain::Replied { number, reply });
            }
            Self::Replied(number, Reply::Refused(why)) => {
                let reply = Err(why.into());
                Domain::Replied { number, reply }
            }
            Self::Bounced(address, why) => Domain::Bounced {
                address: address.into(),
                why: why.into(),
            },
            Self::Joined(membership) => Domain::Joined(membership.into()),
            Self::Left(membership) => Domain::Left(membership.into()),
            Self::Watch { number, actor } => Domain::Watch { number, actor },
            Self::Unwatch { number } => Domain::Unwatch { number },
            Self::Terminated { number, why } => Domain::Terminated {
                number,
                why: why.into(),
            },
        };
        match body.len() {
            0 => Ok(bodiless),
            trailing => Err(DecodeError::Trailing(trailing)),
        }
    }
}

impl<'a> Address<'a> {
    fn letter(self, body: &'a [u8]) -> Letter<'a> {
        let address = self.into();
        Letter { address, body }
    }
}

impl<'a> From<mail::Address<'a>> for Address<'a> {
    fn from(address: mail::Address<'a>) -> Self {
        let mail::Address {
            actor,
            kind,
            version,
        } = address;
        Self {
            actor,
            kind,
            version,
        }
    }
}

impl<'a> From<Address<'a>> for mail::Address<'a> {
    fn from(address: Address<'a>) -> Self {
        let Address {
            actor,
            kind,
            version,
        } = address;
        Self {
            actor,
            kind,
            version,
        }
    }
}

impl<'a> From<mail::Membership<'a>> for Membership<'a> {
    fn from(mail::Membership { group, actor }: mail::Membership<'a>) -> Self {
        Self { group, actor }
    }
}

impl<'a> From<Membership<'a>> for mail::Membership<'a> {
    fn from(Membership { group, actor }: Membership<'a>) -> Self {
        Self { group, actor }
    }
}

impl From<Undeliverable> for Refusal {
    fn from(why: Undeliverable) -> Self {
        match why {
            Undeliverable::NoSuchActor => Self::NoSuchActor,
            Undeliverable::UnknownKind => Self::UnknownKind,
            Undeliverable::UnknownVersion { min, max } => Self::UnknownVersion { min, max },
            Undeliverable::Stopped => Self::Stopped,
            Undeliverable::Malformed => Self::Malformed,
            Undeliverable::AnswerTooLong => Self::AnswerTooLong,
        }
    }
}

impl From<Refusal> for Undeliverable {
    fn from(why: Refusal) -> Self {
        match why {
            Refusal::NoSuchActor => Self::NoSuchActor,
            Refusal::UnknownKind => Self::UnknownKind,
            Refusal::UnknownVersion { min, max } => Self::UnknownVersion { min, max },
            Refusal::Stopped => Self::Stopped,
            Refusal::Malformed => Self::Malformed,
            Refusal::AnswerTooLong => Self::AnswerTooLong,
        }
    }
}

impl From<EndCause> for Ending {
    fn from(why: EndCause) -> Self {
        match why {
            EndCause::Stopped => Self::Stopped,
            EndCause::NoSuchActor => Self::NoSuchActor,
            EndCause::NodeDown => Self::NodeDown,
            EndCause::TooManyWatches => Self::TooManyWatches,
        }
    }
}

impl From<Ending> for EndCause {
    fn from(why: Ending) -> Self {
        match why {
            Ending::Stopped => Self::Stopped,
            Ending::NoSuchActor => Self::NoSuchActor,
            Ending::NodeDown => Self::NodeDown,
            Ending::TooManyWatches => Self::TooManyWatches,
        }
    }
}
