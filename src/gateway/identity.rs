//! Who calls.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::config::{
    GatewaySettings, NamespaceConflict, NamespaceKey, Namespaces, NamespacesFileError,
};

use super::entity::EntityName;

/// Who calls: a namespace, with the key that opened it.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) namespace: EntityName,
    /// Whose key it is. Here, a namespace has one.
    pub(crate) subject: String,
    uuid: String,
    key: String,
}

/// The keys of all namespaces.
pub(crate) struct Keyring {
    keys: Namespaces,
    /// The one of them that is OpenWhisk's published one, for callers on this machine.
    guest: Option<NamespaceKey>,
}

/// The namespaces were not taken. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum NamespacesError {
    /// Their file is of no use.
    #[error("read the namespaces: {0}")]
    File(#[from] NamespacesFileError),
    /// What is in the file does not go with what is in the settings.
    #[error("use gateway.namespaces_file, {}: {conflict}", path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
        /// What is in both.
        conflict: NamespaceConflict,
    },
    /// The file is empty, and there are no others.
    #[error(
        "use gateway.namespaces_file, {}: nobody could use the gateway, as there is no namespace in it \
         (\"raptor key provision\" makes one)",
        path.display()
    )]
    Nobody {
        /// The file.
        path: PathBuf,
    },
    /// Limits are for nobody.
    #[error("use gateway.namespace_limits: there is no namespace {0:?}, also in the file")]
    Limits(String),
}

impl Keyring {
    /// That of the settings, whose file is read.
    pub(crate) fn of(settings: &GatewaySettings) -> Result<Self, NamespacesError> {
        let guest = settings.guest.then(NamespaceKey::guest);
        let mut keys = Namespaces::default();
        for key in settings.namespaces.iter().chain(&guest) {
            keys.add(key.clone())
                .expect("settings whose namespaces are there twice are refused");
        }
        if let Some(path) = &settings.namespaces_file {
            add_file(&mut keys, path)?;
        }
        let limits = settings.namespace_limits.iter();
        let mut limited = limits.map(|limits| &limits.namespace);
        if let Some(nobody) = limited.find(|namespace| keys.get(namespace).is_none()) {
            return Err(NamespacesError::Limits(nobody.clone()));
        }
        Ok(Self { keys, guest })
    }

    /// How many they are.
    pub(crate) fn count(&self) -> usize {
        self.keys.iter().count()
    }

    /// Whose key it is that somebody at `peer` calls with; nobody's if it is none.
    pub(crate) fn identify(&self, uuid: &str, key: &str, peer: IpAddr) -> Option<Identity> {
        // The halves are compared whatever the first byte is that differs.
        let is_it = |known: &&NamespaceKey| {
            same(known.uuid.as_bytes(), uuid.as_bytes())
                & same(known.key.as_bytes(), key.as_bytes())
        };
        let found = self.keys.iter().find(is_it)?;
        if self.guest.as_ref() == Some(found) && !peer.to_canonical().is_loopback() {
            return None;
        }
        Some(Identity {
            namespace: found.namespace.parse().ok()?,
            subject: found.namespace.clone(),
            uuid: found.uuid.clone(),
            key: found.key.clone(),
        })
    }
}

impl Identity {
    /// The key, as functions get it.
    pub(crate) fn api_key(&self) -> String {
        format!("{}:{}", self.uuid, self.key)
    }
}

/// Adds the namespaces of a file.
fn add_file(keys: &mut Namespaces, path: &Path) -> Result<(), NamespacesError> {
    for key in Namespaces::read(path)?.iter() {
        let added = keys.add(key.clone());
        added.map_err(|conflict| NamespacesError::Conflict {
            path: path.into(),
            conflict,
        })?;
    }
    if keys.is_empty() {
        return Err(NamespacesError::Nobody { path: path.into() });
    }
    Ok(())
}

/// Equality in a time that depends on the lengths alone.
fn same(known: &[u8], given: &[u8]) -> bool {
    let differing = known.iter().zip(given).map(|(a, b)| a ^ b);
    known.len() == given.len() && differing.fold(0, |all, bits| all | bits) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn keyring(guest: bool) -> Keyring {
        Keyring::of(&GatewaySettings {
            namespaces: vec!["shop=u:k".parse().expect("a key")],
            guest,
            ..Settings::default().gateway
        })
        .expect("they are good")
    }

    fn caller(keyring: &Keyring, key: &NamespaceKey, peer: &str) -> Option<String> {
        let peer = peer.parse().expect("an address");
        let identity = keyring.identify(&key.uuid, &key.key, peer)?;
        Some(identity.namespace.to_string())
    }

    #[test]
    fn a_namespace_is_opened_by_its_whole_key_and_nothing_else() {
        let keyring = keyring(false);
        let peer: IpAddr = "10.0.0.7".parse().expect("an address");
        assert!(keyring.identify("u", "k", peer).is_some());
        for (uuid, key) in [("u", "x"), ("x", "k"), ("u", ""), ("u", "kk"), ("", "")] {
            assert!(keyring.identify(uuid, key, peer).is_none(), "{uuid}:{key}");
        }
    }

    #[test]
    fn the_published_key_is_for_this_machine_where_it_is_taken_at_all() {
        let guest = NamespaceKey::guest();
        assert_eq!(caller(&keyring(false), &guest, "127.0.0.1"), None);
        for peer in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            let namespace = caller(&keyring(true), &guest, peer);
            assert_eq!(namespace.as_deref(), Some("guest"), "{peer}");
        }
        assert_eq!(caller(&keyring(true), &guest, "10.0.0.7"), None);
    }

    /// What comes of a file with that text beside the namespace `shop`.
    fn with_file(text: &str, limits: &str) -> Result<Keyring, String> {
        let directory = tempfile::tempdir().expect("there is room");
        let path = directory.path().join("namespaces");
        std::fs::write(&path, text).expect("there is room");
        let settings = GatewaySettings {
            namespaces: vec!["shop=u:k".parse().expect("a key")],
            namespaces_file: Some(path.clone()),
            namespace_limits: limits.parse().into_iter().collect(),
            ..Settings::default().gateway
        };
        let path = path.display().to_string();
        Keyring::of(&settings).map_err(|error| error.to_string().replace(&path, "FILE"))
    }

    #[test]
    fn the_namespaces_of_a_file_are_opened_as_those_of_the_settings() {
        let limits = "bank: concurrent_invocations=1";
        let keyring = with_file("bank=v:x\n", limits).expect("it is good");
        assert_eq!(keyring.count(), 2);
        for (key, namespace) in [("shop=u:k", "shop"), ("bank=v:x", "bank")] {
            let key = key.parse().expect("a key");
            assert_eq!(
                caller(&keyring, &key, "10.0.0.7").as_deref(),
                Some(namespace)
            );
        }
    }

    #[test]
    fn a_file_that_does_not_go_with_the_settings_is_refused() {
        let refused = |text, limits| with_file(text, limits).err().expect("it is refused");
        assert_eq!(
            refused("shop=v:x\n", ""),
            "use gateway.namespaces_file, FILE: the namespace \"shop\" is there twice"
        );
        assert_eq!(
            refused("bank=u:x\n", ""),
            "use gateway.namespaces_file, FILE: the key of \"bank\" is another namespace's too"
        );
        assert_eq!(
            refused("bank\n", ""),
            "read the namespaces: FILE: line 1 takes namespaces with their keys, such as \
             \"shop=UUID:KEY\""
        );
        assert_eq!(
            refused("", "bank: concurrent_invocations=1"),
            "use gateway.namespace_limits: there is no namespace \"bank\", also in the file"
        );
    }
}
