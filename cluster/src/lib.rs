//! The embeddable cluster library.

pub mod transport;
