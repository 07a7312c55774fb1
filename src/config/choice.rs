//! Keys that take one of a few words.

/// Which implementation of SCTP carries the envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SCTP in this program, over UDP (RFC 6951). It works everywhere, without privileges.
    Userspace,
    /// The kernel's SCTP.
    Kernel,
    /// The kernel's if it has one, else userspace.
    Auto,
}

impl Backend {
    /// The words that the key takes.
    pub(super) const WORDS: &[(&str, Self)] = &[
        ("userspace", Self::Userspace),
        ("kernel", Self::Kernel),
        ("auto", Self::Auto),
    ];
}

/// How peers are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// By a key, with the Noise protocol; what they say is encrypted.
    Noise,
    /// Not at all.
    None,
}

impl Security {
    /// The words that the key takes.
    pub(super) const WORDS: &[(&str, Self)] = &[("noise", Self::Noise), ("none", Self::None)];
}

/// What carries the packets of the kernel's SCTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encapsulation {
    /// IP alone.
    None,
    /// UDP (RFC 6951).
    Udp,
}

impl Encapsulation {
    /// The words that the key takes.
    pub(super) const WORDS: &[(&str, Self)] = &[("none", Self::None), ("udp", Self::Udp)];
}

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// The words that the key takes.
    pub(super) const WORDS: &[(&str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}
