//! The action runtime.

mod flight;
