//! The executor: one actor per attempt, a shell round [`Attempt`].

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use raptor_core::attempt::{Attempt, Command, Event, Exit, Ladder, Output, Terms};
use raptor_core::supervision::SlotHolder;
use raptor_core::{AttemptId, Ending, FaultKind, FlightId, FunctionIndex, LogLine};
use raptor_sys::{Group, Leash};
use tracing::debug;

use super::alarm::Alarm;
use super::coordinator::{FlightCoordinator, Happened};
use super::supervisor::{ExecutorGone, SlotFreed, SlotWanted};
use super::warm_pool::{Began, Ended};
use crate::bundle::Action;
use crate::clock::Clock;
use crate::config::VALUE_BYTES_MAX;
use crate::node::Services;
use crate::surroundings::Surroundings;

mod directory;
mod environment;
mod launching;
mod transcript;
mod watching;

use directory::PrivateDirectory;
use launching::Launched;
pub(super) use launching::{Ahead, Waiting, can_be_ahead, launch_ahead};
use watching::{Limits, Watched};

/// What an executor is to do.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) flight: FlightId,
    pub(crate) attempt: AttemptId,
    pub(crate) action: Arc<Action>,
    pub(crate) function: FunctionIndex,
    /// One line of JSON.
    pub(crate) input: Bytes,
    pub(crate) surroundings: Arc<Surroundings>,
    /// When the flight is over in any case, in milliseconds since the UNIX epoch.
    pub(crate) deadline_ms: u64,
    /// How long the attempt may take.
    pub(crate) timeout: Option<Duration>,
}

/// The executor of one attempt.
pub(crate) struct Executor {
    attempt: Attempt,
    task: Task,
    coordinator: Addr<FlightCoordinator>,
    services: Rc<Services>,
    clock: Clock,
    alarm: Alarm,
    /// While a process runs.
    leash: Option<Leash>,
    /// From the exit to the reaping.
    group: Option<Group>,
    /// Until the process is reaped.
    directory: Option<PrivateDirectory>,
    /// What the process wrote, from its exit on.
    log: Vec<LogLine>,
}

/// Something happened to the attempt.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Befell(pub(crate) Event);

impl Executor {
    /// Starts the executor of a task.
    pub(crate) fn launch(
        task: Task,
        coordinator: Addr<FlightCoordinator>,
        services: Rc<Services>,
        clock: Clock,
    ) -> Addr<Self> {
        let terms = Terms {
            timeout: task.timeout,
            result_bytes_max: result_bytes_max(&services),
            ladder: Ladder::with_grace(services.config.flight.grace),
        };
        let attempt = Attempt::new(terms);
        let alarm = Alarm::default();
        Self {
            attempt,
            task,
            coordinator,
            services,
            clock,
            alarm,
            leash: None,
            group: None,
            directory: None,
            log: Vec::new(),
        }
        .start()
    }

    fn drive(&mut self, event: Event, ctx: &mut Context<Self>) {
        self.attempt.handle(self.clock.now(), event);
        while let Some(command) = self.attempt.poll_command() {
            self.obey(command, ctx);
        }
        if self.attempt.is_over() {
            ctx.stop();
        } else {
            self.alarm.set(
                self.attempt.poll_timeout(),
                &self.clock,
                ctx,
                Self::on_alarm,
            );
        }
    }

    fn obey(&mut self, command: Command, ctx: &mut Context<Self>) {
        match command {
            Command::Launch => self.start_process(ctx),
            Command::Announce { pid } => self.announce(pid),
            Command::Signal(signal) => {
                // A group that is gone needs no signal.
                if let Some(leash) = &self.leash {
                    let _ = leash.signal(crate::signal::to_system(signal));
                }
            }
            Command::Report(ending) => {
                self.hand_in_log(&ending);
                self.report(ending);
            }
            Command::Release => self.services.supervisor.do_send(SlotFreed(self.holder())),
            Command::Reap => self.reap(ctx),
        }
    }

    fn on_alarm(&mut self, ctx: &mut Context<Self>) {
        self.alarm.rang();
        self.drive(Event::Tick, ctx);
    }

    fn holder(&self) -> SlotHolder {
        SlotHolder {
            flight: self.task.flight,
            attempt: self.task.attempt,
        }
    }

    fn start_process(&mut self, ctx: &mut Context<Self>) {
        let launch = launching::launch(self.task.clone(), Rc::clone(&self.services));
        ctx.spawn(
            launch
                .into_actor(self)
                .map(|launched, executor, ctx| match launched {
                    Ok(launched) => executor.on_launched(launched, ctx),
                    Err(why) => executor.drive(Event::LaunchFailed { why }, ctx),
                }),
        );
    }

    fn on_launched(&mut self, launched: Launched, ctx: &mut Context<Self>) {
        let Launched { process, directory } = launched;
        let pid = process.group.pid().unsigned_abs();
        self.leash = Some(process.group.leash());
        self.directory = Some(directory);
        let overflowed = ctx.address();
        let limits = Limits {
            result_bytes_max: result_bytes_max(&self.services),
            log_bytes_max: self.services.config.limits.log_bytes_max,
        };
        let watch = watching::watch(process, limits, self.clock, move || {
            overflowed.do_send(Befell(Event::ResultOverflowed));
        });
        ctx.spawn(watch.into_actor(self).map(Self::on_watched));
        self.drive(Event::Launched { pid }, ctx);
    }

    fn on_watched(watched: Result<Watched, String>, executor: &mut Self, ctx: &mut Context<Self>) {
        match watched {
            Ok(Watched {
                group,
                exit,
                result,
                log,
                stderr,
            }) => {
                executor.group = Some(group);
                executor.log = log;
                debug!(
                    target: "raptor::function",
                    flight = %executor.task.flight, attempt = %executor.task.attempt,
                    ?exit, log = ?executor.log, "a function ended"
                );
                let exit = match exit {
                    raptor_sys::Exit::Code(code) => Exit::Code(code),
                    raptor_sys::Exit::Signal(number) => Exit::Signal(number),
                };
                let output = Output {
                    result,
                    log: stderr,
                };
                executor.drive(Event::Exited { exit, output }, ctx);
            }
            Err(why) => {
                executor.leash = None;
                executor.drive(Event::Lost { why }, ctx);
            }
        }
    }

    /// From here on the coordinator can preempt the attempt by its PID.
    fn announce(&self, pid: u32) {
        if let Some(leash) = &self.leash {
            self.services.attempts.insert(self.holder(), leash.clone());
        }
        let attempt = self.task.attempt;
        let started = raptor_core::flight::Event::AttemptStarted { attempt, pid };
        self.coordinator.do_send(Happened(started));
    }

    /// Of an attempt that nobody stopped.
    fn hand_in_log(&mut self, ending: &Ending) {
        match ending {
            Ending::Value(_) | Ending::Fault(_) if !self.log.is_empty() => {
                let log = std::mem::take(&mut self.log);
                let attempt = self.task.attempt;
                let wrote = raptor_core::flight::Event::AttemptWrote { attempt, log };
                self.coordinator.do_send(Happened(wrote));
            }
            Ending::Value(_) | Ending::Fault(_) | Ending::Stopped { .. } => {}
        }
    }

    fn report(&self, ending: Ending) {
        let attempt = self.task.attempt;
        let ended = raptor_core::flight::Event::AttemptEnded { attempt, ending };
        self.coordinator.do_send(Happened(ended));
    }

    fn reap(&mut self, ctx: &mut Context<Self>) {
        self.leash = None;
        self.services.attempts.remove(&self.holder());
        let group = self
            .group
            .take()
            .expect("what exited has a group until it is reaped");
        let reap = async move {
            // What was reported goes out first: with it, peers preempt their stragglers, and the
            // fork server's work would take a processor from that.
            tokio::task::yield_now().await;
            group.reap().await
        };
        ctx.spawn(
            reap.into_actor(self)
                .map(|reaped, executor, ctx| match reaped {
                    Ok(_) => executor.drive(Event::Reaped, ctx),
                    Err(lost) => executor.drive(
                        Event::Lost {
                            why: lost.to_string(),
                        },
                        ctx,
                    ),
                }),
        );
    }
}

fn result_bytes_max(services: &Services) -> usize {
    services.config.limits.value_bytes_max.min(VALUE_BYTES_MAX)
}

impl Actor for Executor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.services.warm_pool.do_send(Began);
        let weight = self
            .task
            .action
            .manifest
            .function(self.task.function)
            .slots_weight;
        let executor = ctx.address();
        self.services.supervisor.do_send(SlotWanted {
            holder: self.holder(),
            weight,
            executor,
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.services.attempts.remove(&self.holder());
        if !self.attempt.is_over() {
            // It unwound: its process is killed and reaped as its group is dropped.
            self.services.supervisor.do_send(SlotFreed(self.holder()));
            self.report(Ending::Fault(
                FaultKind::Lost("its executor broke".to_owned()).into(),
            ));
        }
        self.services
            .supervisor
            .do_send(ExecutorGone(self.holder()));
        self.services.warm_pool.do_send(Ended);
    }
}

impl Handler<Befell> for Executor {
    type Result = ();

    fn handle(&mut self, Befell(event): Befell, ctx: &mut Self::Context) {
        self.drive(event, ctx);
    }
}
