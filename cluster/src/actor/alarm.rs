//! An actor's one timer.

use actix::prelude::*;
use raptor_core::Moment;

use crate::clock::Clock;

/// The one timer of an actor, set to its machine's own next deadline.
#[derive(Default)]
pub(crate) struct Alarm {
    set: Option<(Moment, SpawnHandle)>,
}

impl Alarm {
    /// Sets it to `moment`, or to none; `ring` is called then.
    pub(crate) fn set<A>(
        &mut self,
        moment: Option<Moment>,
        clock: &Clock,
        ctx: &mut Context<A>,
        ring: fn(&mut A, &mut Context<A>),
    ) where
        A: Actor<Context = Context<A>>,
    {
        if self.set.map(|(at, _)| at) == moment {
            return;
        }
        if let Some((_, handle)) = self.set.take() {
            ctx.cancel_future(handle);
        }
        self.set = moment.map(|at| (at, ctx.run_later(clock.until(at), ring)));
    }

    /// Says that it rang: the next [`Alarm::set`] sets it anew.
    pub(crate) fn rang(&mut self) {
        self.set = None;
    }
}
