//! How a node gets what others have written and it has not heard of.

use std::time::Duration;

use raptor_cluster::remote::RemoteRecipient;
use raptor_core::Digest;

use super::code::PART_BYTES_MAX;
use super::message::{CodeAsked, InventoryAsked, LettersAsked};
use super::{Store, lock, stamp};

/// How often a node compares what it has with another's, each in turn.
const SYNC_PERIOD: Duration = Duration::from_secs(1);

/// How often it looks for another one until it has found one.
const FIRST_PERIOD: Duration = Duration::from_millis(50);

/// A node that has met nobody by then is on its own.
const ALONE_AFTER: Duration = Duration::from_secs(3);

/// Answers are of a few MiB at most.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Compares with the others for ever.
    pub(crate) async fn keep_in_step(&self) {
        let begun = tokio::time::Instant::now();
        for turn in 0.. {
            let others = self.peers.all::<InventoryAsked>();
            let other = (!others.is_empty()).then(|| &others[turn % others.len()]);
            let agreed = match other {
                Some(other) => self.agree_with(other).await,
                None => begun.elapsed() > ALONE_AFTER,
            };
            if agreed {
                self.settled.send_replace(true);
            }
            let period = match *self.settled.borrow() {
                true => SYNC_PERIOD,
                false => FIRST_PERIOD,
            };
            tokio::time::sleep(period).await;
        }
    }

    /// Takes what another node has and this one does not; says whether it has all of it now.
    async fn agree_with(&self, other: &RemoteRecipient<InventoryAsked>) -> bool {
        let fingerprint = {
            let mut table = lock(&self.table);
            table.sweep(stamp::now_micros());
            table.fingerprint()
        };
        let asked = InventoryAsked { fingerprint };
        let inventory = match other.ask(&asked, ASK_TIMEOUT).await {
            Ok(inventory) => inventory.unwrap_or_default(),
            Err(_) => return false,
        };
        let mut missing = lock(&self.table).missing(inventory);
        let others = self.peers.all::<LettersAsked>();
        let Some(other) = others.into_iter().find(|peer| peer.node() == other.node()) else {
            return missing.is_empty();
        };
        while !missing.is_empty() {
            let paths = missing.clone();
            let Ok(letters) = other.ask(&LettersAsked { paths }, ASK_TIMEOUT).await else {
                return false;
            };
            if letters.is_empty() {
                // They have been forgotten there meanwhile.
                break;
            }
            for letter in letters {
                missing.retain(|path| *path != letter.path);
                self.take(letter).await;
            }
        }
        self.fetch_missing_code().await;
        true
    }

    /// Fetches the code that could not be had before.
    async fn fetch_missing_code(&self) {
        let wanted = lock(&self.table).code();
        let missing = wanted.into_iter().filter(|digest| !self.shelf.has(*digest));
        for digest in missing.collect::<Vec<_>>() {
            self.have_code(digest, 0).await;
        }
    }

    /// Fetches code of about `bytes` unless it is here; says whether it is here now.
    pub(super) async fn have_code(&self, digest: Digest, bytes: u64) -> bool {
        if self.shelf.has(digest) {
            return true;
        }
        let _only = self.fetching.lock().await;
        if self.shelf.has(digest) {
            return true;
        }
        for other in self.peers.all::<CodeAsked>() {
            if let Some(content) = fetch(&other, digest, bytes).await {
                let shelf = self.shelf();
                // Hashing it takes a while too, and this may be the node's own thread.
                let keep = move || match Digest::of(&content) == digest {
                    true => shelf.put(digest, &content).map(|()| true),
                    false => Ok(false),
                };
                match tokio::task::spawn_blocking(keep).await {
                    Ok(Ok(true)) => return true,
                    Ok(Err(error)) => tracing::error!("failed to {error}"),
                    Ok(Ok(false)) | Err(_) => {}
                }
            }
        }
        false
    }
}

/// A content of another node, part by part.
async fn fetch(other: &RemoteRecipient<CodeAsked>, digest: Digest, bytes: u64) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(usize::try_from(bytes).ok()?);
    loop {
        let asked = CodeAsked {
            digest: *digest.as_bytes(),
            offset: content.len() as u64,
        };
        let part = other.ask(&asked, ASK_TIMEOUT).await.ok().flatten()?;
        content.extend_from_slice(&part);
        if part.len() < PART_BYTES_MAX {
            break;
        }
    }
    Some(content)
}
