//! `loadtest run` as a script uses it.

mod judging;
mod leaving;
mod running;
mod scenarios;
mod support;

use std::process::ExitCode;

/// The nodes of running clusters, and their functions, are this program, started anew. The test
/// harness has a `main` of its own.
#[ctor::ctor(unsafe)]
fn before_main() {
    raptor_cluster::node_main();
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "fn") {
        let code = raptor_functions::main(words);
        let is_code = |status: &u8| ExitCode::from(*status) == code;
        let status = (0..=u8::MAX).find(is_code);
        std::process::exit(status.expect("an exit code is one of 256").into());
    }
}
