//! Fork-join as a client of OpenWhisk composes it: every function is an action, invoked once, as
//! soon as what it depends on has values, all that are ready at once. Where they run is the host's
//! decision.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use raptor_core::manifest::Manifest;
use raptor_core::{FunctionIndex, Value};
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use super::activation::{Activation, End};
use super::api::{Api, ApiError};
use crate::sample::{Attempt, Ending, Outcome};

/// A workflow whose functions are actions of their own.
#[derive(Clone, Debug)]
pub(crate) struct ForkJoin {
    pub(super) manifest: Arc<Manifest>,
    /// The action of each function.
    pub(super) actions: Vec<String>,
}

/// What came of one.
pub(super) struct Joined {
    pub(super) ending: Ending,
    /// One of each function that was invoked and answered.
    pub(super) attempts: Vec<Attempt>,
    /// The zone of each attempt, where the host tells.
    pub(super) zones: Vec<Option<String>>,
}

/// One function's activation, once it is heard of.
struct Heard {
    function: FunctionIndex,
    at: Instant,
    came: Result<Activation, ApiError>,
}

/// One run of the workflow.
struct Flow<'a> {
    of: &'a ForkJoin,
    api: &'a Api,
    params: &'a Bytes,
    begun: Instant,
    deadline: Instant,
    values: Vec<Option<Value>>,
    is_invoked: Vec<bool>,
    under_way: JoinSet<Heard>,
    joined: Joined,
}

impl ForkJoin {
    /// Runs the workflow once.
    pub(super) async fn run(&self, api: &Api, params: &Bytes, deadline: Instant) -> Joined {
        let functions = self.manifest.len();
        let mut flow = Flow {
            of: self,
            api,
            params,
            begun: Instant::now(),
            deadline,
            values: vec![None; functions],
            is_invoked: vec![false; functions],
            under_way: JoinSet::new(),
            joined: Joined {
                ending: Ending::Landed,
                attempts: Vec::new(),
                zones: Vec::new(),
            },
        };
        if let Err(ending) = flow.run().await {
            flow.joined.ending = ending;
        }
        flow.joined
    }
}

impl Flow<'_> {
    async fn run(&mut self) -> Result<(), Ending> {
        self.invoke_ready()?;
        while let Some(heard) = self.under_way.join_next().await {
            self.on_heard(heard.expect("requests do not panic"))?;
            self.invoke_ready()?;
        }
        Ok(())
    }

    /// Invokes whatever has all that it depends on.
    fn invoke_ready(&mut self) -> Result<(), Ending> {
        for function in self.of.manifest.indices() {
            let at = function.at();
            let depends = &self.of.manifest.function(function).depends;
            let is_ready = depends.iter().all(|on| self.values[on.at()].is_some());
            if is_ready && !self.is_invoked[at] {
                self.is_invoked[at] = true;
                self.invoke(function)?;
            }
        }
        Ok(())
    }

    fn invoke(&mut self, function: FunctionIndex) -> Result<(), Ending> {
        let value_of = |on: FunctionIndex| {
            let value = self.values[on.at()].as_ref();
            value.expect("only what is ready is invoked")
        };
        let manifest = &self.of.manifest;
        let params = manifest.parameters(function, self.params, value_of);
        let params = params.map_err(|error| Ending::Failed(format!("failed to {error}")))?;
        let (api, deadline) = (self.api.clone(), self.deadline);
        let action = self.of.actions[function.at()].clone();
        self.under_way.spawn(async move {
            let came = api.invoke(&action, params, deadline).await;
            let at = Instant::now();
            Heard { function, at, came }
        });
        Ok(())
    }

    fn on_heard(&mut self, heard: Heard) -> Result<(), Ending> {
        let function = heard.function;
        let name = &self.of.manifest.function(function).name;
        let activation = heard
            .came
            .map_err(|error| named(name, super::ending(error)))?;
        let end = heard.at.saturating_duration_since(self.begun);
        let start = end.saturating_sub(activation.duration);
        let micros = |at: std::time::Duration| i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        let outcome = match &activation.end {
            End::Success(_) => Outcome::Value,
            End::Error(_) => Outcome::Fault,
            End::TimedOut => Outcome::Stopped,
        };
        self.joined.attempts.push(Attempt {
            function: function.at(),
            member: u16::try_from(function.at()).expect("functions are bounded"),
            zone: None,
            launch_us: micros(start),
            start_us: micros(start),
            end_us: Some(micros(end)),
            outcome,
        });
        self.joined.zones.push(activation.zone);
        match activation.end {
            End::Success(result) => {
                self.values[function.at()] = Some(value(&result, name)?);
                Ok(())
            }
            End::TimedOut => Err(Ending::TimedOut),
            End::Error(why) => Err(Ending::Failed(format!("{name}: {why}"))),
        }
    }
}

/// The function's value in its action's result, `{"name": value}`.
fn value(result: &Bytes, name: &str) -> Result<Value, Ending> {
    let values: Result<std::collections::BTreeMap<String, Box<RawValue>>, _> =
        serde_json::from_slice(result);
    let mut values = values.unwrap_or_default();
    match values.remove(name) {
        Some(value) => Ok(Value::new(value.get().as_bytes().to_vec())),
        None => Err(Ending::Failed(format!(
            "{name}: its result has no {name:?}"
        ))),
    }
}

/// An ending that names the function that it is owed to.
fn named(function: &str, ending: Ending) -> Ending {
    match ending {
        Ending::Failed(why) => Ending::Failed(format!("{function}: {why}")),
        Ending::Refused(why) => Ending::Refused(format!("{function}: {why}")),
        Ending::Lost(why) => Ending::Lost(format!("{function}: {why}")),
        Ending::Landed | Ending::TimedOut => ending,
    }
}
