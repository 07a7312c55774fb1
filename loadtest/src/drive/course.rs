//! Asks for workflows, in an open or in a closed loop, and keeps what becomes of them.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::sample::{Ending, Sample};
use crate::scenario::Think;
use crate::targets::Reply;

use super::alone::{Alone, Ended};
use super::board::Board;
use super::order::Turn;
use super::pacer;
use super::stop::{Cut, Stop};

/// Between the moment at which an open loop is set up and its first arrival could be.
const HEAD_START: Duration = Duration::from_millis(5);

/// What has been sent, or will be after a pause. None of who did not send any more.
type UnderWay = JoinSet<Option<Sample>>;

/// Asks for workflows by `ask`, and keeps what becomes of them.
pub(super) struct Course<F> {
    ask: Rc<F>,
    /// What the times of samples are since.
    epoch: Instant,
    /// What became of the workflows so far.
    pub(super) board: Board,
    /// What ends it early.
    pub(super) stop: Stop,
}

impl<F> Course<F>
where
    F: AsyncFn(Turn) -> Reply + 'static,
{
    /// One that has asked for nothing yet.
    pub(super) fn new(ask: F, epoch: Instant, board: Board, stop: Stop) -> Self {
        let ask = Rc::new(ask);
        Self {
            ask,
            epoch,
            board,
            stop,
        }
    }

    /// Asks for a workflow at each offset from now on, however the target does; beyond
    /// `in_flight_max` under way, a workflow is not sent, but recorded as refused. Ends when all
    /// have ended, or says what ended it early.
    ///
    /// # Panics
    ///
    /// If the pacer ends before its last offset: fewer workflows would look like all.
    pub(super) async fn open(
        &mut self,
        turns: &[Turn],
        offsets: Vec<Duration>,
        in_flight_max: usize,
    ) -> Result<(), Cut> {
        let start = Instant::now() + HEAD_START;
        let shift = start - self.epoch;
        let mut to_come = offsets.len().min(turns.len());
        let mut ticks = pacer::pace(offsets, start);
        let mut turns = turns.iter();
        let mut under_way = UnderWay::new();
        let cut = loop {
            tokio::select! {
                // Sending comes first: what ends meanwhile has noted when.
                biased;
                tick = ticks.recv() => {
                    let Some((offset, turn)) = tick.zip(turns.next()) else {
                        assert_eq!(to_come, 0, "the pacer wakes at every offset");
                        break None;
                    };
                    to_come -= 1;
                    self.collect(&mut under_way);
                    let intended = shift + offset;
                    if under_way.len() < in_flight_max {
                        under_way.spawn_local(self.asked(*turn, Some(intended)));
                    } else {
                        let sample = self.crowded_out(*turn, intended, in_flight_max);
                        self.board.add(sample);
                    }
                }
                Some(ended) = under_way.join_next() => self.keep(ended),
                cut = self.stop.asked() => break Some(cut),
            }
        };
        drop(ticks);
        self.finish(under_way).await;
        cut.map_or(Ok(()), Err)
    }

    /// Lets so many clients ask, each for its next workflow when its last has ended and it has
    /// thought. Ends when all have ended, or says what ended it early.
    pub(super) async fn closed(
        &mut self,
        turns: &[Turn],
        clients: usize,
        think: &Think,
        dice: &mut StdRng,
    ) -> Result<(), Cut> {
        let mut turns = turns.iter();
        let mut under_way = UnderWay::new();
        // Whoever still thinks when the run ends hears of it here.
        let (going_on, over) = watch::channel(());
        for turn in turns.by_ref().take(clients) {
            under_way.spawn_local(self.thought(*turn, Duration::ZERO, over.clone()));
        }
        let cut = loop {
            tokio::select! {
                ended = under_way.join_next() => {
                    let Some(ended) = ended else {
                        break None;
                    };
                    self.keep(ended);
                    if let Some(turn) = turns.next() {
                        // From here on, when nothing is left of the last one, its client thinks.
                        let pause = think.draw(dice);
                        under_way.spawn_local(self.thought(*turn, pause, over.clone()));
                    }
                }
                cut = self.stop.asked() => break Some(cut),
            }
        };
        drop(going_on);
        self.finish(under_way).await;
        cut.map_or(Ok(()), Err)
    }

    /// Measures so many more single attempts of each function.
    pub(super) async fn measure(&mut self, alone: &mut Alone, count: usize) -> Result<(), Ended> {
        let what = format!("measuring {count} single attempts of each function");
        self.board.say(&what);
        alone.measure(count, &mut self.stop).await
    }

    /// One workflow. Without an intended moment it is meant to be sent when it is.
    fn asked(
        &self,
        turn: Turn,
        intended: Option<Duration>,
    ) -> impl Future<Output = Option<Sample>> + use<F> {
        let (ask, epoch) = (Rc::clone(&self.ask), self.epoch);
        async move {
            let sent = epoch.elapsed();
            let reply = ask(turn).await;
            Some(Sample {
                policy: turn.policy,
                is_warm_up: turn.is_warm_up,
                intended: intended.unwrap_or(sent),
                sent,
                done: reply.done.saturating_duration_since(epoch),
                ending: reply.ending,
                zone: reply.zone,
                attempts: reply.attempts,
            })
        }
    }

    /// One workflow after a pause, at whose end it is meant to be sent, however late the timer is;
    /// none if the run is over before. Without a pause it is meant to be sent when it is.
    fn thought(
        &self,
        turn: Turn,
        pause: Duration,
        mut over: watch::Receiver<()>,
    ) -> impl Future<Output = Option<Sample>> + use<F> {
        let intended = self.epoch.elapsed().saturating_add(pause);
        let asked = self.asked(turn, (!pause.is_zero()).then_some(intended));
        async move {
            if !pause.is_zero() {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = over.changed() => return None,
                }
            }
            asked.await
        }
    }

    /// One that was not sent, because too many are under way.
    fn crowded_out(&self, turn: Turn, intended: Duration, in_flight_max: usize) -> Sample {
        let now = self.epoch.elapsed();
        Sample {
            policy: turn.policy,
            is_warm_up: turn.is_warm_up,
            intended,
            sent: now,
            done: now,
            ending: Ending::Refused(format!("not sent: {in_flight_max} are under way already")),
            zone: None,
            attempts: Vec::new(),
        }
    }

    /// Keeps all that has ended.
    fn collect(&mut self, under_way: &mut UnderWay) {
        while let Some(ended) = under_way.try_join_next() {
            self.keep(ended);
        }
    }

    /// Keeps what a task gave; one that panicked takes the run with it.
    fn keep(&mut self, ended: Result<Option<Sample>, JoinError>) {
        match ended {
            Ok(sample) => sample.into_iter().for_each(|sample| self.board.add(sample)),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Waits for what is under way, unless somebody does not want to.
    async fn finish(&mut self, mut under_way: UnderWay) {
        loop {
            tokio::select! {
                ended = under_way.join_next() => match ended {
                    Some(ended) => self.keep(ended),
                    None => return,
                },
                () = self.stop.again() => {
                    self.board.leave(under_way.len());
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
