//! Configuration: it enters here, once, and is immutable from then on.
//!
//! What a node knows of the outside is layered: the defaults of all keys ([`reference()`] lists
//! them), then the files in the order in which they are named (`conf/*.toml`), then the environment,
//! where `node.queue_attempts_max` is called `RAPTOR__NODE__QUEUE_ATTEMPTS_MAX` and a list is
//! written with commas. An empty text takes an optional key back to unset. (Variables with single
//! underscores, such as `RAPTOR_REQUIRE`, are no configuration.)
//!
//! Everything is parsed before anything is used, and all [problems](Problems) are told at once.

mod address;
mod advertise;
mod choice;
mod layer;
mod namespace;
mod namespaces;
mod parse;
mod problem;
mod raw;
mod reference;
mod settings;

use std::path::{Path, PathBuf};

use ::config::Environment;

pub use address::HostPort;
pub use advertise::{Advertise, AdvertiseError};
pub use choice::{Backend, Encapsulation, LogFormat, Security};
pub use namespace::{
    NamespaceKey, NamespaceKeyError, NamespaceLimits, NamespaceLimitsError, NamespaceName,
    NamespaceNameError,
};
pub use namespaces::{NamespaceConflict, Namespaces, NamespacesFileError, NamespacesTextError};
pub use problem::{Place, Problem, Problems};
pub use reference::reference;
pub use settings::{
    ClusterSettings, FlightSettings, GatewaySettings, LauncherSettings, LimitSettings, LogSettings,
    MetricSettings, NodeSettings, Settings, TransportSettings,
};

/// What the variables of the environment begin with, before two underscores.
const ENVIRONMENT_PREFIX: &str = "RAPTOR";

/// Stands between prefix, section and key in the name of a variable.
const ENVIRONMENT_SEPARATOR: &str = "__";

/// What a node that is started with these files, and in this environment, works with.
///
/// # Errors
/// All that is wrong with the files and the environment. Nothing was started or changed.
pub fn load(files: &[PathBuf]) -> Result<Settings, Problems> {
    settings(files, Some(environment()))
}

/// Whether `file` alone is a valid configuration, over the defaults and without the environment;
/// and what it says.
///
/// # Errors
/// All that is wrong with the file.
pub fn check(file: &Path) -> Result<Settings, Problems> {
    check_layers(&[file.to_path_buf()])
}

/// As [`check`], of several files, the later ones over the earlier ones.
///
/// # Errors
/// All that is wrong with the files.
pub fn check_layers(files: &[PathBuf]) -> Result<Settings, Problems> {
    settings(files, None)
}

fn environment() -> Environment {
    Environment::with_prefix(ENVIRONMENT_PREFIX)
        .prefix_separator(ENVIRONMENT_SEPARATOR)
        .separator(ENVIRONMENT_SEPARATOR)
}

fn settings(files: &[PathBuf], environment: Option<Environment>) -> Result<Settings, Problems> {
    let mut layers = layer::Layers::default();
    for file in files {
        layers.add_file(file);
    }
    if let Some(environment) = environment {
        layers.add_environment(&environment);
    }
    let settings = Settings::from_layers(&mut layers);
    match (settings, layers.into_problems()) {
        (Some(settings), None) => Ok(settings),
        (_, Some(problems)) => Err(problems),
        (None, None) => unreachable!("a key without a value leaves a problem"),
    }
}

#[cfg(test)]
mod tests;
