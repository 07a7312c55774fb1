//! What the program `raptor` is made of, and its tests share.

pub mod archive;
pub mod config;
pub mod gateway;
pub mod runtime;
pub mod secret_file;
