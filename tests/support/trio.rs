//! A local cluster of three nodes, and a client of the first.

use raptor_cluster::{
    Activation, ActivationEvent, Answer, AttemptLine, AttemptOutcome, Bundle, Client, Invocation,
    LocalCluster, NodeConfig, Progress, Record,
};
use serde_json::Value;

use super::{PATIENCE, Process, Stage, in_time};

/// Three nodes in three zones, and a client of the first, which leads what the client asks for.
pub(crate) struct Trio {
    pub(crate) client: Client,
    pub(crate) cluster: LocalCluster,
    /// Outlives the nodes, which have their directories in it.
    pub(crate) stage: Stage,
}

/// What came of a flight.
#[derive(Debug)]
pub(crate) struct Flown {
    pub(crate) answer: Answer,
    pub(crate) record: Record,
}

impl Trio {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl Fn(&mut NodeConfig)) -> Self {
        let stage = Stage::new();
        let cluster = LocalCluster::start_with(3, |config| {
            config.state_dir = Some(stage.join("state"));
            // As many as a flight needs, on machines with few processors too.
            config.slots = 4;
            change(config);
        });
        let cluster = in_time("a cluster", cluster).await.expect("it starts");
        let client = in_time("a client", cluster.client(0)).await;
        Self {
            client: client.expect("the node is up"),
            cluster,
            stage,
        }
    }

    /// Begins a flight of three.
    pub(crate) fn begin(&self, bundle: Bundle) -> Activation {
        self.client.invoke(Self::invocation(bundle))
    }

    /// Flies a flight of three to its end.
    pub(crate) async fn fly(&self, bundle: Bundle) -> Flown {
        Flown::of(&mut self.begin(bundle)).await
    }

    /// Flies what differs from a flight of three.
    pub(crate) async fn fly_with(
        &self,
        bundle: Bundle,
        change: impl FnOnce(&mut Invocation),
    ) -> Flown {
        let mut invocation = Self::invocation(bundle);
        change(&mut invocation);
        Flown::of(&mut self.client.invoke(invocation)).await
    }

    pub(crate) fn invocation(bundle: Bundle) -> Invocation {
        Invocation {
            size: Some(3),
            timeout: PATIENCE,
            watch: true,
            ..Invocation::new(bundle)
        }
    }

    /// The process of a node.
    pub(crate) fn process(&self, node: usize) -> Process {
        let pid = self.cluster.nodes()[node].pid();
        Process::find(pid.expect("it runs")).expect("it runs")
    }

    /// Ends the nodes in order.
    pub(crate) async fn end(self) {
        let Self {
            client,
            cluster,
            stage: _stage,
        } = self;
        drop(client);
        in_time("the end of the nodes", cluster.shutdown()).await;
    }
}

impl Flown {
    /// Waits for the answer and the record.
    pub(crate) async fn of(activation: &mut Activation) -> Self {
        let answer = in_time("an answer", activation.answer()).await;
        let record = in_time("a record", activation.record()).await;
        Self {
            answer: answer.expect("the leader lives"),
            record: record.expect("the leader lives").expect("it was begun"),
        }
    }

    /// The result, if the flight landed.
    pub(crate) fn result(&self) -> Value {
        let Answer::Landed(result) = &self.answer else {
            panic!("it did not land: {self:#?}");
        };
        serde_json::from_slice(result).expect("it is JSON")
    }

    /// The attempts of a function.
    pub(crate) fn attempts(&self, function: &str) -> Vec<&AttemptLine> {
        let attempts = self.record.attempts.iter();
        attempts.filter(|line| line.function == function).collect()
    }

    /// The only attempt of a member, and how it ended.
    pub(crate) fn attempt_of(&self, member: u16) -> (&AttemptLine, AttemptOutcome) {
        let mut lines = self.record.attempts.iter();
        let line = lines.find(|line| line.attempt.member.0 == member);
        let line = line.unwrap_or_else(|| panic!("member {member} tried nothing: {self:#?}"));
        let (_, outcome) = line.end.expect("its end was heard of");
        (line, outcome)
    }
}

/// Waits for some progress.
pub(crate) async fn progress(activation: &mut Activation, is_awaited: impl Fn(Progress) -> bool) {
    loop {
        let event = in_time("progress", activation.next()).await;
        match event.expect("the leader lives") {
            Some(ActivationEvent::Progress(progress)) if is_awaited(progress) => return,
            Some(ActivationEvent::Progress(_)) => {}
            other => panic!("the awaited progress comes before {other:?}"),
        }
    }
}
