//! What every request needs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use raptor_core::NodeId;
use tokio::sync::Semaphore;

use super::activation::Book;
use super::entity::LimitTerms;
use super::http::READING_MIB_MAX;
use super::identity::{Keyring, NamespacesError};
use super::invoke::Invoker;
use super::store::Store;
use super::throttle::Throttle;
use crate::config::GatewaySettings;

/// What every request needs.
pub(crate) struct Platform {
    /// The node that answers.
    pub(crate) node: NodeId,
    pub(crate) settings: GatewaySettings,
    pub(crate) limits: LimitTerms,
    keyring: RwLock<Arc<Keyring>>,
    pub(crate) throttle: Throttle,
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<Book>,
    pub(crate) invoker: Arc<Invoker>,
    /// How many MiB of bodies may still be read.
    pub(crate) reading: Semaphore,
    draining: AtomicBool,
}

impl Platform {
    pub(crate) fn new(
        node: NodeId,
        settings: &GatewaySettings,
        keyring: Keyring,
        invoker: Arc<Invoker>,
    ) -> Self {
        Self {
            node,
            limits: LimitTerms::of(settings),
            keyring: RwLock::new(Arc::new(keyring)),
            throttle: Throttle::of(settings),
            store: Arc::clone(&invoker.store),
            book: Arc::clone(&invoker.book),
            invoker,
            settings: settings.clone(),
            reading: Semaphore::new(READING_MIB_MAX),
            draining: AtomicBool::new(false),
        }
    }

    /// The keys of all namespaces, as they are now.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        let keyring = self.keyring.read();
        Arc::clone(&keyring.expect("nobody panics while it holds keys"))
    }

    /// Reads the file with namespaces again, and gives how many there are now.
    ///
    /// # Errors
    ///
    /// If it is of no use; then the keys stay.
    pub(crate) fn exchange_keys(&self) -> Result<usize, NamespacesError> {
        let keyring = Keyring::of(&self.settings)?;
        let count = keyring.count();
        let mut held = self
            .keyring
            .write()
            .expect("nobody panics while it holds keys");
        *held = Arc::new(keyring);
        Ok(count)
    }

    /// From now on every request is refused, but those about the node's health.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
