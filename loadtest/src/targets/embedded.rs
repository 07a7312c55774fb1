//! A cluster that is made for the run: real node processes on this machine.

use raptor_cluster::transport::shaping::{Effects, Latency, Place, Way};
use raptor_cluster::{LocalCluster, NodeConfig, Shaping, ShapingRule, Zone};

use crate::workflow::Workflow;

use super::terms::EmbeddedTerms;
use super::{Fleet, TargetError, pin};

/// A cluster that is made for the run.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(super) fleet: Fleet,
    cluster: LocalCluster,
}

impl Embedded {
    /// Starts the nodes, and a client of each.
    pub(super) async fn start(
        terms: &EmbeddedTerms,
        workflow: &Workflow,
    ) -> Result<Self, TargetError> {
        let size = usize::from(terms.zones * terms.nodes_per_zone);
        let zones: Vec<Zone> = (0..terms.zones).map(zone).collect();
        let shaping = shaping(&zones, terms);
        let mut at = 0;
        let change = |config: &mut NodeConfig| {
            config.zone = zones[at % zones.len()].clone();
            config.shaping = shaping.clone();
            config.flight.slots = terms.flight_slots;
            config.flight.size_max = config.flight.size_max.max(workflow.size_max);
            config.slots = terms.node_slots.unwrap_or(config.slots);
            at += 1;
        };
        let cluster = LocalCluster::start_with(size, change).await?;
        if terms.pin {
            pin::keep(&cluster)?;
        }
        let mut clients = Vec::new();
        for node in 0..size {
            let address = cluster.nodes()[node].address();
            clients.push((address, cluster.client(node).await?));
        }
        Ok(Self {
            fleet: Fleet::new(clients, None, workflow),
            cluster,
        })
    }

    /// Ends the nodes, and waits until they are gone.
    pub(super) async fn stop(self) {
        // A node waits for its clients' flights: they end with the clients.
        drop(self.fleet);
        self.cluster.shutdown().await;
    }
}

/// `zone-a`, `zone-b`, ...
pub(super) fn zone(at: u16) -> Zone {
    let letter = char::from(b'a' + u8::try_from(at).expect("zones have letters"));
    format!("zone-{letter}").parse().expect("it is a name")
}

/// Every pair of zones is as far apart; a zone is near itself, and near every client.
fn shaping(zones: &[Zone], terms: &EmbeddedTerms) -> Shaping {
    if terms.delay == Latency::default() {
        return Shaping::default();
    }
    let pairs = zones.iter().enumerate().flat_map(|(at, one)| {
        let others = &zones[at + 1..];
        others.iter().map(move |other| (one, other))
    });
    let effects = Effects {
        latency: terms.delay,
        ..Effects::default()
    };
    let rule = |(one, other): (&Zone, &Zone)| ShapingRule {
        from: Place::Zone(one.clone()),
        way: Way::Both,
        to: Place::Zone(other.clone()),
        effects: effects.clone(),
    };
    Shaping {
        rules: pairs.map(rule).collect(),
        ..Shaping::default()
    }
}
