//! What each word on the command line does.

pub(crate) mod compare;
pub(crate) mod predict;
pub(crate) mod run;
pub(crate) mod simulate;
