mod figures;
mod pages;
mod read_back;
mod synthetic;

pub(crate) use synthetic::{predictions, synthetic, written};
