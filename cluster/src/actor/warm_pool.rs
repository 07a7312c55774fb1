//! The warm pool: one actor per node, a shell round [`Warming`], that owns the processes which wait
//! for their attempts.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use raptor_core::warming::{Command, Event, Warming};
use raptor_core::{Digest, FunctionIndex};
use tokio::sync::oneshot;
use tracing::debug;

use super::alarm::Alarm;
use super::executor::{Ahead, Waiting, can_be_ahead, launch_ahead};
use crate::bundle::Action;
use crate::clock::Clock;
use crate::config::NodeConfig;
use crate::node::Services;
use crate::observe;
use crate::surroundings::Surroundings;

/// What loads its file for longer does not keep others from being started.
const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// What processes have in common that can stand in for each other if they are of one function: the
/// action, and the variables that the activation adds.
type Kind = Arc<(Digest, Vec<(String, String)>)>;

/// The processes of a node that wait for their attempts.
pub(crate) struct WarmPool {
    warming: Warming<Kind>,
    processes: BTreeMap<(Kind, FunctionIndex), Waiting>,
    recipes: BTreeMap<Kind, Recipe>,
    services: Rc<Services>,
    clock: Clock,
    alarm: Alarm,
    /// Of every process that was started ahead, so that each has a name of its own.
    started: u64,
}

/// What the processes of a kind are made of.
struct Recipe {
    action: Arc<Action>,
    surroundings: Arc<Surroundings>,
    /// Who waits until they are there.
    waiting: Vec<oneshot::Sender<Result<(), String>>>,
}

/// Gives a process of this kind, if one waits.
#[derive(Message)]
#[rtype(result = "Option<Waiting>")]
pub(crate) struct Take {
    pub(crate) action: Digest,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) function: FunctionIndex,
}

/// Starts processes for the functions of an action at once; answered when they run.
#[derive(Message)]
#[rtype(result = "Result<(), String>")]
pub(crate) struct Prepare {
    pub(crate) action: Arc<Action>,
    pub(crate) surroundings: Surroundings,
}

/// A flight or an attempt began on this node.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Began;

/// It ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Ended;

/// A flight of this action ended: there may be another.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Flown {
    pub(crate) action: Arc<Action>,
    pub(crate) env: Vec<(String, String)>,
}

impl WarmPool {
    pub(crate) fn new(services: Rc<Services>) -> Self {
        let processes_max = usize::from(services.config.warm_max.min(NodeConfig::WARM_MAX));
        Self {
            warming: Warming::new(processes_max),
            processes: BTreeMap::new(),
            recipes: BTreeMap::new(),
            services,
            clock: Clock::new(),
            alarm: Alarm::default(),
            started: 0,
        }
    }

    fn drive(&mut self, event: Event<Kind>, ctx: &mut Context<Self>) {
        self.warming.handle(self.clock.now(), event);
        while let Some(command) = self.warming.poll_command() {
            match command {
                Command::Start { action, function } => self.start_process(action, function, ctx),
                Command::End { action, function } => self.end_process(action, function),
            }
        }
        let warming = &self.warming;
        for (kind, recipe) in &mut self.recipes {
            if warming.is_settled(kind) {
                for waiting in recipe.waiting.drain(..) {
                    // Whoever waited may have gone.
                    let _ = waiting.send(Ok(()));
                }
            }
        }
        self.recipes.retain(|kind, _| warming.has(kind));
        observe::warm(self.processes.len());
        let next = self.warming.poll_timeout();
        self.alarm.set(next, &self.clock, ctx, Self::on_alarm);
    }

    fn on_alarm(&mut self, ctx: &mut Context<Self>) {
        self.alarm.rang();
        self.drive(Event::Tick, ctx);
    }

    fn start_process(&mut self, kind: Kind, function: FunctionIndex, ctx: &mut Context<Self>) {
        let recipe = self.recipes.get(&kind);
        let recipe = recipe.expect("what is started was used, and is known since");
        let (action, surroundings) = (Arc::clone(&recipe.action), Arc::clone(&recipe.surroundings));
        let services = Rc::clone(&self.services);
        self.started += 1;
        let name = format!("ahead/{}", self.started);
        let launch = async move {
            let ahead = Ahead {
                action: &action,
                function,
                surroundings: &surroundings,
                name,
            };
            launch_ahead(&ahead, &services).await
        };
        ctx.spawn(launch.into_actor(self).map(move |launched, pool, ctx| {
            pool.on_started(kind, function, launched, ctx);
        }));
    }

    fn on_started(
        &mut self,
        kind: Kind,
        function: FunctionIndex,
        launched: Result<Waiting, String>,
        ctx: &mut Context<Self>,
    ) {
        let action = Arc::clone(&kind);
        match launched {
            Ok(process) => {
                let loading = process.loading();
                self.put(Arc::clone(&kind), function, process);
                self.drive(Event::Started { action, function }, ctx);
                let loaded = async move {
                    if let Ok(loading) = loading {
                        // What takes too long is not waited for.
                        let _ = tokio::time::timeout(LOAD_TIMEOUT, loading).await;
                    }
                };
                ctx.spawn(loaded.into_actor(self).map(move |(), pool, ctx| {
                    let action = kind;
                    pool.drive(Event::Loaded { action, function }, ctx);
                }));
            }
            Err(why) => {
                debug!(?function, %why, "a process was not started ahead");
                if let Some(recipe) = self.recipes.get_mut(&kind) {
                    for waiting in recipe.waiting.drain(..) {
                        let _ = waiting.send(Err(why.clone()));
                    }
                }
                self.drive(Event::NotStarted { action, function }, ctx);
            }
        }
    }

    fn put(&mut self, kind: Kind, function: FunctionIndex, process: Waiting) {
        if let Some(other) = self.processes.insert((kind, function), process) {
            actix::spawn(other.end());
        }
    }

    fn end_process(&mut self, kind: Kind, function: FunctionIndex) {
        if let Some(process) = self.processes.remove(&(kind, function)) {
            actix::spawn(process.end());
        }
    }

    /// An action is used: its processes are made of this from now on.
    fn on_used(
        &mut self,
        action: Arc<Action>,
        surroundings: Surroundings,
        at_once: bool,
        ctx: &mut Context<Self>,
    ) {
        let manifest = &action.manifest;
        let functions = manifest.indices();
        let functions: Vec<_> = functions
            .filter(|function| can_be_ahead(&manifest.function(*function).program))
            .collect();
        let kind: Kind = Arc::new((action.bundle.digest(), surroundings.env.clone()));
        let recipe = self.recipes.entry(Arc::clone(&kind));
        let recipe = recipe.or_insert_with(|| Recipe {
            action,
            surroundings: Arc::default(),
            waiting: Vec::new(),
        });
        // What describes one activation is not for the next, unless that was asked for.
        if at_once || recipe.surroundings.context.is_empty() {
            recipe.surroundings = Arc::new(surroundings);
        }
        let action = kind;
        self.drive(
            Event::Used {
                action,
                functions,
                at_once,
            },
            ctx,
        );
    }
}

impl Actor for WarmPool {
    type Context = Context<Self>;
}

impl Handler<Take> for WarmPool {
    type Result = Option<Waiting>;

    fn handle(&mut self, take: Take, ctx: &mut Self::Context) -> Option<Waiting> {
        let Take {
            action,
            env,
            function,
        } = take;
        let kind: Kind = Arc::new((action, env));
        let process = self.processes.remove(&(Arc::clone(&kind), function))?;
        let action = kind;
        self.drive(Event::Taken { action, function }, ctx);
        if process.is_alive() {
            Some(process)
        } else {
            actix::spawn(process.end());
            None
        }
    }
}

impl Handler<Prepare> for WarmPool {
    type Result = ResponseFuture<Result<(), String>>;

    fn handle(&mut self, prepare: Prepare, ctx: &mut Self::Context) -> Self::Result {
        let Prepare {
            action,
            surroundings,
        } = prepare;
        let kind: Kind = Arc::new((action.bundle.digest(), surroundings.env.clone()));
        self.on_used(action, surroundings, true, ctx);
        let (waiting, prepared) = oneshot::channel();
        match self.recipes.get_mut(&kind) {
            Some(recipe) if !self.warming.is_settled(&kind) => recipe.waiting.push(waiting),
            // There is nothing to wait for.
            Some(_) | None => drop(waiting.send(Ok(()))),
        }
        Box::pin(async {
            let gone = || Err("the action was pushed out by others".to_owned());
            prepared.await.unwrap_or_else(|_| gone())
        })
    }
}

impl Handler<Began> for WarmPool {
    type Result = ();

    fn handle(&mut self, _: Began, ctx: &mut Self::Context) {
        self.drive(Event::Began, ctx);
    }
}

impl Handler<Ended> for WarmPool {
    type Result = ();

    fn handle(&mut self, _: Ended, ctx: &mut Self::Context) {
        self.drive(Event::Ended, ctx);
    }
}

impl Handler<Flown> for WarmPool {
    type Result = ();

    fn handle(&mut self, Flown { action, env }: Flown, ctx: &mut Self::Context) {
        let context = Vec::new();
        self.on_used(action, Surroundings { context, env }, false, ctx);
        self.drive(Event::Ended, ctx);
    }
}
