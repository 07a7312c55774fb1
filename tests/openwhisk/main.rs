//! Flights inside OpenWhisk: `raptor runtime` in the containers of a miniature OpenWhisk, which
//! freezes, kills and refuses as OpenWhisk does; in processes, and in containers of Docker's.

mod docker;
mod faults;
mod flights;
#[path = "../support/said.rs"]
mod said;
mod strangers;
mod support;
mod tls;
mod weaknesses;
mod zones;
