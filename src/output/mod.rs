//! What a person, or a program, is shown of an activation or a node.

mod administration;
mod json;
mod live;
mod timeline;

pub(crate) use administration::{shaping, status};
pub(crate) use json::json;
pub(crate) use live::Live;
pub(crate) use timeline::timeline;
