//! A cluster that is up, or comes up, reached as any client of it.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use raptor_cluster::security::{KeyRing, Security};
use raptor_cluster::{Bundle, Client, Invocation, Role};

use super::search::{Found, Search};
use super::terms::RaptorTerms;
use super::{Fleet, TargetError};
use crate::workflow::Workflow;

/// How long each node may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a cluster that is waited for may take to form: its containers may be started at the
/// same time as the harness, on a machine that has much to do.
pub(super) const MEMBERS_WAIT: Duration = Duration::from_secs(60);

/// How often it is looked whether it has.
const MEMBERS_INTERVAL: Duration = Duration::from_millis(250);

/// How long a flight may take that only shows how many members it gets.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What such a flight computes: every node can.
const PROBE: &str = r#"{"probe": {"depends": [], "exec": ["raptor", "fn", "noop"]}}"#;

/// Connects to the nodes that shall lead.
pub(super) async fn connect(
    terms: &RaptorTerms,
    workflow: &Workflow,
) -> Result<Fleet, TargetError> {
    let security = match &terms.key {
        Some(file) => Security::Keys(KeyRing::read(file)?),
        None => Security::None,
    };
    let security = security.for_role(Role::Client);
    let search = Search::new(terms.nodes.clone(), security);
    let found = match terms.members {
        Some(members) => wait(&search, members, workflow.size_max).await?,
        None => reach(&search).await?,
    };
    Ok(Fleet::new(found.clients, Some(search), workflow))
}

/// Those who are up now: of each name at least one.
async fn reach(search: &Search) -> Result<Found, TargetError> {
    let names = search.addresses().await?;
    let addresses = names.iter().flatten().copied();
    let mut found = search.connect_all(addresses, CONNECT_TIMEOUT).await;
    for addresses in names {
        let failed = |at| found.failures.iter().any(|(failed, _)| *failed == at);
        if addresses.iter().all(|at| failed(*at)) {
            let at = found
                .failures
                .iter()
                .position(|(at, _)| addresses.contains(at));
            let (_, error) = found
                .failures
                .swap_remove(at.expect("a name has an address"));
            return Err(error.into());
        }
    }
    Ok(found)
}

/// Waits until so many nodes are up, and each knows of as many as a flight wants.
async fn wait(search: &Search, members: NonZeroU16, size: u16) -> Result<Found, TargetError> {
    let until = Instant::now() + MEMBERS_WAIT;
    let wanted = usize::from(members.get());
    let mut found = Found::default();
    while found.clients.len() < wanted {
        let why = gather(search, &mut found).await;
        if found.clients.len() < wanted {
            if Instant::now() >= until {
                let found = found.clients.len();
                return Err(TargetError::Members {
                    members,
                    found,
                    why,
                });
            }
            tokio::time::sleep(MEMBERS_INTERVAL).await;
        }
    }
    for (_, client) in &found.clients {
        while let Err(why) = has_company(client, size.min(members.get())).await {
            if Instant::now() >= until {
                let node = client.node().node.clone();
                return Err(TargetError::Company { node, why });
            }
            tokio::time::sleep(MEMBERS_INTERVAL).await;
        }
    }
    Ok(found)
}

/// Connects to whom it can reach in addition; says why not to the others.
async fn gather(search: &Search, found: &mut Found) -> String {
    let addresses = match search.addresses().await {
        Ok(addresses) => addresses,
        Err(error) => return error.to_string(),
    };
    let known: Vec<_> = found.clients.iter().map(|(address, _)| *address).collect();
    let new = addresses.into_iter().flatten();
    let new = new.filter(|address| !known.contains(address));
    let more = search.connect_all(new, CONNECT_TIMEOUT).await;
    for (address, client) in more.clients {
        found.take(address, client);
    }
    match more.failures.first() {
        Some((_, error)) => error.to_string(),
        None => "the names have no more addresses".to_owned(),
    }
}

/// Whether a flight that a node leads gets all the members that it wants; else what it got.
async fn has_company(client: &Client, size: u16) -> Result<(), String> {
    let bundle = Bundle::from_manifest(PROBE).expect("it is a manifest");
    let mut probe = client.invoke(Invocation {
        size: Some(size),
        timeout: PROBE_TIMEOUT,
        ..Invocation::new(bundle)
    });
    let record = async {
        let answer = probe.answer().await.map_err(|lost| lost.to_string())?;
        let record = probe.record().await.map_err(|lost| lost.to_string())?;
        record.ok_or_else(|| format!("{answer:?}"))
    };
    let record = tokio::time::timeout(PROBE_TIMEOUT, record).await;
    match record.map_err(|_| format!("no word in {PROBE_TIMEOUT:?}"))? {
        Ok(record) if record.members.len() >= usize::from(size) => Ok(()),
        Ok(record) => {
            let members = record.members.len();
            Err(format!("{members} of the {size} members of a flight"))
        }
        Err(why) => Err(why),
    }
}
