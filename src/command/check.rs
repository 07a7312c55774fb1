//! `raptor check`: a configuration or a manifest, with all its problems at once.

use std::path::Path;
use std::process::ExitCode;

use raptor::config;
use raptor_cluster::Bundle;
use raptor_cluster::bundle::MANIFEST_FILE;

use super::{fail, status};
use crate::cli;

pub(crate) fn main(check: &cli::Check) -> ExitCode {
    let file = &check.file;
    if file.is_dir() {
        return manifest(file);
    }
    let here = Path::new(".");
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("toml") => configuration(file),
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

fn configuration(file: &Path) -> ExitCode {
    match config::check(file) {
        Ok(_) => {
            println!("{}: a valid configuration", file.display());
            ExitCode::SUCCESS
        }
        Err(problems) => fail(
            status::USAGE,
            format_args!("check {}:\n{problems}", file.display()),
        ),
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
