//! What the tests of the runtime share.

mod action;
mod archive;
#[path = "../../support/blocking_wait.rs"]
mod blocking_wait;
mod container;
mod http;

pub(crate) use action::{BASH_LOOP, bash, has_nodejs, has_python, languages};
pub(crate) use archive::{base64, tarball, zip};
pub(crate) use blocking_wait::until;
pub(crate) use container::Container;
pub(crate) use http::{Answer, exchange, receive, request};
