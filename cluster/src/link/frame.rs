//! Frames: what the ends of a link tell each other after the greeting, on a stream of their own.
//!
//! A message on the link's stream is a sequence of frames.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 1 welcome, 2 refusal, 3 credit, 4 parting, 5 parted, 6 staying |
//! | .. | of a refusal 2 bytes of length and a reason; of a credit 8 bytes of mail, 8 of state and 8 of bulk |
//!
//! Numbers are little-endian.

use super::greeting::shortened;

/// One word from link to link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The end that dialed takes the peer: it may send envelopes.
    Welcome,
    /// It will not have the peer, or no longer.
    Refusal(String),
    /// How much it has handled since the link began, in bytes: so much more may be sent.
    Credit(Handled),
    /// It has nothing to say, and would end the association until one of them has. The peer sends
    /// nothing more after it has answered.
    Parting,
    /// The answer to that: the association may end, and this end ends it.
    Parted,
    /// The other answer: this end has something to say yet.
    Staying,
}

/// How much of what one end sent the other has handled, in bytes since the link began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Handled {
    pub(super) mail: u64,
    pub(super) state: u64,
    pub(super) bulk: u64,
}

const WELCOME: u8 = 1;
const REFUSAL: u8 = 2;
const CREDIT: u8 = 3;
const PARTING: u8 = 4;
const PARTED: u8 = 5;
const STAYING: u8 = 6;

impl Frame {
    pub(super) fn append_to(&self, message: &mut Vec<u8>) {
        match self {
            Self::Welcome => message.push(WELCOME),
            Self::Refusal(reason) => {
                let reason = shortened(reason).as_bytes();
                message.push(REFUSAL);
                message.extend_from_slice(&(reason.len() as u16).to_le_bytes());
                message.extend_from_slice(reason);
            }
            Self::Credit(Handled { mail, state, bulk }) => {
                message.push(CREDIT);
                message.extend_from_slice(&mail.to_le_bytes());
                message.extend_from_slice(&state.to_le_bytes());
                message.extend_from_slice(&bulk.to_le_bytes());
            }
            Self::Parting => message.push(PARTING),
            Self::Parted => message.push(PARTED),
            Self::Staying => message.push(STAYING),
        }
    }

    /// Reads a frame from the beginning of `bytes`; gives what follows it.
    pub(super) fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&kind, rest) = bytes.split_first()?;
        match kind {
            WELCOME => Some((Self::Welcome, rest)),
            REFUSAL => {
                let (length, rest) = rest.split_first_chunk()?;
                let length = usize::from(u16::from_le_bytes(*length));
                let (reason, rest) = rest.split_at_checked(length)?;
                let reason = String::from_utf8_lossy(reason).into_owned();
                Some((Self::Refusal(reason), rest))
            }
            CREDIT => {
                let (mail, rest) = rest.split_first_chunk()?;
                let (state, rest) = rest.split_first_chunk()?;
                let (bulk, rest) = rest.split_first_chunk()?;
                let handled = Handled {
                    mail: u64::from_le_bytes(*mail),
                    state: u64::from_le_bytes(*state),
                    bulk: u64::from_le_bytes(*bulk),
                };
                Some((Self::Credit(handled), rest))
            }
            PARTING => Some((Self::Parting, rest)),
            PARTED => Some((Self::Parted, rest)),
            STAYING => Some((Self::Staying, rest)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_frozen_bytes_and_can_follow_each_other() {
        let frames = [
            (Frame::Welcome, &b"\x01"[..]),
            (Frame::Refusal("no".into()), b"\x02\x02\0no"),
            (
                Frame::Credit(Handled {
                    mail: 1,
                    state: 2,
                    bulk: 3,
                }),
                b"\x03\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0",
            ),
            (Frame::Parting, b"\x04"),
            (Frame::Parted, b"\x05"),
            (Frame::Staying, b"\x06"),
        ];
        let mut all = vec![];
        for (frame, bytes) in &frames {
            let at = all.len();
            frame.append_to(&mut all);
            assert_eq!(&all[at..], *bytes);
        }
        let mut rest = &all[..];
        for (frame, _) in frames {
            let (read, after) = Frame::split_from(rest).expect("a frame");
            assert_eq!(read, frame);
            rest = after;
        }
        assert_eq!(rest, b"");
        for no_frame in [&b""[..], b"\0", b"\x07", b"\x02\x02\0n", b"\x03\0"] {
            assert_eq!(Frame::split_from(no_frame), None, "{no_frame:?}");
        }
    }
}
