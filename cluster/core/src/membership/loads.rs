//! How busy nodes are, as it is passed on from node to node.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Codec, Identity, LoadNews};
use crate::{Incarnation, NodeId};

/// Loads that came by way of others, and which are the latest.
#[derive(Debug, Default)]
pub(super) struct Loads {
    latest: BTreeMap<NodeId, (Incarnation, u64)>,
    heard: Vec<LoadNews>,
}

impl Loads {
    /// Takes what is newer than all before, and says so.
    fn take(&mut self, news: LoadNews) -> bool {
        let age = (news.incarnation, news.report.number);
        let known = self.latest.get(&news.node);
        if known.is_some_and(|known| *known >= age) {
            return false;
        }
        self.latest.insert(news.node.clone(), age);
        self.heard.push(news);
        true
    }

    /// What was heard since the last call.
    pub(super) fn heard(&mut self) -> Vec<LoadNews> {
        std::mem::take(&mut self.heard)
    }

    pub(super) fn forget(&mut self, node: &NodeId) {
        self.latest.remove(node);
    }
}

/// Where `foca` asks which loads are news. It keeps this to itself, so that what it has heard must
/// be shared.
#[derive(Debug)]
pub(super) struct LoadDesk<C> {
    pub(super) codec: C,
    pub(super) loads: Rc<RefCell<Loads>>,
}

/// Whose load it is: a newer one takes the place of an older one that waits to be passed on.
#[derive(Debug)]
pub(super) struct Whose(NodeId);

impl foca::Invalidates for Whose {
    fn invalidates(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<C: Codec> foca::BroadcastHandler<Identity> for LoadDesk<C> {
    type Key = Whose;
    type Error = C::Error;

    fn receive_item(
        &mut self,
        bytes: &[u8],
        _: Option<&Identity>,
    ) -> Result<Option<Whose>, C::Error> {
        let news = self.codec.decode_load(bytes)?;
        let whose = Whose(news.node.clone());
        Ok(self.loads.borrow_mut().take(news).then_some(whose))
    }
}
