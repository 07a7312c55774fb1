//! The functions as real processes, called as a node calls them.

mod call;
mod contract;
mod synthetic;
mod thumbnail;
mod wordcount;
mod workflow;
