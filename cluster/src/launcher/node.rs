//! The Node.js launcher: `file`s that end in `.js`, `.cjs` or `.mjs`.
//!
//! The function's name in the manifest is the name of what is called: an export of the file, a
//! property of its default export, its default export itself, or, in a CommonJS file, a function
//! that is not exported, as OpenWhisk's runtime finds the `main` of a single file. It may be dotted
//! (`a.b.c`). It is called with the parameters and gives an object or an array, or a promise of
//! one; nothing is `{}`. What it throws is an application error that goes to the log, and so is
//! what its promise is rejected with. Files are CommonJS or ECMAScript modules as Node.js itself
//! would have it, and `node_modules` is looked for beside the file and above it.
//!
//! With `RAPTOR_LAUNCHER_CONCURRENT=1` calls overlap in the one process, as OpenWhisk's runtime lets
//! them where `__OW_ALLOW_CONCURRENT` is `true`: a line does not wait for the answers of those
//! before it, and each answer begins with the number of its line (0, 1, 2...) and a blank. The
//! variables are then those of the line that came last.
//!
//! The text speaks the same protocol as the [Python launcher](super::python), and like that goes to
//! the interpreter as an argument. Starting costs what Node.js costs, some 30 ms.

use std::ffi::OsString;
use std::path::Path;

use super::ARGUMENT_BYTES_MAX;

/// The endings of the files that this launcher runs.
pub const ENDINGS: [&str; 3] = ["js", "cjs", "mjs"];

/// The launcher.
const TEXT: &str = include_str!("node.js");

const _: () = assert!(TEXT.len() < ARGUMENT_BYTES_MAX);

/// The argument vector that calls `function` of `file`, an absolute path, with the interpreter
/// `program`. [`is_name`] says whether the function can be called that.
pub fn argv(program: &Path, file: &Path, function: &str) -> Vec<OsString> {
    vec![
        program.into(),
        "-e".into(),
        TEXT.into(),
        "--".into(),
        file.into(),
        function.into(),
    ]
}

/// Whether a function can be called that: identifiers (ECMA-262, section 12.7), with dots between
/// them.
///
/// Nearly: letters and digits of all scripts are let through, and so are reserved words; nothing
/// has them.
pub fn is_name(name: &str) -> bool {
    name.split('.').all(is_identifier)
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let is_first = |letter: char| letter.is_alphabetic() || matches!(letter, '_' | '$');
    letters.next().is_some_and(is_first)
        && letters.all(|letter| is_first(letter) || letter.is_alphanumeric())
}
