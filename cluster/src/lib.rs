//! The embeddable cluster library.

pub mod launcher;
pub mod testing;
