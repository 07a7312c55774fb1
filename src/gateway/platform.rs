//! What every request needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use super::activation::Book;
use super::entity::LimitTerms;
use super::http::READING_MIB_MAX;
use super::identity::Keyring;
use super::invoke::Invoker;
use super::store::Store;
use super::throttle::Throttle;
use crate::config::GatewaySettings;

/// What every request needs.
pub(crate) struct Platform {
    pub(crate) settings: GatewaySettings,
    pub(crate) limits: LimitTerms,
    pub(crate) keyring: Keyring,
    pub(crate) throttle: Throttle,
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<Book>,
    pub(crate) invoker: Arc<Invoker>,
    /// How many MiB of bodies may still be read.
    pub(crate) reading: Semaphore,
    draining: AtomicBool,
}

impl Platform {
    pub(crate) fn new(settings: &GatewaySettings, invoker: Arc<Invoker>) -> Self {
        Self {
            limits: LimitTerms::of(settings),
            keyring: Keyring::of(settings),
            throttle: Throttle::of(settings),
            store: Arc::clone(&invoker.store),
            book: Arc::clone(&invoker.book),
            invoker,
            settings: settings.clone(),
            reading: Semaphore::new(READING_MIB_MAX),
            draining: AtomicBool::new(false),
        }
    }

    /// From now on every request is refused.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
