//! Flights of actions that run in containers of a platform.

mod signed;
