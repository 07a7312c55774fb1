//! What the interface keeps: actions and packages, parsed once from what clients send.
//!
//! Everything here is pure. What is malformed is [`Malformed`] with OpenWhisk's words for it, which
//! clients match.

mod action;
mod annotations;
mod exec;
mod limits;
mod malformed;
mod name;
mod package;
mod parameters;
mod put;
mod version;

pub(crate) use action::Action;
pub(crate) use annotations::Annotations;
pub(crate) use exec::{Code, Exec, ExecPut};
pub(crate) use limits::{ActionLimits, LimitTerms, LimitsPut};
pub(crate) use malformed::Malformed;
pub(crate) use name::{ActionPath, EntityName, NameError};
pub(crate) use package::{Package, PackagePut};
pub(crate) use parameters::Parameters;
pub(crate) use put::ActionPut;
pub(crate) use version::Version;

#[cfg(test)]
mod tests;
