//! What is measured: actors on two nodes. The one place that knows how messages are sent.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use raptor_cluster::remote::{RemoteError, RemoteRecipient};
use raptor_cluster::security::Security;
use raptor_cluster::{Node, NodeConfig};

use super::actors::{Count, Echo, Note, RESPONDER, SLOWCOACH, Silence};
use super::far::Far;
use super::load::{Courier, Load, PAYLOAD_BYTES, Payloads, Volley};
use crate::bench::{Failure, PATIENCE};

/// How long anybody waits for an answer: far more than any takes.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// How many messages are told between two looks at the clock, and before others get their turn.
const TELLS_PER_TURN: u64 = 64;

/// A node of these benchmarks, on a free port of the loopback.
pub(super) async fn start(name: &str, security: Security) -> Result<Node, Failure> {
    let config = NodeConfig {
        security,
        ..NodeConfig::new(name.parse()?, "bench".parse()?)
    };
    Ok(Node::start(config).await?)
}

/// The near node, which has met the far one. Whatever it is asked to do runs on its own thread, where
/// its actors are.
pub(super) struct Nodes {
    node: Node,
    lines: Arc<Lines>,
}

/// The addresses of the far actors.
struct Lines {
    echo: RemoteRecipient<Echo>,
    note: RemoteRecipient<Note>,
    count: RemoteRecipient<Count>,
    silence: RemoteRecipient<Silence>,
    slow: RemoteRecipient<Note>,
}

impl Nodes {
    /// Starts the near node and has it meet the far one.
    pub(super) fn start(far: &Far) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let node = runtime.block_on(async {
            let node = start("near", far.security().clone()).await?;
            node.meet(vec![far.node()]);
            let met = tokio::time::timeout(PATIENCE, node.has_met(1)).await;
            met.map_err(|_| "meet the far node")?;
            Ok::<_, Failure>(node)
        })?;
        let far = || "far".parse().expect("it is a name");
        let lines = Arc::new(Lines {
            echo: node.remote(far(), RESPONDER),
            note: node.remote(far(), RESPONDER),
            count: node.remote(far(), RESPONDER),
            silence: node.remote(far(), RESPONDER),
            slow: node.remote(far(), SLOWCOACH),
        });
        Ok(Self { node, lines })
    }

    /// Waits in another thread until the far node is not up any more; gives when that was.
    pub(super) fn watch_loss(&self) -> mpsc::Receiver<Instant> {
        let (lost, is_lost) = mpsc::channel();
        let mut counts = self.node.watch_peers();
        self.node.arbiter().spawn(async move {
            while counts.recv().await.is_some_and(|count| count > 0) {}
            // Whoever waits may have lost patience.
            let _ = lost.send(Instant::now());
        });
        is_lost
    }

    /// Asks what is never answered; gives when that was resolved, and how.
    pub(super) fn ask_in_vain(&self) -> mpsc::Receiver<(Instant, Option<RemoteError>)> {
        let (resolved, is_resolved) = mpsc::channel();
        let lines = Arc::clone(&self.lines);
        self.node.arbiter().spawn(async move {
            let answer = lines.silence.ask(&Silence, DEADLINE).await;
            let _ = resolved.send((Instant::now(), answer.err()));
        });
        is_resolved
    }

    /// Tells the slow actor something, at most so often and so long; gives how often it was taken and
    /// how often refused.
    pub(super) fn tell_slow(&self, attempts: u64, until: Instant) -> Result<(u64, u64), Failure> {
        let (done, is_done) = mpsc::channel();
        let lines = Arc::clone(&self.lines);
        self.node.arbiter().spawn(async move {
            let payloads = Payloads::new();
            let (mut taken, mut refused) = (0, 0);
            while taken + refused < attempts && Instant::now() < until {
                for _ in 0..TELLS_PER_TURN {
                    match lines.slow.tell(&Note(payloads.next(PAYLOAD_BYTES))) {
                        Ok(()) => taken += 1,
                        Err(_) => refused += 1,
                    }
                }
                tokio::task::yield_now().await;
            }
            let _ = done.send((taken, refused));
        });
        let patience = until.saturating_duration_since(Instant::now()) + PATIENCE;
        Ok(is_done.recv_timeout(patience)?)
    }
}

impl Courier for Nodes {
    fn volley(&mut self, load: Load, lasts: Duration) -> Result<Volley, Failure> {
        let (done, is_done) = mpsc::channel();
        let lines = Arc::clone(&self.lines);
        self.node.arbiter().spawn(async move {
            let volley = match load {
                Load::Asks { in_flight, bytes } => lines.asks(in_flight, bytes, lasts).await,
                Load::Tells { bytes } => lines.tells(bytes, lasts).await,
            };
            let _ = done.send(volley.map_err(|error| error.to_string()));
        });
        Ok(is_done.recv_timeout(lasts + PATIENCE)??)
    }
}

impl Lines {
    async fn asks(
        self: Arc<Self>,
        in_flight: usize,
        bytes: usize,
        lasts: Duration,
    ) -> Result<Volley, RemoteError> {
        let payloads = Payloads::new();
        let start = Instant::now();
        let asker =
            |_| actix::spawn(Arc::clone(&self).ask_on(bytes, payloads.clone(), start + lasts));
        let askers: Vec<_> = (0..in_flight).map(asker).collect();
        let mut volley = Volley::default();
        for asker in askers {
            let trips = asker.await.expect("an asker does not panic")?;
            volley.count += trips.len() as u64;
            volley.trips.extend(trips);
        }
        volley.took = start.elapsed();
        Ok(volley)
    }

    /// Tells, and waits until all that was taken has arrived: what was not refused is not lost.
    async fn tells(&self, bytes: usize, lasts: Duration) -> Result<Volley, RemoteError> {
        let before = self.counted().await?;
        let payloads = Payloads::new();
        let start = Instant::now();
        let mut taken = 0;
        while start.elapsed() < lasts {
            for _ in 0..TELLS_PER_TURN {
                let note = Note(payloads.next(bytes));
                match self.note.tell(&note) {
                    Ok(()) => {}
                    Err(RemoteError::Backlogged(_)) => {
                        self.note.tell_when_room(&note, DEADLINE).await?;
                    }
                    Err(error) => return Err(error),
                }
                taken += 1;
            }
            tokio::task::yield_now().await;
        }
        let count = self.counted().await? - before;
        assert_eq!(count, taken, "every message that was taken arrives, once");
        Ok(Volley {
            count,
            took: start.elapsed(),
            trips: Vec::new(),
        })
    }
    /// How many notes have come, behind those that wait: also where these leave no room.
    async fn counted(&self) -> Result<u64, RemoteError> {
        loop {
            match self.count.ask(&Count, DEADLINE).await {
                Err(RemoteError::Backlogged(_)) => tokio::task::yield_now().await,
                answered => return answered,
            }
        }
    }

    /// Asks one question after the other; gives how long each answer took.
    async fn ask_on(
        self: Arc<Self>,
        bytes: usize,
        payloads: Payloads,
        until: Instant,
    ) -> Result<Vec<Duration>, RemoteError> {
        let mut trips = Vec::new();
        let mut start = Instant::now();
        while start < until {
            let question = Echo(payloads.next(bytes));
            self.echo.ask(&question, DEADLINE).await?;
            let end = Instant::now();
            trips.push(end - start);
            start = end;
        }
        Ok(trips)
    }
}
