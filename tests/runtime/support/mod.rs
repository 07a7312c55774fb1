//! What the tests of the runtime share.

mod action;
mod archive;
mod container;
mod http;

pub(crate) use action::{BASH_LOOP, bash, has_nodejs, has_python, languages};
pub(crate) use archive::{base64, tarball, zip};
pub(crate) use container::{Container, until};
pub(crate) use http::{Answer, exchange, receive, request};
