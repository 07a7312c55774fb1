//! The embeddable cluster library.

pub mod actor;
pub mod link;
pub mod transport;
