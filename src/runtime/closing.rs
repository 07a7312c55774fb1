//! The end of a container, when it is announced.

use std::rc::Rc;

use tokio::sync::watch;

/// Whether this container is ending, and how many requests it still has open.
#[derive(Clone)]
pub(crate) struct Closing {
    is_closing: Rc<watch::Sender<bool>>,
    open: Rc<watch::Sender<usize>>,
}

/// A request that is being answered.
pub(crate) struct Open {
    count: Rc<watch::Sender<usize>>,
}

impl Closing {
    pub(crate) fn new() -> Self {
        Self {
            is_closing: Rc::new(watch::Sender::new(false)),
            open: Rc::new(watch::Sender::new(0)),
        }
    }

    /// From now on no request is taken up.
    pub(crate) fn close(&self) {
        self.is_closing.send_replace(true);
    }

    pub(crate) fn is_closing(&self) -> bool {
        *self.is_closing.borrow()
    }

    /// Waits for the announcement.
    pub(crate) async fn announced(&self) {
        // The sender is here, so this ends with the announcement only.
        let _ = self.is_closing.subscribe().wait_for(|is| *is).await;
    }

    /// Takes a request up; `None` if no more are.
    pub(crate) fn admit(&self) -> Option<Open> {
        if self.is_closing() {
            return None;
        }
        self.open.send_modify(|count| *count += 1);
        Some(Open {
            count: Rc::clone(&self.open),
        })
    }

    /// Waits until no request is open.
    pub(crate) async fn idle(&self) {
        // As above.
        let _ = self.open.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
