//! The launchers of functions, with real interpreters.

mod action;
mod node;
mod python;
