//! `raptor check`: a configuration or a manifest, with all its problems at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raptor::config;
use raptor_cluster::Bundle;
use raptor_cluster::bundle::MANIFEST_FILE;

use super::{fail, status};
use crate::cli;

pub(crate) fn main(check: &cli::Check) -> ExitCode {
    let [file] = &check.files[..] else {
        return layers(&check.files);
    };
    if file.is_dir() {
        return manifest(file);
    }
    let here = Path::new(".");
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("toml") => configuration(&check.files),
        Some("json") if file.file_name().is_some_and(|name| name == MANIFEST_FILE) => {
            manifest(directory.unwrap_or(here))
        }
        Some(_) | None => fail(
            status::USAGE,
            format_args!(
                "check {}: it is neither a configuration (.toml) nor a manifest ({MANIFEST_FILE}, \
                 or its directory)",
                file.display()
            ),
        ),
    }
}

/// Several files are the layers of one configuration.
fn layers(files: &[PathBuf]) -> ExitCode {
    let is_toml = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "toml");
    match files.iter().find(|file| !is_toml(file)) {
        None => configuration(files),
        Some(other) => fail(
            status::USAGE,
            format_args!(
                "check {}: of several files, all must be configurations (.toml)",
                other.display()
            ),
        ),
    }
}

fn configuration(files: &[PathBuf]) -> ExitCode {
    let names: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let names = names.join(", ");
    match config::check_layers(files) {
        Ok(_) => {
            println!("{names}: a valid configuration");
            ExitCode::SUCCESS
        }
        Err(problems) => fail(status::USAGE, format_args!("check {names}:\n{problems}")),
    }
}

fn manifest(directory: &Path) -> ExitCode {
    match Bundle::from_directory(directory) {
        Ok((_, manifest)) => {
            let (functions, size) = (manifest.len(), manifest.flight_size());
            let directory = directory.display();
            println!("{directory}: a valid action of {functions} functions, flown by {size}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(status::USAGE, format_args!("check the action: {error}")),
    }
}
