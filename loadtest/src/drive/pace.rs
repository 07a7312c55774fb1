//! When the next workflows are asked for: what a scenario's load becomes while the run goes on.

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::arrival::Offsets;
use crate::scenario::{Load, Scenario, Think};
use crate::targets::Reply;

use super::course::Course;
use super::order::Turn;
use super::stop::Cut;

/// When the next workflows are asked for.
pub(super) enum Pace<'a> {
    /// At these moments.
    Open {
        arrivals: Offsets,
        /// How far the arrivals have been used.
        reached: Duration,
        in_flight_max: usize,
    },
    /// When others have ended.
    Closed {
        clients: usize,
        think: &'a Think,
        dice: Box<StdRng>,
    },
}

impl<'a> Pace<'a> {
    /// That of a scenario, whose arrivals these are.
    ///
    /// # Panics
    ///
    /// If the loop is open and there are no arrivals.
    pub(super) fn new(scenario: &'a Scenario, arrivals: Option<Offsets>) -> Self {
        match &scenario.load {
            Load::Open { in_flight_max, .. } => Self::Open {
                arrivals: arrivals.expect("an open loop has arrivals"),
                reached: Duration::ZERO,
                in_flight_max: *in_flight_max,
            },
            Load::Closed { clients, think } => Self::Closed {
                clients: *clients,
                think,
                dice: Box::new(StdRng::seed_from_u64(scenario.seed)),
            },
        }
    }

    /// Asks for the next workflows.
    pub(super) async fn run<F>(&mut self, course: &mut Course<F>, turns: &[Turn]) -> Result<(), Cut>
    where
        F: AsyncFn(Turn) -> Reply + 'static,
    {
        match self {
            Self::Open {
                arrivals,
                reached,
                in_flight_max,
            } => {
                let base = *reached;
                let next: Vec<_> = arrivals.by_ref().take(turns.len()).collect();
                *reached = next.last().copied().unwrap_or(base);
                let is_all = next.len() == turns.len();
                let offsets = next.into_iter().map(|offset| offset - base).collect();
                course.open(turns, offsets, *in_flight_max).await?;
                if is_all { Ok(()) } else { Err(Cut::TraceEnded) }
            }
            Self::Closed {
                clients,
                think,
                dice,
            } => course.closed(turns, *clients, think, dice).await,
        }
    }
}
