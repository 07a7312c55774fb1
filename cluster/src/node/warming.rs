//! How a node is told of actions that will be flown.

use super::Node;
use crate::actor::Warm;
use crate::bundle::Bundle;
use crate::surroundings::Surroundings;

/// No process waits, or not all that should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("start processes ahead: {0}")]
pub struct WarmError(String);

impl Node {
    /// Starts processes ahead for the functions of an action, so that its next flight finds them
    /// waiting with their files loaded: those of files, the first of the manifest first, as many as
    /// `warm_max` lets wait. `env` is what flights will have; one that has another starts processes
    /// of its own. `context` is there while files are loaded, and gives way to each flight's.
    ///
    /// What flights take is made up for while the node has nothing else to do. What was not flown
    /// for ten minutes, or made room for other actions, is ended.
    ///
    /// # Errors
    ///
    /// If the action cannot be used here, or a process cannot be started. A file that cannot be
    /// loaded is no error: the attempt that needs it fails.
    pub async fn warm(
        &self,
        bundle: &Bundle,
        context: Vec<(String, String)>,
        env: Vec<(String, String)>,
    ) -> Result<(), WarmError> {
        let warm = Warm {
            bundle: bundle.clone(),
            surroundings: Surroundings { context, env },
        };
        let warmed = self.supervisor.send(warm).await;
        let ended = |_| Err("the node has ended".to_owned());
        warmed.unwrap_or_else(ended).map_err(WarmError)
    }
}
