//! The embeddable cluster library.
