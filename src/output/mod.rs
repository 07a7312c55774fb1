//! What a person, or a program, is shown of an activation.

mod json;
mod live;
mod timeline;

pub(crate) use json::json;
pub(crate) use live::Live;
pub(crate) use timeline::timeline;
