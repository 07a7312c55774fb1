//! The Python launcher: `file`s that end in `.py`.
//!
//! The function's name in the manifest is the name of the function in the file; there is no
//! fallback to `main`, since a misspelt key would then quietly run something else. It is called
//! with the parameters, a `dict`, and must return a `dict`, `list` or `tuple`; anything else is an
//! application error, and so is an exception (the traceback goes to the log). The directory of the
//! file stands first in `sys.path`, then the packages of a directory `virtualenv` beside it.
//!
//! The launcher's text is part of this program and goes to the interpreter as an argument: there
//! is no file to install, to find, to make readable for another user, or to leave behind.
//!
//! Starting costs what Python costs, about 9 ms, and 6 ms for the `json` module. Skipping `site`
//! (`-S`) would save 2 ms and hide every installed package, so it is not done: packages come from
//! the interpreter's own `site-packages`, from `PYTHONPATH` in the function's `env`, or from the
//! action's directory. Who wants fast starts looks at the `.pth` files there: they run each time,
//! and one that imports `certifi` was seen to take 20 ms.

use std::ffi::OsString;
use std::path::Path;

use super::ARGUMENT_BYTES_MAX;

/// The ending of the files that this launcher runs.
pub const ENDING: &str = "py";

/// The launcher.
const TEXT: &str = include_str!("python.py");

const _: () = assert!(TEXT.len() < ARGUMENT_BYTES_MAX);

/// The argument vector that calls `function` of `file`, an absolute path, with the interpreter
/// `program`. [`is_identifier`] says whether the function can be called that.
pub fn argv(program: &Path, file: &Path, function: &str) -> Vec<OsString> {
    vec![
        // In full: Python finds its packages from here, and those of a virtual environment.
        program.into(),
        // No __pycache__: the directory is shared by all attempts, and is not theirs to write.
        "-B".into(),
        "-c".into(),
        TEXT.into(),
        file.into(),
        function.into(),
    ]
}

/// Whether a Python function can have this name (Python Language Reference, section 2.3).
///
/// Nearly: letters and digits of all scripts are let through, and so are keywords; Python has the
/// last word when the file is loaded.
pub fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}
