//! What a person, or a program, is shown of an activation or a node.

mod administration;
mod json;
mod live;
mod timeline;

pub(crate) use administration::{NodeShaping, shaping, status, survey};
pub(crate) use json::json;
pub(crate) use live::Live;
pub(crate) use timeline::timeline;
