//! The actor by which the gateways of other nodes reach this one's.

use std::sync::Arc;

use actix::prelude::*;
use raptor_core::Digest;

use super::activation::message::{RecordAsked, RecordCopied, RowsAsked};
use super::activation::{Book, Row};
use super::entity::ActionPath;
use super::store::message::{CodeAsked, InventoryAsked, LettersAsked, Written};
use super::store::stamp::Stamp;
use super::store::{Letter, Store};

/// How many bytes of documents one answer takes, unless one alone is longer.
const LETTERS_BYTES_MAX: usize = 4 << 20;

/// Answers for this node's store and book. It runs on the node's own thread and never blocks it.
pub(crate) struct Replica {
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<Book>,
}

impl Actor for Replica {
    type Context = Context<Self>;
}

impl Handler<Written> for Replica {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Written { letter, .. }: Written, _: &mut Self::Context) -> Self::Result {
        let store = Arc::clone(&self.store);
        Box::pin(async move { store.take(letter).await })
    }
}

impl Handler<InventoryAsked> for Replica {
    type Result = Option<Vec<(ActionPath, Stamp)>>;

    fn handle(&mut self, asked: InventoryAsked, _: &mut Self::Context) -> Self::Result {
        self.store.inventory_unless(asked.fingerprint)
    }
}

impl Handler<LettersAsked> for Replica {
    type Result = Vec<Letter>;

    fn handle(&mut self, asked: LettersAsked, _: &mut Self::Context) -> Self::Result {
        self.store.letters(&asked.paths, LETTERS_BYTES_MAX)
    }
}

impl Handler<CodeAsked> for Replica {
    type Result = ResponseFuture<Option<Vec<u8>>>;

    fn handle(&mut self, asked: CodeAsked, _: &mut Self::Context) -> Self::Result {
        let shelf = self.store.shelf();
        let read = move || shelf.part(Digest::from_bytes(asked.digest), asked.offset);
        Box::pin(async move { tokio::task::spawn_blocking(read).await.ok().flatten() })
    }
}

impl Handler<RecordCopied> for Replica {
    type Result = ();

    fn handle(&mut self, copied: RecordCopied, _: &mut Self::Context) {
        match serde_json::from_str(&copied.record) {
            Ok(record) => self.book.keep(record),
            Err(error) => tracing::warn!("failed to read an activation of another node: {error}"),
        }
    }
}

impl Handler<RecordAsked> for Replica {
    type Result = ResponseFuture<Option<String>>;

    fn handle(&mut self, asked: RecordAsked, _: &mut Self::Context) -> Self::Result {
        let book = Arc::clone(&self.book);
        Box::pin(async move {
            let record = book.own(&asked.namespace, &asked.id).await?;
            serde_json::to_string(&*record).ok()
        })
    }
}

impl Handler<RowsAsked> for Replica {
    type Result = ResponseFuture<Vec<Row>>;

    fn handle(&mut self, asked: RowsAsked, _: &mut Self::Context) -> Self::Result {
        let book = Arc::clone(&self.book);
        Box::pin(async move {
            let count = usize::try_from(asked.count).unwrap_or(usize::MAX);
            book.own_rows(&asked.query, count).await
        })
    }
}
