//! `raptor key provision`: all the secrets of a cluster and of its clients, made as far as they are not
//! there.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use raptor::config::{NamespaceKey, NamespaceName, Namespaces, NamespacesFileError};
use raptor::secret_file;
use raptor_cluster::security::{KeyRing, KeyRingError};
use raptor_core::Role;

use crate::key_file;

/// The names of the files.
const CLUSTER_KEY: &str = "cluster.key";
const CLIENT_KEY: &str = "client.key";
const ADMIN_KEY: &str = "admin.key";
const NAMESPACES: &str = "namespaces";

/// Not everything is there. What was made until then stays, and is kept the next time. Each fits after
/// "failed to".
#[derive(Debug, thiserror::Error)]
pub(super) enum ProvisionError {
    #[error("make {}: {source}", path.display())]
    Make { path: PathBuf, source: io::Error },
    #[error("lock {}: {source}", path.display())]
    Lock { path: PathBuf, source: io::Error },
    #[error("make a secret: {0}")]
    Random(#[from] getrandom::Error),
    #[error("read the keys: {0}")]
    Keys(#[from] KeyRingError),
    #[error("read the namespaces: {0}")]
    Namespaces(#[from] NamespacesFileError),
    #[error("keep {}: it holds passes, and no key of a cluster", path.display())]
    Passes { path: PathBuf },
    #[error("keep {}: it is no pass of {role}", path.display())]
    Role { path: PathBuf, role: &'static str },
    #[error(
        "keep {}: it is a pass for none of the keys in {CLUSTER_KEY}; once it is removed it is made anew",
        path.display()
    )]
    Outdated { path: PathBuf },
    #[error(
        "keep {}: it has another key of the namespace {namespace:?}; once it is removed it is made anew",
        path.display()
    )]
    Differing { path: PathBuf, namespace: String },
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provision {
    path: PathBuf,
    deed: Deed,
    /// What is in it, by its public names.
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Made,
    Kept,
    /// There was one, and more is in it now.
    Extended,
}

impl fmt::Display for Provision {
    /// For people; no secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deed = match self.deed {
            Deed::Made => "made    ",
            Deed::Kept => "kept    ",
            Deed::Extended => "extended",
        };
        write!(
            f,
            "{deed} {}: {}",
            self.path.display(),
            self.names.join(", ")
        )
    }
}

/// Makes what is missing: for nodes in `directory`, for those outside in `passes`. Gives what became of
/// each file.
pub(super) fn provision(
    directory: &Path,
    passes: Option<&Path>,
    namespaces: &[NamespaceName],
) -> Result<Vec<Provision>, ProvisionError> {
    // Until the end nobody else does the same there.
    let _locks = lock_all(directory, passes)?;
    let (ring, cluster) = cluster_key(&directory.join(CLUSTER_KEY))?;
    let mut provisions = vec![cluster];
    let path = directory.join(NAMESPACES);
    let (known, own) = own_namespaces(&path, namespaces)?;
    provisions.extend(own);
    if let Some(passes) = passes {
        for (name, role) in [(CLIENT_KEY, Role::Client), (ADMIN_KEY, Role::Admin)] {
            provisions.push(pass(&passes.join(name), &ring, role)?);
        }
        if !secret_file::are_same(directory, passes) {
            provisions.extend(copied_namespaces(&passes.join(NAMESPACES), &known)?);
        }
    }
    Ok(provisions)
}

/// Makes the directories, and locks them: in the same order whoever does it.
fn lock_all(directory: &Path, passes: Option<&Path>) -> Result<Vec<File>, ProvisionError> {
    let mut places = vec![directory];
    make_directory(directory)?;
    if let Some(passes) = passes {
        make_directory(passes)?;
        if !secret_file::are_same(directory, passes) {
            places.push(passes);
        }
    }
    let lock = |path: &Path| {
        secret_file::lock(path).map_err(|source| ProvisionError::Lock {
            path: path.into(),
            source,
        })
    };
    places.into_iter().map(lock).collect()
}

fn make_directory(path: &Path) -> Result<(), ProvisionError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(failed_at(path))
}

fn failed_at(path: &Path) -> impl FnOnce(io::Error) -> ProvisionError {
    let path = path.to_owned();
    |source| ProvisionError::Make { path, source }
}

/// Whether something is there, be it a broken link: nothing is put in its place.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn cluster_key(path: &Path) -> Result<(KeyRing, Provision), ProvisionError> {
    let deed = if is_there(path) {
        Deed::Kept
    } else {
        key_file::write(path, &KeyRing::generate()?).map_err(failed_at(path))?;
        Deed::Made
    };
    let ring = key_file::read(path)?;
    if !ring.allows(Role::Node) {
        return Err(ProvisionError::Passes { path: path.into() });
    }
    let provision = Provision {
        path: path.into(),
        deed,
        names: names(&ring).into_iter().collect(),
    };
    Ok((ring, provision))
}

/// The public names of the keys that a ring holds, or that its passes are for.
fn names(ring: &KeyRing) -> BTreeSet<String> {
    match ring {
        KeyRing::Cluster(keys) => keys.iter().map(|key| key.name().to_string()).collect(),
        KeyRing::Passes(passes) => passes.iter().map(|pass| pass.name().to_string()).collect(),
    }
}

fn pass(path: &Path, ring: &KeyRing, role: Role) -> Result<Provision, ProvisionError> {
    let deed = if is_there(path) {
        Deed::Kept
    } else {
        let passes = ring.passes(role).expect("it holds the cluster's keys");
        key_file::write(path, &passes).map_err(failed_at(path))?;
        Deed::Made
    };
    let passes = key_file::read(path)?;
    if passes.allows(Role::Node) || !passes.allows(role) {
        return Err(ProvisionError::Role {
            path: path.into(),
            role: match role {
                Role::Admin => "an administrator",
                Role::Client | Role::Node | Role::Member(_) => "a client",
            },
        });
    }
    if names(&passes).is_disjoint(&names(ring)) {
        return Err(ProvisionError::Outdated { path: path.into() });
    }
    Ok(Provision {
        path: path.into(),
        deed,
        names: names(&passes).into_iter().collect(),
    })
}

/// The namespaces of the nodes, with keys for those that are wanted and have none. Without any there is
/// no file.
fn own_namespaces(
    path: &Path,
    wanted: &[NamespaceName],
) -> Result<(Namespaces, Option<Provision>), ProvisionError> {
    let found = find_namespaces(path)?;
    let mut namespaces = found.clone().unwrap_or_default();
    for name in wanted {
        if namespaces.get(name.as_str()).is_none() {
            let added = namespaces.add(NamespaceKey::generate(name)?);
            added.expect("neither its name nor its UUID is there");
        }
    }
    let provision = leave_namespaces(path, found.as_ref(), &namespaces)?;
    Ok((namespaces, provision))
}

/// The same namespaces for those outside.
fn copied_namespaces(path: &Path, known: &Namespaces) -> Result<Option<Provision>, ProvisionError> {
    let found = find_namespaces(path)?;
    let mut namespaces = found.clone().unwrap_or_default();
    for key in known.iter() {
        if namespaces.get(&key.namespace) != Some(key) {
            let added = namespaces.add(key.clone());
            added.map_err(|_| ProvisionError::Differing {
                path: path.into(),
                namespace: key.namespace.clone(),
            })?;
        }
    }
    leave_namespaces(path, found.as_ref(), &namespaces)
}

fn find_namespaces(path: &Path) -> Result<Option<Namespaces>, ProvisionError> {
    Ok(is_there(path).then(|| Namespaces::read(path)).transpose()?)
}

/// Leaves the file as it was found, with its comments, unless there is more to be in it.
fn leave_namespaces(
    path: &Path,
    found: Option<&Namespaces>,
    namespaces: &Namespaces,
) -> Result<Option<Provision>, ProvisionError> {
    let text = namespaces.to_text();
    let deed = match found {
        None if namespaces.is_empty() => return Ok(None),
        None => {
            secret_file::make(path, &text).map_err(failed_at(path))?;
            Deed::Made
        }
        Some(found) if found == namespaces => Deed::Kept,
        Some(_) => {
            secret_file::replace(path, &text).map_err(failed_at(path))?;
            Deed::Extended
        }
    };
    Ok(Some(Provision {
        path: path.into(),
        deed,
        names: namespaces.iter().map(|key| key.namespace.clone()).collect(),
    }))
}

#[cfg(test)]
#[path = "provision_tests.rs"]
mod tests;
