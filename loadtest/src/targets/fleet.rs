//! The nodes of a Raptor cluster that lead workflows in turns.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use raptor_cluster::{
    Activation, Answer, AttemptOutcome, Client, Invocation, LeaderLost, Record, Zone,
};
use raptor_core::supervision::Refusal;

use crate::policy::Policy;
use crate::run::TargetView;
use crate::sample::{Attempt, Ending, Outcome};
use crate::workflow::{Action, Workflow};

use super::leaders::{Leader, Leaders};
use super::search::Search;
use super::{Call, Reply};

/// How much longer than the workflow's own timeout an answer is waited for: the node ends the
/// workflow itself, and says so. Only one that is stuck, or cut off, does not.
const PATIENCE: Duration = Duration::from_secs(10);

/// The nodes of a cluster that lead workflows in turns.
#[derive(Debug)]
pub(crate) struct Fleet {
    leaders: Rc<Leaders>,
    action: Action,
    known: RefCell<Known>,
}

/// What records have told of the cluster.
#[derive(Debug, Default)]
struct Known {
    /// In the order in which they were heard of.
    zones: Vec<Zone>,
    /// How many attempts a member runs at once.
    flight_slots: Option<u16>,
    /// How much weight of attempts a node runs at once.
    node_slots: Option<u16>,
}

/// One flight of a node.
#[derive(Clone, Debug)]
pub(crate) struct Flown {
    /// How it ended.
    pub(crate) ending: Ending,
    /// When that was heard.
    pub(crate) done: Instant,
    /// Its result: the text of a JSON object, if it landed.
    pub(crate) result: Option<Bytes>,
    /// What its members did.
    pub(crate) attempts: Vec<Attempt>,
}

impl Fleet {
    /// The nodes that these clients ask, for this workflow. Those that are lost are searched for,
    /// where it is said how.
    pub(super) fn new(
        clients: Vec<(SocketAddr, Client)>,
        search: Option<Search>,
        workflow: &Workflow,
    ) -> Self {
        let fleet = Self {
            action: workflow.action.clone(),
            leaders: Leaders::new(clients, search),
            known: RefCell::default(),
        };
        for node in fleet.leaders.nodes() {
            fleet.zone(&node.zone);
        }
        fleet
    }

    /// How many nodes lead.
    pub(crate) fn len(&self) -> usize {
        self.leaders.len()
    }

    /// Flies the workflow, led by the node whose turn it is.
    pub(super) async fn call(&self, call: Call) -> Reply {
        let (leader, flown) = self
            .fly_in_turn(call.number, &self.action, call.policy, call.timeout)
            .await;
        Reply {
            ending: flown.ending,
            done: flown.done,
            zone: leader.map(|leader| self.zone(&leader.client().node().zone)),
            attempts: flown.attempts,
        }
    }

    /// Flies any action, led by one node, or the next that is there, and waits until nothing of it
    /// is left.
    pub(crate) async fn fly(
        &self,
        node: usize,
        action: &Action,
        policy: Policy,
        timeout: Duration,
    ) -> Flown {
        self.fly_in_turn(node, action, policy, timeout).await.1
    }

    /// The same, with the node that led.
    async fn fly_in_turn(
        &self,
        turn: usize,
        action: &Action,
        policy: Policy,
        timeout: Duration,
    ) -> (Option<Leader>, Flown) {
        match self.leaders.lead(turn, timeout).await {
            Ok(leader) => {
                let flown = self.led(leader.client(), action, policy, timeout).await;
                if let Some(why) = parting(&flown.ending) {
                    self.leaders.lose(&leader, why);
                }
                (Some(leader), flown)
            }
            Err(why) => (None, Flown::lost(why)),
        }
    }

    async fn led(
        &self,
        client: &Client,
        action: &Action,
        policy: Policy,
        timeout: Duration,
    ) -> Flown {
        let mut activation = client.invoke(Invocation {
            params: action.params.clone(),
            size: Some(policy.size),
            policy: policy.kind,
            timeout,
            ..Invocation::new(action.bundle.clone())
        });
        let bound = timeout + PATIENCE;
        let answer = tokio::time::timeout(bound, activation.answer()).await;
        let done = Instant::now();
        let (ending, result) = match answer {
            Ok(answer) => ending(answer),
            Err(_) => (Ending::Lost(format!("no word in {bound:?}")), None),
        };
        let attempts = match tokio::time::timeout(PATIENCE, record(activation, &ending)).await {
            Ok(Some(record)) => self.on_record(&record, action),
            Ok(None) | Err(_) => Vec::new(),
        };
        Flown {
            ending,
            done,
            result,
            attempts,
        }
    }

    /// Keeps what a record says of the cluster; gives what it says of the workflow.
    fn on_record(&self, record: &Record, action: &Action) -> Vec<Attempt> {
        let mut known = self.known.borrow_mut();
        known.flight_slots = Some(record.flight_slots);
        known.node_slots = Some(record.node_slots);
        drop(known);
        let attempts = record.attempts.iter().filter_map(|line| {
            let member = line.attempt.member;
            let place = record.members.iter().find(|it| it.index == member);
            let end_us = line.end.map(|(at, _)| at);
            Some(Attempt {
                function: action.manifest.find(&line.function)?.at(),
                member: member.0,
                zone: place.map(|place| self.zone(&place.zone)),
                launch_us: line.start_us,
                // One that only waited for a slot worked for no time.
                start_us: line.started_us.or(end_us).unwrap_or(line.start_us),
                end_us,
                outcome: outcome(line.end.map(|(_, how)| how)),
            })
        });
        attempts.collect()
    }

    /// The place of a zone among those that were heard of.
    fn zone(&self, zone: &Zone) -> usize {
        let zones = &mut self.known.borrow_mut().zones;
        zones.iter().position(|it| it == zone).unwrap_or_else(|| {
            zones.push(zone.clone());
            zones.len() - 1
        })
    }

    /// Which nodes went, and which came, with times since `epoch`.
    pub(super) fn notes(&self, epoch: Instant) -> Vec<String> {
        self.leaders.notes(epoch)
    }

    /// What is known of it.
    pub(super) fn view(&self) -> TargetView {
        let known = self.known.borrow();
        TargetView {
            zones: known.zones.iter().map(Zone::to_string).collect(),
            nodes: Some(self.leaders.len()),
            flight_slots: known.flight_slots,
            node_slots: known.node_slots,
            ..TargetView::default()
        }
    }
}

impl Flown {
    /// One that nobody led.
    fn lost(why: String) -> Self {
        Self {
            ending: Ending::Lost(why),
            done: Instant::now(),
            result: None,
            attempts: Vec::new(),
        }
    }
}

/// Why a node is not to be asked again for a while, if what it led ended so.
fn parting(ending: &Ending) -> Option<&str> {
    match ending {
        Ending::Lost(why) => Some(why),
        Ending::Refused(why) if *why == Refusal::Draining.to_string() => Some(why),
        Ending::Landed | Ending::Failed(_) | Ending::Refused(_) | Ending::TimedOut => None,
    }
}

/// How an activation ended, and what it gave.
fn ending(answer: Result<Answer, LeaderLost>) -> (Ending, Option<Bytes>) {
    let ending = match answer {
        Ok(Answer::Landed(result)) => return (Ending::Landed, Some(result)),
        Ok(Answer::Failed { function, .. }) => Ending::Failed(function),
        Ok(Answer::TimedOut) => Ending::TimedOut,
        Ok(Answer::Refused(why)) => Ending::Refused(why),
        Ok(Answer::Cancelled) => Ending::Lost("the node ended it: it is shutting down".to_owned()),
        Err(lost) => Ending::Lost(lost.why),
    };
    (ending, None)
}

/// What the members did, once all of them have ended; none where nobody is left to say. Whose
/// answer did not come is cancelled by being dropped.
async fn record(mut activation: Activation, ending: &Ending) -> Option<Record> {
    match ending {
        Ending::Landed | Ending::Failed(_) | Ending::TimedOut => {
            activation.record().await.ok().flatten()
        }
        Ending::Refused(_) | Ending::Lost(_) => None,
    }
}

fn outcome(how: Option<AttemptOutcome>) -> Outcome {
    match how {
        Some(AttemptOutcome::Value) => Outcome::Value,
        Some(AttemptOutcome::Fault) => Outcome::Fault,
        Some(AttemptOutcome::Preempted { .. } | AttemptOutcome::Cancelled { .. }) => {
            Outcome::Stopped
        }
        None => Outcome::Unknown,
    }
}
