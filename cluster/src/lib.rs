//! The embeddable cluster library.

pub mod launcher;
pub mod testing;
pub mod actor;
pub mod link;
pub mod transport;
