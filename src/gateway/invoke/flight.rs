//! One action: one flight, led by this node.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use raptor_cluster::{Activation, ActivationEvent, Answer, Bundle, LeaderLost, Progress, Stream};

use super::account::Account;
use super::bundles::{BuildError, Craft};
use super::outcome::{FATAL_KEYED, FATAL_VARIABLE, NO_BINARY, Outcome};
use super::{Invocation, Invoker, Overloaded};
use crate::gateway::activation::{
    ActivationId, Line, Record, Response, Status, lines_of, truncated,
};
use crate::gateway::clock::now_ms;
use crate::gateway::entity::Annotations;

/// A flight that is not refused by then has been admitted: its node says so at once.
const ADMISSION_TIMEOUT: Duration = Duration::from_millis(200);

/// A flight that has begun, or an activation that came to nothing before it could.
pub(super) struct Takeoff {
    invocation: Invocation,
    cause: Option<ActivationId>,
    start: u64,
    begun: Instant,
    /// How long its code took to unpack, of a cold start: no process can have been waiting for it.
    /// Where an activation found none for another reason, nobody tells this gateway.
    init: Option<Duration>,
    state: State,
}

enum State {
    Flying {
        activation: Activation,
        account: Account,
        /// What was heard of while it was found out whether it is refused.
        settled: Option<Answer>,
        /// It was not flown before, as far as this gateway remembers.
        cold: Option<Bundle>,
    },
    Grounded {
        id: ActivationId,
        error: BuildError,
    },
}

impl Takeoff {
    pub(super) fn id(&self) -> ActivationId {
        match &self.state {
            State::Flying { activation, .. } => activation.id().into(),
            State::Grounded { id, .. } => id.clone(),
        }
    }
}

impl Invoker {
    /// Begins the flight of a single action.
    pub(super) async fn take_off(
        &self,
        invocation: &Invocation,
        cause: Option<ActivationId>,
    ) -> Result<Takeoff, Overloaded> {
        let (start, begun) = (now_ms(), Instant::now());
        let action = &invocation.action;
        let built = self.bundles.of(action, &self.runtimes, &self.store).await;
        let is_cold = !matches!(built, Ok((_, false)));
        let init = is_cold.then(|| begun.elapsed());
        let state = match built {
            Ok((craft, is_new)) => self.fly(invocation, craft, is_new).await?,
            Err(error @ BuildError::CodeLost) => return Err(Overloaded(error.to_string())),
            Err(error) => State::Grounded {
                id: ActivationId::fresh(),
                error,
            },
        };
        Ok(Takeoff {
            invocation: invocation.clone(),
            cause,
            start,
            begun,
            init,
            state,
        })
    }

    async fn fly(
        &self,
        invocation: &Invocation,
        Craft { bundle, functions }: Craft,
        is_new: bool,
    ) -> Result<State, Overloaded> {
        let mut account = Account::new(functions);
        let action = &invocation.action;
        let node = self.node.upgrade();
        let node = node.ok_or_else(|| Overloaded("the node is ending".to_owned()))?;
        let params = action.parameters.under(invocation.payload.clone());
        let mut activation = node.invoke(raptor_cluster::Invocation {
            params: Bytes::from(params.to_string()),
            context: self.context(invocation),
            env: self.env(invocation),
            timeout: action.limits.timeout(),
            watch: true,
            ..raptor_cluster::Invocation::new(bundle.clone())
        });
        drop(node);
        // The first that is heard of a flight that was admitted is that it has members.
        let first = tokio::time::timeout(ADMISSION_TIMEOUT, activation.next()).await;
        let settled = match first {
            Ok(Ok(Some(ActivationEvent::Settled(Answer::Refused(why))))) => {
                return Err(Overloaded(why));
            }
            Ok(Err(lost)) => return Err(Overloaded(lost.to_string())),
            Ok(Ok(Some(ActivationEvent::Settled(answer)))) => Some(answer),
            Ok(Ok(Some(ActivationEvent::Progress(progress)))) => {
                account.on_progress(progress);
                None
            }
            Ok(Ok(_)) | Err(_) => None,
        };
        Ok(State::Flying {
            activation,
            account,
            settled,
            cold: is_new.then_some(bundle),
        })
    }

    /// What describes the activation to its functions.
    fn context(&self, invocation: &Invocation) -> Vec<(String, String)> {
        let transaction = ("transaction_id", invocation.transaction.clone());
        let context = self.circumstances(invocation).into_iter();
        let context = context.chain([transaction]);
        context
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// The environment in which code is loaded. Processes with other circumstances are never
    /// shared: the same code in two namespaces could else show one the other's key.
    fn env(&self, invocation: &Invocation) -> Vec<(String, String)> {
        let mut env = invocation.action.parameters.environment();
        let circumstances = self.circumstances(invocation).into_iter();
        env.extend(circumstances.map(|(key, value)| {
            let name = format!("__OW_{}", key.to_uppercase());
            (name, value)
        }));
        env.push((FATAL_VARIABLE.to_owned(), FATAL_KEYED.to_owned()));
        env
    }

    /// What is the same for all activations of an action by one caller.
    fn circumstances(&self, invocation: &Invocation) -> Vec<(&'static str, String)> {
        let Invocation {
            identity, action, ..
        } = invocation;
        let mut circumstances = vec![
            ("namespace", identity.namespace.to_string()),
            ("action_name", action.path.qualified()),
            ("action_version", action.version.to_string()),
            ("api_host", self.api_host.clone()),
        ];
        if action.gets_key() {
            circumstances.push(("api_key", identity.api_key()));
        }
        circumstances
    }

    /// Has processes started ahead for the next flights of an action.
    fn warm(&self, invocation: &Invocation, bundle: Bundle) {
        let node = self.node.clone();
        let env = self.env(invocation);
        self.spawn(async move {
            let Some(node) = node.upgrade() else {
                return;
            };
            if let Err(error) = node.warm(&bundle, Vec::new(), env).await {
                tracing::debug!("failed to {error}");
            }
        });
    }

    /// Waits until it is decided. The record with the logs is written when they have come.
    pub(super) async fn land(self: &Arc<Self>, takeoff: Takeoff) -> Record {
        let id = takeoff.id();
        let Takeoff {
            invocation,
            cause,
            start,
            begun,
            init,
            state,
        } = takeoff;
        let (mut activation, mut account, settled, cold) = match state {
            State::Flying {
                activation,
                account,
                settled,
                cold,
            } => (activation, account, settled, cold),
            State::Grounded { error, .. } => {
                let outcome = Response::error(Status::DeveloperError, NO_BINARY).into();
                let mut record = record(id, &invocation, cause, (start, begun, init), outcome);
                let text = format!("failed to {error}");
                record.logs = lines_of(text.lines().map(|text| Line {
                    at_micros: start * 1_000,
                    stream: "stderr",
                    text,
                }));
                self.book.write(record.clone());
                return record;
            }
        };
        let mut waited = None;
        let answer = match settled {
            Some(answer) => Ok(answer),
            None => decided(&mut activation, &mut account, begun, &mut waited).await,
        };
        let timeout = invocation.action.limits.timeout();
        let outcome = match &answer {
            Ok(answer) => Outcome::of(answer, timeout),
            Err(lost) => Outcome::internal(&format!("Failed to {lost}.")),
        };
        let mut record = record(id, &invocation, cause, (start, begun, init), outcome);
        let waited = waited
            .unwrap_or_default()
            .saturating_sub(init.unwrap_or_default());
        record.annotations.set("waitTime", millis(waited));
        self.book.announce(&record.id);
        if let Some(bundle) = cold {
            self.warm(&invocation, bundle);
        }
        let (invoker, closing) = (Arc::clone(self), record.clone());
        let logs_mb = invocation.action.limits.logs;
        self.spawn(async move {
            let flown = activation.record().await.ok().flatten();
            invoker.book.write(match flown {
                Some(flown) => closed(closing, &flown, &account, logs_mb),
                None => closing,
            });
        });
        record
    }
}

/// Waits until it is decided, and sees after which time a member began: the record that comes later
/// says so more exactly.
async fn decided(
    activation: &mut Activation,
    account: &mut Account,
    begun: Instant,
    waited: &mut Option<Duration>,
) -> Result<Answer, LeaderLost> {
    loop {
        let event = activation.next().await?;
        match event.expect("the decision comes before the end") {
            ActivationEvent::Settled(answer) => return Ok(answer),
            ActivationEvent::Progress(progress) => {
                if let Progress::Started(..) = progress {
                    waited.get_or_insert(begun.elapsed());
                }
                account.on_progress(progress);
            }
            ActivationEvent::Recorded(_) | ActivationEvent::Lost(_) => {}
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What is known of an activation when it is decided.
fn record(
    id: ActivationId,
    invocation: &Invocation,
    cause: Option<ActivationId>,
    (start, begun, init): (u64, Instant, Option<Duration>),
    outcome: Outcome,
) -> Record {
    let action = &invocation.action;
    let duration = millis(begun.elapsed());
    let mut annotations = Annotations::default();
    annotations.set("path", action.path.to_string());
    annotations.set("kind", action.exec.kind());
    annotations.set("limits", action.limits.to_json());
    annotations.set("timeout", outcome.timed_out);
    if let Some(init) = init {
        // What has been is no nothing.
        annotations.set("initTime", millis(init).max(1));
    }
    if cause.is_some() {
        annotations.set("causedBy", "sequence");
    }
    Record {
        id,
        namespace: invocation.identity.namespace.to_string(),
        action: action.path.clone(),
        version: action.version,
        subject: invocation.identity.subject.clone(),
        cause,
        start,
        end: start + duration,
        duration,
        response: outcome.response,
        logs: Vec::new(),
        annotations,
    }
}

/// The record with what the members of the flight have done.
fn closed(
    mut record: Record,
    flown: &raptor_cluster::Record,
    account: &Account,
    logs_mb: u64,
) -> Record {
    let first = flown.attempts.iter().map(|line| line.start_us).min();
    let wait_ms = first.unwrap_or_default().max(0) / 1_000;
    record.annotations.set("waitTime", wait_ms);
    record.annotations.set("flight", account.annotation(flown));
    record.logs = truncated(lines_of(lines(record.start, flown)), logs_mb);
    record
}

/// What the functions wrote, in the order of time: whoever was preempted is not quoted.
fn lines(start_ms: u64, flown: &raptor_cluster::Record) -> impl Iterator<Item = Line<'_>> {
    let mut lines: Vec<_> = flown.attempts.iter().flat_map(|line| &line.log).collect();
    lines.sort_by_key(|line| line.at_us);
    lines.into_iter().map(move |line| Line {
        at_micros: (start_ms * 1_000).saturating_add_signed(line.at_us),
        stream: match line.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        },
        text: &line.text,
    })
}
