//! The testbed of `docker-compose.yml`, brought up for real: three zones of two nodes, a gateway, and
//! what happens to them.
//!
//! Needs a Docker engine, Compose, and the images (`docker-compose build`). Each test has a testbed of
//! its own; they take turns, since each fills this machine.

mod bare;
mod client;
mod cutting;
mod engine;
mod forming;
mod killing;
mod loading;
mod observing;
mod pausing;
mod scaling;
mod testbed;
mod traffic;
