//! How long a cluster remembers, and what of a run of some length can therefore be believed.

use std::ops::Range;

/// How long a run is, beside what it forgets in.
///
/// A queue that starts empty comes near its balance as `exp(-t / tau)`, and forgets as fast what
/// it was. For M/M/1 the relaxation time is `tau = 1 / (1 - sqrt(load))^2` mean service times
/// (section II.2 of J. W. Cohen, "The single server queue", North-Holland, 1969; J. Abate and
/// W. Whitt, "Transient behavior of the M/M/1 queue: starting at the origin", Queueing Systems 2,
/// 1987): 12 at load 0.5, 380 at 0.9, 1,560 at 0.95. For other services it is about
/// `(1 + cv^2) / 2` times that, by the variation `cv` of their times (the time of the Brownian
/// motion that approximates a busy queue; W. Whitt, "Planning queueing simulations", Management
/// Science 35(11), 1989). With more slots behind one queue it is that many times shorter, but never
/// less than a service. Arrivals that come in bursts are forgotten more slowly than this says;
/// where copies race, which shares the load among servers, all is forgotten faster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    /// How many workflows arrive.
    pub(crate) workflows: u32,
    /// Until the last has arrived, in mean service times.
    pub(crate) length: f64,
    /// How many attempts one server runs at once: more than none.
    pub(crate) slots: f64,
    /// The square of the variation of service times: 1 for exponential ones.
    pub(crate) cv2: f64,
}

/// A run of fewer relaxation times than this is short: after the warm-up it has no 16 left, and no
/// five batches that are long enough for an error to be made of them.
pub(crate) const RELAXATIONS_MIN: f64 = 20.0;

/// The workflows of so many relaxation times meet a cluster that is not as full as it will be: what
/// is missing then is about 2 % of the mean, and shrinks by `exp(1)` with each further one.
const WARM_UP_RELAXATIONS: f64 = 3.0;

/// So large a share of the workflows does not count in any case, nor does more than the larger one,
/// lest nothing is left.
const WARM_UP_SHARES: [f64; 2] = [0.1, 0.5];

/// Services that vary more, or without bounds, count as these: else no run would be long enough.
const CV2_MAX: f64 = 9.0;

/// The last twentieth meets a cluster that empties.
const WIND_DOWN_SHARE: f64 = 0.05;

/// Errors are made of so many batches: enough to know a deviation. More are of no use, fewer than
/// the lesser number know none.
const BATCHES: [f64; 2] = [5.0, 20.0];

/// How many relaxation times a batch has, so that little is remembered from one to the next. Errors
/// of means are still somewhat too small: 0.8 to 0.9 times the deviation among 100 runs of M/M/1
/// queues at load 0.9, and 0.74 times with batches of 1.3 relaxation times.
const BATCH_RELAXATIONS: f64 = 3.0;

impl Horizon {
    /// How many relaxation times it has at such a load; none if the load is no less than 1.
    pub(crate) fn relaxations(&self, load: f64) -> f64 {
        let single = if load < 1.0 {
            (1.0 - load.sqrt()).powi(-2)
        } else {
            f64::INFINITY
        };
        let varied = single * (1.0 + self.cv2.min(CV2_MAX)) / 2.0;
        self.length / (varied / self.slots).max(1.0)
    }

    /// The workflows that count, by their arrival.
    pub(crate) fn counted(&self, load: f64) -> Range<u32> {
        let [least, most] = WARM_UP_SHARES;
        let share = |share: f64| (f64::from(self.workflows) * share) as u32;
        let warm_up = (WARM_UP_RELAXATIONS / self.relaxations(load)).clamp(least, most);
        share(warm_up)..self.workflows - share(WIND_DOWN_SHARE).max(1)
    }

    /// Of how many batches the errors are made: each is long enough, unless the run is short.
    pub(crate) fn batches(&self, load: f64) -> usize {
        let [least, most] = BATCHES;
        let share = self.counted(load).len() as f64 / f64::from(self.workflows);
        (self.relaxations(load) * share / BATCH_RELAXATIONS).clamp(least, most) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn horizon(length: f64) -> Horizon {
        Horizon {
            workflows: 10_000,
            length,
            slots: 1.0,
            cv2: 1.0,
        }
    }

    #[test]
    fn relaxation_times_are_those_of_single_queues() {
        let near = |one: f64, other: f64| assert!((one / other - 1.0).abs() < 1e-2, "{one}");
        near(horizon(1_000.0).relaxations(0.25), 250.0);
        near(horizon(38_000.0).relaxations(0.9), 100.0);
        near(horizon(15_600.0).relaxations(0.95), 10.0);
        assert_eq!(horizon(1e9).relaxations(1.0), 0.0);
        let pooled = Horizon {
            slots: 2.0,
            ..horizon(38_000.0)
        };
        near(pooled.relaxations(0.9), 200.0);
        near(pooled.relaxations(1e-6), 38_000.0);
        let cv2 = |cv2| Horizon {
            cv2,
            ..horizon(38_000.0)
        };
        near(cv2(0.0).relaxations(0.9), 200.0);
        near(cv2(f64::INFINITY).relaxations(0.9), 20.0);
    }

    #[test]
    fn the_warm_up_grows_with_what_is_remembered_up_to_half() {
        let starts = [0.25, 0.9, 0.95].map(|load| horizon(7_600.0).counted(load).start);
        assert_eq!(starts[0], 1_000);
        assert!((1_490..1_510).contains(&starts[1]), "{starts:?}");
        assert_eq!(starts[2], 5_000);
        assert_eq!(horizon(7_600.0).counted(1.3), 5_000..9_500);
    }

    #[test]
    fn batches_are_longer_than_what_is_remembered() {
        let batches = [0.25, 0.9, 0.95].map(|load| horizon(15_200.0).batches(load));
        assert_eq!(batches, [20, 11, 5]);
    }
}
