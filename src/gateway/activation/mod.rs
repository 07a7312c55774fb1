//! What came of invocations: records, kept for a while on two nodes, and found from all.

mod book;
mod id;
mod log;
pub(crate) mod message;
mod query;
mod record;
mod response;

pub(crate) use book::Book;
pub(crate) use id::ActivationId;
pub(crate) use log::{Line, lines_of, truncated};
pub(crate) use query::{Query, Row};
pub(crate) use record::Record;
pub(crate) use response::{Response, Status};
