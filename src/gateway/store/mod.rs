//! The entities, and their code, that all nodes keep.
//!
//! Every node has all documents; the last writer wins, by the order of [`stamp`]s that all nodes
//! agree on. Whoever writes tells the others and waits a moment for them; what gets lost on the way
//! is made up for by the nodes' asking each other, again and again, what they have. Code is known
//! by its hash and fetched by every node that hears of an action.

pub(crate) mod code;
pub(crate) mod message;
pub(crate) mod stamp;
mod sync;
mod table;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use raptor_core::Digest;
use tokio::sync::watch;

pub(crate) use table::{Entity, Letter, Table};

use super::entity::{Action, ActionPath, Code, EntityName, Package};
use super::peers::Peers;
use code::{CodeError, CodeShelf};
use message::Written;
use stamp::Stamp;

/// How many entities a cluster keeps: every node has them all in memory, and compares them often.
pub(crate) const ENTITIES_MAX: usize = 10_000;

/// How long a write waits for the other nodes: 48 MB of code take a second or two.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a node that has just started is waited for before it says that something is not there.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);

/// The entities, and their code, as one node has them.
pub(crate) struct Store {
    table: Mutex<Table>,
    shelf: Arc<CodeShelf>,
    peers: Peers,
    /// One content is fetched at a time.
    fetching: tokio::sync::Mutex<()>,
    /// Whether this node knows what the others have written before it came.
    settled: watch::Sender<bool>,
}

/// What a lookup found under a name.
pub(crate) enum Found<T> {
    /// What was looked for.
    It(T),
    /// An entity of another kind.
    Another,
    /// Nothing.
    Nothing,
}

impl Store {
    pub(crate) fn new(shelf: CodeShelf, peers: Peers) -> Self {
        Self {
            table: Mutex::new(Table::new(peers.own().clone())),
            shelf: Arc::new(shelf),
            peers,
            fetching: tokio::sync::Mutex::new(()),
            settled: watch::Sender::new(false),
        }
    }

    /// The action of that name.
    pub(crate) async fn action(&self, path: &ActionPath) -> Found<Action> {
        match self.find(path).await.as_deref() {
            Some(Entity::Action(action)) => Found::It(action.clone()),
            Some(Entity::Package(_)) => Found::Another,
            None => Found::Nothing,
        }
    }

    /// The package of that name.
    pub(crate) async fn package(&self, path: &ActionPath) -> Found<Package> {
        match self.find(path).await.as_deref() {
            Some(Entity::Package(package)) => Found::It(package.clone()),
            Some(Entity::Action(_)) => Found::Another,
            None => Found::Nothing,
        }
    }

    /// The actions of a namespace, or of a package in it, newest first.
    pub(crate) fn actions(
        &self,
        namespace: &EntityName,
        package: Option<&EntityName>,
    ) -> Vec<Arc<Entity>> {
        lock(&self.table).actions(namespace, package)
    }

    /// The packages of a namespace, newest first.
    pub(crate) fn packages(&self, namespace: &EntityName) -> Vec<Arc<Entity>> {
        lock(&self.table).packages(namespace)
    }

    /// Whether no more entities can be made.
    pub(crate) fn is_full(&self) -> bool {
        lock(&self.table).len() >= ENTITIES_MAX
    }

    /// Writes an entity with its code, and waits a moment until the other nodes have both.
    ///
    /// # Errors
    ///
    /// If the code is not kept; then nothing is written.
    pub(crate) async fn put(
        &self,
        path: ActionPath,
        entity: Entity,
        text: Option<Arc<str>>,
    ) -> Result<(), CodeError> {
        self.keep_code(text.clone()).await?;
        let letter = lock(&self.table).write(path, Some(entity), stamp::now_micros());
        // What was deleted meanwhile may have had the same code.
        self.keep_code(text).await?;
        self.publish(letter).await;
        Ok(())
    }

    /// Deletes an entity, and waits a moment until the other nodes have.
    pub(crate) async fn delete(&self, path: ActionPath) {
        let letter = lock(&self.table).write(path, None, stamp::now_micros());
        self.publish(letter).await;
    }

    /// The text of an action's code.
    pub(crate) async fn text(&self, code: &Code) -> Option<String> {
        self.have_code(code.digest, code.bytes)
            .await
            .then_some(())?;
        let (shelf, digest) = (Arc::clone(&self.shelf), code.digest);
        let read = tokio::task::spawn_blocking(move || shelf.get(digest)).await;
        String::from_utf8(read.ok().flatten()?).ok()
    }

    /// What documents there are, unless they are those of this fingerprint.
    pub(crate) fn inventory_unless(&self, known: [u8; 32]) -> Option<Vec<(ActionPath, Stamp)>> {
        let table = lock(&self.table);
        (table.fingerprint() != known).then(|| table.inventory())
    }

    /// Documents of these paths, for another node.
    pub(crate) fn letters(&self, paths: &[ActionPath], bytes_max: usize) -> Vec<Letter> {
        lock(&self.table).letters(paths, bytes_max)
    }

    /// The code, for another node.
    pub(crate) fn shelf(&self) -> Arc<CodeShelf> {
        Arc::clone(&self.shelf)
    }

    /// Takes what another node has written, with the code.
    pub(crate) async fn take(&self, letter: Letter) {
        let path = letter.path.clone();
        if !lock(&self.table).merge(letter) {
            return;
        }
        self.tidy();
        let entity = lock(&self.table).get(&path);
        let code = entity.and_then(|entity| entity.action()?.exec.code().copied());
        if let Some(code) = code {
            self.have_code(code.digest, code.bytes).await;
        }
    }

    async fn find(&self, path: &ActionPath) -> Option<Arc<Entity>> {
        let found = lock(&self.table).get(path);
        if found.is_some() || *self.settled.borrow() {
            return found;
        }
        let mut settled = self.settled.subscribe();
        let settled = settled.wait_for(|settled| *settled);
        // If it does not settle, what is known now is the answer.
        let _ = tokio::time::timeout(SETTLE_TIMEOUT, settled).await;
        lock(&self.table).get(path)
    }

    async fn keep_code(&self, text: Option<Arc<str>>) -> Result<(), CodeError> {
        let Some(text) = text else {
            return Ok(());
        };
        let shelf = Arc::clone(&self.shelf);
        let kept = tokio::task::spawn_blocking(move || {
            let content = text.as_bytes();
            shelf.put(Digest::of(content), content)
        });
        kept.await.expect("keeping code does not panic")
    }

    /// Tells the other nodes, and waits a moment for them. Who does not answer will ask.
    async fn publish(&self, letter: Letter) {
        self.tidy();
        let from = self.peers.own().clone();
        let written = Arc::new(Written { from, letter });
        let tell = |other: raptor_cluster::remote::RemoteRecipient<Written>| {
            let written = Arc::clone(&written);
            async move { other.ask(&written, WRITE_TIMEOUT).await.ok() }
        };
        self.peers.ask_all(tell).await;
    }

    /// Drops the code that no action has any more.
    fn tidy(&self) {
        let wanted = lock(&self.table).code();
        self.shelf.retain(&wanted);
    }
}

/// What is behind a lock is whole after every statement, so whoever panicked has left it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
