//! What an administrator wants, with what it takes from files.

use std::path::{Path, PathBuf};

use raptor::config::{self, Problems};
use raptor_cluster::Shaping;

use crate::cli::{Order, ShapingOrder};

/// What is to be done.
pub(super) enum Task {
    /// Tell how a node is.
    Status,
    /// Have a node shape packets so, or leave it as it is; and tell.
    Shaping(Option<Shaping>),
    /// The same with all nodes.
    ShapingEverywhere(Option<Shaping>),
}

/// The rules cannot be taken from a file. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(super) enum TaskError {
    #[error(transparent)]
    File(#[from] Problems),
    #[error(
        "find a rule in {}: it has no transport.shaping; \"raptor admin shaping clear\" drops the \
         rules",
        file.display()
    )]
    NoRules { file: PathBuf },
}

impl Task {
    /// What such an order means.
    pub(super) fn read(order: Order) -> Result<Self, TaskError> {
        let (all, order) = match order {
            Order::Status => return Ok(Self::Status),
            Order::Shaping { all, order } => (all, order),
        };
        let change = match order {
            ShapingOrder::Show => None,
            ShapingOrder::Clear => Some(Shaping::default()),
            ShapingOrder::Set {
                file: Some(file), ..
            } => Some(shaping_of(&file)?),
            ShapingOrder::Set {
                rules,
                seed,
                file: None,
            } => Some(Shaping { rules, seed }),
        };
        Ok(if all {
            Self::ShapingEverywhere(change)
        } else {
            Self::Shaping(change)
        })
    }
}

/// What a configuration has nodes do to packets.
fn shaping_of(file: &Path) -> Result<Shaping, TaskError> {
    let transport = config::check(file)?.transport;
    if transport.shaping.is_empty() {
        let file = file.to_path_buf();
        return Err(TaskError::NoRules { file });
    }
    Ok(Shaping {
        rules: transport.shaping,
        seed: transport.shaping_seed.into(),
    })
}
