//! Postmasters that talk to each other over loopback.

mod ends;
mod envelopes;
mod greetings;
mod keys;
mod members;
mod mixed;
mod node;
mod parting;
mod paths;
mod stranger;
