//! Postmasters that talk to each other over loopback.

mod ends;
mod envelopes;
mod greetings;
mod keys;
mod members;
mod mixed;
mod moving;
mod node;
mod parting;
mod paths;
mod stranger;
