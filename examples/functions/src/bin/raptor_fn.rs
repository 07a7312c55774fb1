//! The functions as a program of their own, for tests: what `raptor fn` is to a node.

use std::process::ExitCode;

fn main() -> ExitCode {
    raptor_functions::main(std::env::args_os().skip(1))
}
