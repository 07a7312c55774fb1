//! The action runtime: what answers a serverless platform inside the container of an action.
//!
//! A container has one action, which is initialized once and then run any number of times. The
//! platform says so over HTTP, each in its own words; what all of them share is below that.
//!
//! | where | what |
//! | --- | --- |
//! | `server` | connections, and the end of the container |
//! | `platform` | what every platform is to the server |
//! | `openwhisk` | OpenWhisk's routes, bodies, statuses and logs |
//! | `knative` | requests and CloudEvents on any path, and peers that are found by name |
//! | `flight` | actions of several functions, flown by several containers |
//! | `action` | the container's action: initialized once, then run |
//! | `code` | from an action's code to what can be started |
//! | `process` | a process that answers one line with one line |

mod action;
mod closing;
mod code;
mod flight;
mod kind;
mod knative;
mod openwhisk;
mod platform;
mod process;
mod server;
mod settings;

pub use kind::{Kind, UnknownKind};
pub use knative::PeersError;
pub use server::{ActionError, ServeError, Server};
pub use settings::{KnativeSettings, PlatformSettings, Settings, Variables};
