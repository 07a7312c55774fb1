//! Postmasters that talk to each other over loopback.

mod ends;
mod envelopes;
mod greetings;
mod keys;
mod mixed;
mod node;
mod paths;
mod stranger;
