//! The same to all nodes of a cluster.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use raptor_cluster::{Admin, AdminError, ClientConfig, ConnectError, MemberStatus, Shaping};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Access;
use crate::output::NodeShaping;

/// To how many nodes an administrator speaks at once: each takes a thread of this process.
const AT_ONCE_MAX: usize = 16;

/// How long a node that the others hold for down is tried: it may only be cut off from them.
const DOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// What came of it.
pub(super) struct Survey {
    /// What the nodes do to packets that have answered: the one that was asked, then the others.
    pub(super) done: Vec<NodeShaping>,
    /// Who has not, in the order of their names.
    missed: Vec<(MemberStatus, OrderError)>,
}

/// A node has not obeyed. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Order(#[from] AdminError),
}

/// Some nodes that are up have not obeyed: failed to ...
pub(super) struct Incomplete<'a> {
    done: usize,
    missed: Vec<&'a (MemberStatus, OrderError)>,
}

impl Survey {
    /// Whether all nodes that are up have obeyed.
    pub(super) fn complete(&self) -> Result<(), Incomplete<'_>> {
        let missed = self.missed.iter().filter(|(member, _)| member.is_up);
        let missed: Vec<_> = missed.collect();
        if missed.is_empty() {
            return Ok(());
        }
        let done = self.done.len();
        Err(Incomplete { done, missed })
    }

    /// The nodes that are down, and have not obeyed.
    pub(super) fn down(&self) -> impl Iterator<Item = &MemberStatus> {
        let missed = self.missed.iter().map(|(member, _)| member);
        missed.filter(|member| !member.is_up)
    }
}

impl fmt::Display for Incomplete<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, missed } = self;
        let (count, all) = (missed.len(), done + missed.len());
        write!(out, "administer {count} of {all} nodes; the others obeyed:")?;
        missed.iter().try_for_each(|(member, error)| {
            let MemberStatus {
                record, address, ..
            } = member;
            let (node, zone) = (&record.node, &record.zone);
            write!(out, "\n  {node} in {zone} at {address}: failed to {error}")
        })
    }
}

/// Has the node of `admin` and all that it knows shape packets so, or leaves them as they are.
///
/// A node that is down is tried too: rules may have cut it off, and they are taken back here.
///
/// # Errors
///
/// If the node that was asked does not obey. No other was asked then.
pub(super) async fn shape(
    access: &Access,
    admin: &Admin,
    change: Option<Shaping>,
) -> Result<Survey, AdminError> {
    // Before the rules are changed: they may cut off whom it knows.
    let status = admin.status().await?;
    let shaping = super::shape(admin, change.clone()).await?;
    let mut survey = Survey {
        done: vec![NodeShaping::new(&status.record, shaping)],
        missed: Vec::new(),
    };
    for (member, shaped) in ask_all(access, status.members, change).await {
        match shaped {
            Ok(shaping) => survey.done.push(NodeShaping::new(&member.record, shaping)),
            Err(error) => survey.missed.push((member, error)),
        }
    }
    Ok(survey)
}

/// Asks nodes at once, and gives what they answer in the order of their names.
async fn ask_all(
    access: &Access,
    members: Vec<MemberStatus>,
    change: Option<Shaping>,
) -> Vec<(MemberStatus, Result<Shaping, OrderError>)> {
    let permits = Arc::new(Semaphore::new(AT_ONCE_MAX));
    let mut asking = JoinSet::new();
    for member in members {
        let config = config_for(&member, access);
        let (permits, change) = (permits.clone(), change.clone());
        asking.spawn(async move {
            let _permit = permits.acquire().await.expect("nobody closes it");
            (member, ask(config, change).await)
        });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by(|(one, _), (other, _)| one.record.node.cmp(&other.record.node));
    answers
}

fn config_for(member: &MemberStatus, access: &Access) -> ClientConfig {
    let mut config = access.to(member.address);
    if !member.is_up {
        config.timeout = config.timeout.min(DOWN_TIMEOUT);
    }
    config
}

async fn ask(config: ClientConfig, change: Option<Shaping>) -> Result<Shaping, OrderError> {
    let admin = Admin::connect(config).await?;
    Ok(super::shape(&admin, change).await?)
}
