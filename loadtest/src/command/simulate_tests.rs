use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};

fn refusal(words: &[&str]) -> String {
    let words = ["loadtest", "simulate"].iter().chain(words);
    let Command::Simulate(args) = Cli::parse_from(words).command else {
        panic!("it is a simulation");
    };
    run(&args).unwrap_err().to_string()
}

#[test]
fn what_does_not_fit_together_is_refused_with_how_to_mend_it() {
    for (words, why) in [
        (["--workflow", "tree:3"], "independent:K or sequence:K"),
        (["--tasks", "10"], "--tasks must make"),
        (["--policies", "fork-join,fork-join"], "twice"),
        (["--against", "sparrow:7"], "--policies too"),
        (["--zones", "0"], "each needs one"),
        (["--zones", "101"], "each needs one"),
        (["--delay", "5ms"], "--zone-delay"),
        (["--policies", "flight:4,flight:128"], "room for"),
        (["--service", "const mean=0s"], "--service a mean"),
    ] {
        let refusal = refusal(&[&words[..], &["--servers", "100"][..]].concat());
        assert!(refusal.contains(why), "{words:?}: {refusal}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("below");
    let refused = refusal(&["--out", below.to_str().unwrap()]);
    assert!(refused.contains("make the directory"), "{refused}");
    let twice = ["--service", "exp mean=1s", "--service", "exp mean=2s"];
    assert!(refusal(&twice).contains("once for each"));
}
