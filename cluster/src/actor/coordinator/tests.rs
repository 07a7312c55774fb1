//! Coordinators and executors with the real supervisor, fork server and processes of a node. The
//! peers of the flights are the tests themselves.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use raptor_core::flight::{AttemptOutcome, Finding, Outcome, Policy, Report};
use raptor_core::{MemberIndex, Signal};
use tokio::sync::{mpsc, oneshot};

use super::*;
use crate::actor::supervisor::{LocalInvoke, Supervisor};
use crate::bundle::Bundle;
use crate::config::NodeConfig;
use crate::invocation::Invocation;
use crate::node::{Life, assemble};
use crate::patron::Way;
use crate::record::Record;

/// Far beyond what anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(30);

const FLIGHT: FlightId = FlightId(7);
const PEER: MemberIndex = MemberIndex(1);

/// A function that runs until it is ended, and one that gives a value at once.
const HANGS: &str = r#"["sh", "-c", "exec sleep 1000"]"#;
const GIVES: &str = r#"["sh", "-c", "echo '{\"by\": \"us\"}' >&3"]"#;

/// A node, and what the patron of its flights hears.
struct Stage {
    services: Rc<Services>,
    events: mpsc::UnboundedReceiver<ActivationEvent>,
    patron: mpsc::UnboundedSender<ActivationEvent>,
    _is_over: oneshot::Receiver<std::convert::Infallible>,
}

/// Runs a test on a node of its own, and ends the node with it.
fn on_stage<T: Future<Output = ()>>(test: impl FnOnce(Stage) -> T) {
    System::new().block_on(async {
        let base = tempfile::tempdir().expect("a directory");
        let mut config =
            NodeConfig::new("n".parse().expect("a name"), "z".parse().expect("a name"));
        config.state_dir = Some(base.path().join("state"));
        let (services, context) = assemble(config).await.expect("a node");
        let (life, is_over): (Life, _) = oneshot::channel();
        context.run(Supervisor::new(Rc::clone(&services), life));
        let (patron, events) = mpsc::unbounded_channel();
        test(Stage {
            services,
            events,
            patron,
            _is_over: is_over,
        })
        .await;
    });
}

impl Stage {
    /// The coordinator of the leader of a flight of two.
    fn lead(&self, manifest: &str) -> Addr<FlightCoordinator> {
        self.lead_within(HANG, manifest)
    }

    fn lead_within(&self, timeout: Duration, manifest: &str) -> Addr<FlightCoordinator> {
        let bundle = Bundle::from_manifest(manifest).expect("a manifest");
        let base = PathBuf::from("/nowhere: it has no files");
        let action = Action::unpack(bundle, &base).expect("an action");
        let clock = Clock::new();
        let config = &self.services.config.flight;
        let charter = Charter {
            flight: FLIGHT,
            me: MemberIndex::LEADER,
            size: 2,
            manifest: Arc::clone(&action.manifest),
            policy: Policy::Flight,
            slots: 1,
            deadline: clock.start() + timeout,
            join_timeout: config.join_timeout,
            debrief_timeout: HANG,
        };
        let lead = Lead {
            patron: Patron {
                way: Way::Here(self.patron.clone()),
                watch: true,
            },
            size_wanted: 2,
            seating: Seating::of_leader(self.services.record.clone()),
        };
        let part = Part {
            charter,
            action: Arc::new(action),
            params: Bytes::from_static(b"{}"),
            surroundings: Arc::default(),
            clock,
            lead: Some(lead),
        };
        FlightCoordinator::new(part, Rc::clone(&self.services)).start()
    }

    async fn next(&mut self) -> ActivationEvent {
        let next = tokio::time::timeout(HANG, self.events.recv()).await;
        next.expect("the patron hears nothing more")
            .expect("the stage holds a sender")
    }

    async fn progress(&mut self, expected: Progress) {
        assert_eq!(self.next().await, ActivationEvent::Progress(expected));
    }

    async fn settled(&mut self) -> Answer {
        loop {
            match self.next().await {
                ActivationEvent::Settled(answer) => return answer,
                ActivationEvent::Progress(_) => {}
                other => panic!("it is not settled: {other:?}"),
            }
        }
    }

    async fn recorded(&mut self) -> Record {
        match self.next().await {
            ActivationEvent::Recorded(record) => record,
            other => panic!("it is not recorded: {other:?}"),
        }
    }

    /// Waits until no attempt has a process, and checks it with the system.
    async fn is_empty(&self, pid: u32) {
        until(|| self.services.attempts.is_empty() && !is_there(pid)).await;
    }

    /// The one process that the node runs, as the system knows it. It is not seen at every moment:
    /// while a shell becomes its command, it has no environment.
    async fn pid(&self) -> u32 {
        let record = &self.services.record;
        let marker = format!("RAPTOR_ATTEMPT={}.{}/", record.node, record.incarnation.0);
        let pid = std::cell::Cell::new(None);
        until(|| {
            pid.set(marked(&marker));
            pid.get().is_some()
        })
        .await;
        pid.get().expect("it was found")
    }

    /// Whether the node still flies: runs an activation of its own on it.
    async fn flies(&mut self) {
        let manifest = format!(r#"{{"main": {{"depends": [], "exec": {GIVES}}}}}"#);
        let bundle = Bundle::from_manifest(&manifest).expect("a manifest");
        let invocation = Invocation {
            timeout: HANG,
            ..Invocation::new(bundle)
        };
        self.services.supervisor.do_send(LocalInvoke {
            id: FlightId(8),
            invocation,
            events: self.patron.clone(),
            key: None,
        });
        let answer = self.settled().await;
        assert!(matches!(answer, Answer::Landed(_)), "{answer}");
    }
}

async fn until(is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(HANG, looking)
        .await
        .expect("it never comes to that");
}

/// The process whose environment has a variable that begins so.
fn marked(marker: &str) -> Option<u32> {
    let mut processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    let is_marked = |process: &fs::DirEntry| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable.starts_with(marker.as_bytes()))
    };
    let process = processes.find(is_marked)?;
    process.file_name().to_str()?.parse().ok()
}

fn is_there(pid: u32) -> bool {
    PathBuf::from(format!("/proc/{pid}")).exists()
}

/// Lets a test reach the executors.
#[derive(Message)]
#[rtype(result = "Vec<Addr<Executor>>")]
struct ExecutorsAsked;

impl Handler<ExecutorsAsked> for FlightCoordinator {
    type Result = Vec<Addr<Executor>>;

    fn handle(&mut self, _: ExecutorsAsked, _: &mut Self::Context) -> Self::Result {
        self.executors.values().cloned().collect()
    }
}

fn happen(coordinator: &Addr<FlightCoordinator>, event: Event) {
    coordinator.do_send(Happened(event));
}

fn reported(report: Report) -> Event {
    Event::PeerReported { from: PEER, report }
}

#[test]
fn a_peers_value_preempts_the_straggler_and_launches_the_next() {
    on_stage(async |mut stage| {
        let coordinator = stage.lead(&format!(
            r#"{{"slow": {{"depends": [], "exec": {HANGS}}},
                "next": {{"depends": ["slow"], "exec": {GIVES}}}}}"#
        ));
        happen(&coordinator, Event::PeerJoined { member: PEER });
        stage.progress(Progress::Joined(PEER)).await;
        let me = MemberIndex::LEADER;
        stage.progress(Progress::Started(me, 0)).await;
        let straggler = stage.pid().await;
        assert!(is_there(straggler));
        let finding = Finding {
            attempt: AttemptId {
                member: PEER,
                number: 0,
            },
            function: FunctionIndex(0),
            inputs: vec![],
            outcome: Outcome::Value(Value::new(&br#"{"by": "them"}"#[..])),
        };
        happen(&coordinator, reported(Report::Finished(finding)));
        stage.progress(Progress::Won(PEER, 0)).await;
        stage.progress(Progress::Started(me, 1)).await;
        stage.progress(Progress::Won(me, 1)).await;
        let answer = stage.settled().await;
        assert!(matches!(answer, Answer::Landed(_)), "{answer}");
        happen(&coordinator, reported(Report::Logged(vec![])));
        let record = stage.recorded().await;
        let ends: Vec<_> = record
            .attempts
            .iter()
            .map(|line| line.end.map(|(_, end)| end))
            .collect();
        let signal = Some(Signal::Terminate);
        let preempted = Some(AttemptOutcome::Preempted { signal });
        assert_eq!(ends, [preempted, Some(AttemptOutcome::Value)]);
        stage.is_empty(straggler).await;
    });
}

#[test]
fn an_attempt_that_takes_too_long_is_ended_by_the_timer_of_its_executor() {
    on_stage(async |mut stage| {
        let coordinator = stage.lead(&format!(
            r#"{{"main": {{"depends": [], "exec": {HANGS}, "timeout": "50ms"}}}}"#
        ));
        happen(&coordinator, Event::PeerRefused { member: PEER });
        match stage.settled().await {
            Answer::Failed { faults, .. } => {
                let kinds: Vec<_> = faults.into_iter().map(|fault| fault.fault.kind).collect();
                assert_eq!(kinds, [FaultKind::TimedOut(Duration::from_millis(50))]);
            }
            other => panic!("it did not fail: {other}"),
        }
    });
}

#[test]
fn a_flight_that_takes_too_long_is_ended_by_the_one_timer_of_its_coordinator() {
    on_stage(async |mut stage| {
        // The timer is set to the end of the wait for recruits first, and then anew.
        let timeout = stage.services.config.flight.join_timeout + Duration::from_millis(50);
        let manifest = format!(r#"{{"main": {{"depends": [], "exec": {HANGS}}}}}"#);
        stage.lead_within(timeout, &manifest);
        let me = MemberIndex::LEADER;
        stage.progress(Progress::Started(me, 0)).await;
        let pid = stage.pid().await;
        stage.progress(Progress::Missing(PEER)).await;
        assert_eq!(stage.settled().await, Answer::TimedOut);
        stage.recorded().await;
        stage.is_empty(pid).await;
    });
}

#[test]
fn a_coordinator_that_panics_takes_its_attempts_along_and_nothing_else() {
    on_stage(async |mut stage| {
        let coordinator = stage.lead(&format!(
            r#"{{"main": {{"depends": [], "exec": {HANGS}}}}}"#
        ));
        stage
            .progress(Progress::Started(MemberIndex::LEADER, 0))
            .await;
        let pid = stage.pid().await;
        // A flight begins once: its machine panics.
        happen(&coordinator, Event::Begin);
        match stage.settled().await {
            Answer::Refused(why) => assert!(why.contains("coordinator broke"), "{why}"),
            other => panic!("its patron hears something else: {other}"),
        }
        stage.is_empty(pid).await;
        assert!(!coordinator.connected());
        stage.flies().await;
    });
}

#[test]
fn an_executor_that_panics_leaves_no_process_and_the_flight_gets_a_fault() {
    on_stage(async |mut stage| {
        let coordinator = stage.lead(&format!(
            r#"{{"main": {{"depends": [], "exec": {HANGS}}}}}"#
        ));
        happen(&coordinator, Event::PeerRefused { member: PEER });
        stage.progress(Progress::Missing(PEER)).await;
        stage
            .progress(Progress::Started(MemberIndex::LEADER, 0))
            .await;
        let pid = stage.pid().await;
        let executors = coordinator.send(ExecutorsAsked).await.expect("it flies");
        // An attempt is launched once: its machine panics.
        let event = raptor_core::attempt::Event::Launched { pid };
        executors[0].do_send(Befell(event));
        match stage.settled().await {
            Answer::Failed { faults, .. } => {
                assert!(
                    matches!(faults[0].fault.kind, FaultKind::Lost(_)),
                    "{faults:?}"
                );
            }
            other => panic!("it did not fail: {other}"),
        }
        let record = stage.recorded().await;
        assert_eq!(record.attempts.len(), 1);
        stage.is_empty(pid).await;
        stage.flies().await;
    });
}
