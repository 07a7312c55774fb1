//! `raptor runtime` as OpenWhisk's invoker meets it: real processes, and for every request a
//! connection of its own. A test for each line of the contract.

mod actionloop;
mod archives;
mod concurrency;
mod ending;
mod environment;
mod http;
mod init;
mod knative;
mod limits;
mod logs;
mod nodejs;
mod run;
mod stock;
mod support;
