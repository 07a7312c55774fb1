//! RSA keys: the paper's workload. The search for primes makes the length of the work random.

use clap::Args;
use rsa::PrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use serde::Serialize;

use crate::contract::{Params, ParamsError};

/// Keys below this have been factored in public (RSA-829 in 2020), or nearly so.
const KEY_BITS_MIN: u32 = 1024;

/// A modulus is the product of two primes; below this they cannot be told apart for sure.
const SMALL_KEY_BITS_MIN: u32 = 64;

/// The search takes minutes here, and nothing that reads RSA keys expects more.
const KEY_BITS_MAX: u32 = 16_384;

/// Makes an RSA key pair with the public exponent 65537.
#[derive(Args, Clone, Debug)]
pub(crate) struct RsaKeygen {
    /// Bits of the modulus; the parameter `bits` overrides it.
    #[arg(long, default_value = "2048")]
    bits: u32,
    /// Allow keys that are too short to keep anything secret.
    #[arg(long)]
    small_keys: bool,
}

/// What it gives.
#[derive(Debug, Serialize)]
pub(crate) struct KeyPair {
    /// PKCS#8 (RFC 5958) in PEM.
    private_key: String,
    /// SubjectPublicKeyInfo (RFC 5280 section 4.1) in PEM.
    public_key: String,
    /// Bits of the modulus.
    bits: u32,
}

impl RsaKeygen {
    /// Makes a pair.
    pub(crate) fn run(&self, params: &Params) -> Result<KeyPair, KeygenError> {
        let bits = self.bits(params)?;
        // The generator of the operating system costs a system call for each candidate; this one
        // is seeded from it once.
        let key = PrivateKey::new_unchecked(&mut rand::rng(), bits as usize)?;
        Ok(KeyPair {
            private_key: key.to_pkcs8_pem(LineEnding::LF)?.to_string(),
            public_key: key.as_public_key().to_public_key_pem(LineEnding::LF)?,
            bits,
        })
    }

    fn bits(&self, params: &Params) -> Result<u32, KeygenError> {
        let bits = params.get("bits")?.unwrap_or(self.bits);
        let min = if self.small_keys {
            SMALL_KEY_BITS_MIN
        } else {
            KEY_BITS_MIN
        };
        match bits {
            _ if bits < min => Err(KeygenError::TooShort { bits, min }),
            _ if bits > KEY_BITS_MAX => Err(KeygenError::TooLong { bits }),
            _ => Ok(bits),
        }
    }
}

/// Why no key was made. Nothing is kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeygenError {
    /// The parameters are of no use; nothing was done.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The key would be no secret; nothing was done.
    #[error("make a key of {bits} bits: fewer than {min} are no secret (--small-keys allows them)")]
    TooShort {
        /// What was asked.
        bits: u32,
        /// What is allowed.
        min: u32,
    },
    /// The search would not end in reasonable time; nothing was done.
    #[error("make a key of {bits} bits: more than {KEY_BITS_MAX} take too long")]
    TooLong {
        /// What was asked.
        bits: u32,
    },
    /// The search failed; no state to speak of.
    #[error("make a key: {0}")]
    Search(#[from] rsa::Error),
    /// The pair was found but cannot be written as PKCS#8; it is lost.
    #[error("write the private key: {0}")]
    Private(#[from] rsa::pkcs8::Error),
    /// The pair was found but cannot be written as SPKI; it is lost.
    #[error("write the public key: {0}")]
    Public(#[from] rsa::pkcs8::spki::Error),
}

#[cfg(test)]
mod tests;
