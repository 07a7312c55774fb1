//! Containers of Docker's, started and ended as OpenWhisk's invoker does.

mod command;
mod container;
mod engine;
mod guard;

pub use command::DockerError;
pub(super) use container::DockerContainer;
pub(crate) use engine::Engine;
