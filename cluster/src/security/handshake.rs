//! The handshake: an opening by the end that dialed, and the answer to it.

use raptor_core::Role;
use snow::params::NoiseParams;
use snow::{Builder, HandshakeState};

use super::key::KeyName;
use super::ring::Lock;
use super::{Protection, Seal};

const PATTERN: &str = "Noise_NKpsk0_25519_AESGCM_SHA256";

/// Every opening begins with this many bytes that are never used again: the initiator's ephemeral key,
/// or random ones where there is no encryption.
pub(crate) const NONCE_BYTES: usize = 32;

/// What a handshake's message has beside its payload: an ephemeral key and a tag.
const OVERHEAD_BYTES: usize = NONCE_BYTES + 16;

/// A handshake has no future: failed to go on with it because ... Nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// We hold no key that lets us be what we are.
    #[error("no key is held that lets us be {0}")]
    NoKey(&'static str),
    /// One end encrypts, and the other does not.
    #[error(
        "one end has transport.security = \"none\" and the other has not, or it is no raptor node"
    )]
    Protection,
    /// It was not made with a key of ours, or was changed on the way.
    #[error("it was not made with a key of ours")]
    Key,
    /// It has too few bytes.
    #[error("it is cut short")]
    Short,
    /// The operating system has no random numbers.
    #[error("there are no random numbers")]
    Random,
}

/// The end that spoke first, and waits for the answer.
pub(crate) enum Initiator {
    Noise {
        state: Box<HandshakeState>,
        key: KeyName,
    },
    Clear,
}

/// The end that was spoken to, and has not answered yet.
pub(crate) enum Responder {
    Noise {
        state: Box<HandshakeState>,
        key: KeyName,
    },
    Clear,
}

impl Initiator {
    /// Begins: what is returned beside it goes to the peer after `prologue`.
    pub(crate) fn begin(
        protection: &Protection,
        role: Role,
        prologue: &[u8],
        payload: &[u8],
    ) -> Result<(Self, Vec<u8>), HandshakeError> {
        let Protection::Noise(keys) = protection else {
            let mut opening = vec![0; NONCE_BYTES];
            getrandom::fill(&mut opening).map_err(|_| HandshakeError::Random)?;
            opening.extend_from_slice(payload);
            return Ok((Self::Clear, opening));
        };
        let pass = keys
            .to_dial(role)
            .ok_or(HandshakeError::NoKey(name_of(role)))?;
        let mut state = builder(pass.pre_shared().bytes(), prologue)
            .remote_public_key(pass.nodes_public())
            .and_then(Builder::build_initiator)
            .map_err(|_| HandshakeError::Random)?;
        let opening = write(&mut state, payload);
        let (state, key) = (Box::new(state), pass.name());
        Ok((Self::Noise { state, key }, opening))
    }

    /// Ends it with the peer's answer; gives the payload in that and what seals the rest.
    pub(crate) fn finish(self, answer: &[u8]) -> Result<(Vec<u8>, Seal), HandshakeError> {
        match self {
            Self::Clear => Ok((answer.to_vec(), Seal::clear())),
            Self::Noise { mut state, key } => {
                let payload = read(&mut state, answer)?;
                Ok((payload, Seal::noise(*state, key)))
            }
        }
    }
}

impl Responder {
    /// Takes an opening that followed `prologue`, in which the peer claims `role`; gives the payload in
    /// it. The peer has the key; but only its next message proves that this is not an old opening of
    /// somebody who had it.
    pub(crate) fn accept(
        protection: &Protection,
        role: Role,
        prologue: &[u8],
        opening: &[u8],
    ) -> Result<(Self, Vec<u8>), HandshakeError> {
        let Protection::Noise(keys) = protection else {
            let payload = opening.get(NONCE_BYTES..).ok_or(HandshakeError::Short)?;
            return Ok((Self::Clear, payload.to_vec()));
        };
        if opening.len() < OVERHEAD_BYTES {
            return Err(HandshakeError::Short);
        }
        let locks = keys.to_accept(role);
        let opened = locks
            .iter()
            .find_map(|lock| try_lock(lock, prologue, opening));
        opened.ok_or(HandshakeError::Key)
    }

    /// Answers it; what is returned beside the answer seals the rest.
    pub(crate) fn answer(self, payload: &[u8]) -> (Vec<u8>, Seal) {
        match self {
            Self::Clear => (payload.to_vec(), Seal::clear()),
            Self::Noise { mut state, key } => {
                let answer = write(&mut state, payload);
                (answer, Seal::noise(*state, key))
            }
        }
    }
}

fn try_lock(lock: &Lock, prologue: &[u8], opening: &[u8]) -> Option<(Responder, Vec<u8>)> {
    let mut state = builder(lock.pre_shared.bytes(), prologue)
        .local_private_key(lock.private.bytes())
        .and_then(Builder::build_responder)
        .ok()?;
    let payload = read(&mut state, opening).ok()?;
    let (state, key) = (Box::new(state), lock.key);
    Some((Responder::Noise { state, key }, payload))
}

fn builder<'a>(pre_shared: &'a [u8; 32], prologue: &'a [u8]) -> Builder<'a> {
    let pattern: NoiseParams = PATTERN.parse().expect("it is a pattern of Noise");
    Builder::new(pattern)
        .psk(0, pre_shared)
        .and_then(|builder| builder.prologue(prologue))
        .expect("each is set once")
}

fn write(state: &mut HandshakeState, payload: &[u8]) -> Vec<u8> {
    let mut message = vec![0; OVERHEAD_BYTES + payload.len()];
    let written = state.write_message(payload, &mut message);
    let bytes = written.expect("a greeting is far below the longest message of Noise");
    message.truncate(bytes);
    message
}

fn read(state: &mut HandshakeState, message: &[u8]) -> Result<Vec<u8>, HandshakeError> {
    let mut payload = vec![0; message.len()];
    let bytes = state
        .read_message(message, &mut payload)
        .map_err(|_| HandshakeError::Key)?;
    payload.truncate(bytes);
    Ok(payload)
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::Node => "a node",
        Role::Client => "a client",
        Role::Admin => "an administrator",
        Role::Member(_) => "a member of that flight",
    }
}
