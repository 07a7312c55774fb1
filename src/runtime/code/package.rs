//! Where the main file of a Node.js package is.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::CodeError;

/// The main file of a package that names none, and of source that came as such.
pub(super) const INDEX: &str = "index.js";

const PACKAGE: &str = "package.json";

/// The file and the function that `main` means in a directory.
///
/// OpenWhisk reads `lib/file.function` as a function of another file than the package's.
pub(super) fn main(directory: &Path, main: &str) -> Result<(PathBuf, String), CodeError> {
    if let Some((module, function)) = main.rsplit_once('.')
        && let Some(file) = resolve(directory, module)
    {
        return Ok((file, function.to_owned()));
    }
    let index = || directory.join(INDEX);
    let file = match fs::read_to_string(directory.join(PACKAGE)) {
        Ok(package) => named(directory, &package)?,
        Err(_) if index().is_file() => index(),
        Err(_) => return Err(CodeError::NoNodeMain),
    };
    Ok((file, main.to_owned()))
}

/// The file that a `package.json` names (Node.js, "Folders as modules").
fn named(directory: &Path, package: &str) -> Result<PathBuf, CodeError> {
    let package: Value =
        serde_json::from_str(package).map_err(|error| CodeError::PackageUnreadable {
            reason: error.to_string(),
        })?;
    let main = package.get("main").and_then(Value::as_str);
    let named = main.and_then(|main| resolve(directory, main));
    let found = named.or_else(|| resolve(directory, "."));
    found.ok_or_else(|| match main {
        Some(main) => CodeError::PackageMainMissing {
            main: main.to_owned(),
        },
        None => CodeError::NoNodeMain,
    })
}

/// The file that `require("./name")` would load.
fn resolve(directory: &Path, name: &str) -> Option<PathBuf> {
    let path = directory.join(name.trim_start_matches("./"));
    let with = |ending: &str| {
        let mut name = path.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut candidates = vec![path.clone()];
    candidates.extend([".js", ".cjs", ".mjs"].map(with));
    candidates.extend(["index.js", "index.cjs", "index.mjs"].map(|index| path.join(index)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
