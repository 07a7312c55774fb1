//! Who calls.

use std::net::IpAddr;

use crate::config::{GatewaySettings, NamespaceKey};

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
    keys: Vec<NamespaceKey>,
    /// OpenWhisk's published one, for callers on this machine.
    guest: Option<NamespaceKey>,
}

impl Keyring {
    pub(crate) fn of(settings: &GatewaySettings) -> Self {
        Self {
            keys: settings.namespaces.clone(),
            guest: settings.guest.then(NamespaceKey::guest),
        }
    }

    /// Whose key it is that somebody at `peer` calls with; nobody's if it is none.
    pub(crate) fn identify(&self, uuid: &str, key: &str, peer: IpAddr) -> Option<Identity> {
        let guest = self
            .guest
            .iter()
            .filter(|_| peer.to_canonical().is_loopback());
        // The halves are compared whatever the first byte is that differs.
        let is_it = |known: &&NamespaceKey| {
            same(known.uuid.as_bytes(), uuid.as_bytes())
                & same(known.key.as_bytes(), key.as_bytes())
        };
        let found = self.keys.iter().chain(guest).find(is_it)?;
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
}
