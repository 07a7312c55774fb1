//! What an action's processes find in their environment.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::runtime::Variables;
use crate::runtime::code::Launcher;

/// What the ActionLoop proxy gives, and nothing else: its version, what it was told about
/// launchers, its own `__OW_*`, then what the initialization says. Of equal names the later counts.
pub(crate) fn environment(
    variables: &Variables,
    initialization: &[(OsString, OsString)],
) -> Vec<(OsString, OsString)> {
    let mut all = Overlay::default();
    all.set("__OW_PROXY_VERSION", env!("CARGO_PKG_VERSION"));
    if let Some(execution_env) = &variables.execution_env {
        all.set("__OW_EXECUTION_ENV", execution_env);
    }
    if let Some(wait_for_ack) = &variables.wait_for_ack {
        all.set("__OW_WAIT_FOR_ACK", wait_for_ack);
    }
    for (name, value) in variables.openwhisk.iter().chain(initialization) {
        all.set(name, value);
    }
    all.0
}

/// The whole environment of a launcher.
pub(super) fn of_launcher(
    launcher: Launcher,
    variables: &Variables,
    initialization: &[(OsString, OsString)],
) -> Vec<(OsString, OsString)> {
    const ACK: &str = "__OW_WAIT_FOR_ACK";
    let given = environment(variables, initialization);
    let mut all = Overlay::default();
    if let Launcher::Own { .. } = launcher {
        all.set("PATH", &variables.search_path);
        all.set("LANG", "C.UTF-8");
        all.set("HOME", variables.home.as_deref().unwrap_or(OsStr::new("/")));
    }
    for (name, value) in &given {
        all.set(name, value);
    }
    match launcher {
        // What these mean is between Raptor and its launchers.
        Launcher::Own { overlaps } => {
            all.set(ACK, "1");
            all.set("RAPTOR_LAUNCHER_FATAL", "1");
            if overlaps {
                all.set("RAPTOR_LAUNCHER_CONCURRENT", "1");
            }
        }
        Launcher::Stock { acknowledges: true } => all.set(ACK, "1"),
        Launcher::Stock {
            acknowledges: false,
        } => {}
    }
    all.0
}

/// Variables in the order in which they were first set.
#[derive(Default)]
struct Overlay(Vec<(OsString, OsString)>);

impl Overlay {
    /// Sets a variable, unless nothing can be called that.
    fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        let (name, value) = (name.as_ref(), value.as_ref());
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes.contains(&b'=') || bytes.contains(&0) {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.to_owned(),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }
}
