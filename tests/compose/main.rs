//! The testbed of `docker-compose.yml`, brought up for real: three zones of two nodes, a gateway, and
//! what happens to them.
//!
//! Needs a Docker engine, Compose, and the images (`docker-compose --profile load build`). Each test has a testbed of
//! its own; they take turns, since each fills this machine.

mod bare;
#[path = "../support/blocking_wait.rs"]
mod blocking_wait;
mod client;
mod cutting;
mod engine;
mod forming;
mod killing;
mod loading;
mod observing;
mod pausing;
#[path = "../support/said.rs"]
mod said;
mod scaling;
mod testbed;
mod traffic;
