//! A miniature OpenWhisk: the part of its controller that functions call, and an invoker that
//! drives action runtimes as OpenWhisk 2.0's does, in containers of Docker's or in processes that stand
//! for them.
//!
//! It keeps the rules that a runtime can see, and nothing else of OpenWhisk:
//!
//! | rule | where in OpenWhisk |
//! | --- | --- |
//! | `/init` once, retried while the connection is refused, then `/run`; a new TCP connection for each | `ApacheBlockingContainerClient.scala` |
//! | at most `concurrency` runs at a time in a container | `ContainerPool.scala` |
//! | idle containers are frozen after a grace and thawed for the next run | `ContainerProxy.scala` |
//! | containers that were idle for long, or answered other than 200, are killed without notice | the same |
//! | logs are read until both streams have shown the sentinel, or nothing came for 2 s | `DockerToActivationLogStore.scala` |
//! | containers of Docker's get the same flags | `DockerContainer.scala`, `InvokerReactive.scala` |
//! | 429 for who invokes too often or too much at once | `Entitlement.scala` |
//!
//! Its zones are what OpenWhisk's invokers are; placing is simpler (`invoker/spread`).
//!
//! So it can stand in for OpenWhisk where that cannot run, and freeze, kill and refuse on purpose.

mod activation;
mod config;
mod controller;
mod http;
mod invoker;
mod mini;
mod world;

pub use activation::Status;
pub use config::{Action, Config, Containers, Image, Limits, Zone};
pub use invoker::{ContainerId, ContainerView, DockerError};
pub use mini::{MiniOpenWhisk, PrewarmError, Reply, StartError};
