//! `raptor key`: makes the keys of a cluster, and what its clients get of them.

mod provision;

use std::path::Path;
use std::process::ExitCode;

use raptor::config::{NamespaceKey, NamespaceName, Namespaces};
use raptor_cluster::security::{KEYS_MAX, KeyRing};
use raptor_core::Role;

use super::{fail, status};
use crate::cli::{Key, PassRole};
use crate::{key_file, telemetry};

use provision::provision;

pub(crate) fn main(key: &Key) -> ExitCode {
    telemetry::from_environment();
    match key {
        Key::New { file } => new(file),
        Key::Merge {
            first,
            second,
            file,
        } => merge(first, second, file),
        Key::Pass {
            role,
            cluster,
            file,
        } => pass(*role, cluster, file),
        Key::Provision {
            directory,
            passes,
            namespaces,
        } => provide(directory, passes.as_deref(), namespaces),
        Key::Namespace { file, name } => namespace(file, name.as_deref()),
        Key::Show { file } => show(file),
    }
}

fn new(file: &Path) -> ExitCode {
    match KeyRing::generate() {
        Ok(ring) => write(file, &ring),
        Err(error) => fail(status::FAILED, format_args!("make a key: {error}")),
    }
}

fn merge(first: &Path, second: &Path, file: &Path) -> ExitCode {
    let read = |path: &Path| key_file::read(path).map(|ring| ring.to_text());
    let text = match read(first).and_then(|keys| Ok(keys + &read(second)?)) {
        Ok(text) => text,
        Err(error) => return fail(status::USAGE, format_args!("read the keys: {error}")),
    };
    match text.parse() {
        Ok(ring) => write(file, &ring),
        Err(error) => fail(
            status::USAGE,
            format_args!("put the keys into one file, which takes {KEYS_MAX}: {error}"),
        ),
    }
}

fn pass(role: PassRole, cluster: &Path, file: &Path) -> ExitCode {
    let ring = match key_file::read(cluster) {
        Ok(ring) => ring,
        Err(error) => return fail(status::USAGE, format_args!("read the keys: {error}")),
    };
    match ring.passes(Role::from(role)) {
        Some(passes) => write(file, &passes),
        None => fail(
            status::USAGE,
            format_args!(
                "make a pass: {} holds no key of a cluster",
                cluster.display()
            ),
        ),
    }
}

fn write(file: &Path, ring: &KeyRing) -> ExitCode {
    match key_file::write(file, ring) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(
            status::FAILED,
            format_args!("write {}: {error}", file.display()),
        ),
    }
}

fn provide(directory: &Path, passes: Option<&Path>, namespaces: &[NamespaceName]) -> ExitCode {
    match provision(directory, passes, namespaces) {
        Ok(provisions) => {
            for provision in provisions {
                println!("{provision}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => fail(status::FAILED, error),
    }
}

fn namespace(file: &Path, name: Option<&str>) -> ExitCode {
    let namespaces = match Namespaces::read(file) {
        Ok(namespaces) => namespaces,
        Err(error) => {
            return fail(status::USAGE, format_args!("read the namespaces: {error}"));
        }
    };
    match choose(&namespaces, name) {
        Ok(key) => {
            println!("{}", key.credentials());
            ExitCode::SUCCESS
        }
        Err(why) => fail(
            status::USAGE,
            format_args!("choose a namespace of {}: {why}", file.display()),
        ),
    }
}

/// The one of that name; without one, the only one.
fn choose<'a>(namespaces: &'a Namespaces, name: Option<&str>) -> Result<&'a NamespaceKey, String> {
    let names: Vec<_> = namespaces.iter().map(|key| &*key.namespace).collect();
    let names = names.join(", ");
    match name {
        Some(name) => namespaces
            .get(name)
            .ok_or_else(|| format!("it has no {name:?}, but {names}")),
        None => {
            let mut all = namespaces.iter();
            let only = all.next().filter(|_| all.next().is_none());
            only.ok_or_else(|| format!("name one of these: {names}"))
        }
    }
}

fn show(file: &Path) -> ExitCode {
    match key_file::read(file) {
        Ok(KeyRing::Cluster(keys)) => {
            for key in keys {
                println!("node    {}", key.name());
            }
            ExitCode::SUCCESS
        }
        Ok(KeyRing::Passes(passes)) => {
            for pass in passes {
                let role = match pass.role() {
                    Role::Admin => "admin",
                    Role::Client | Role::Node | Role::Member(_) => "client",
                };
                println!("{role:<7} {}", pass.name());
            }
            ExitCode::SUCCESS
        }
        Err(error) => fail(status::USAGE, format_args!("read the keys: {error}")),
    }
}
