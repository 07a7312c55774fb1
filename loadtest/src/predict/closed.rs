//! Which figures have a closed form, and when.
//!
//! A closed form is for members that hear of each other at once, and for attempts that take as
//! long as they take (no timeouts).

use raptor_core::flight;
use raptor_core::manifest::Function;
use raptor_functions::distribution::{Distribution, Shape};

use super::law::{Each, Law};
use super::steps::Steps;
use super::{Figure, Prediction, Question, Source, structure};

/// Where sums of means come from.
const LINEARITY: &str = "the mean of a sum is the sum of the means";

/// Where rates of failure come from.
const FAILURES: &str = "attempts fail independently: a function fails where all attempts at it do";

/// Where a flight's work comes from.
const BUSY: &str = "members of one slot always find a function to run, up to the end";

/// The figures that have a closed form, each by itself.
#[derive(Debug, Default)]
pub(super) struct Forms {
    mean: Option<Figure>,
    p50: Option<Figure>,
    p99: Option<Figure>,
    work: Work,
    failure: Option<Figure>,
}

#[derive(Debug, Default)]
enum Work {
    /// It has none.
    #[default]
    Unknown,
    Known(Figure),
    /// All members are busy to the end: so many times the mean, however that is found.
    Busy(u16),
}

impl Forms {
    /// Those of a question.
    pub(super) fn of(question: &Question) -> Self {
        let manifest = &question.manifest;
        if !structure::has_no_timeouts(manifest) {
            return Self::default();
        }
        let mut forms = Self {
            work: work(question),
            failure: failure(question),
            ..Self::default()
        };
        let is_ideal = question.delay.is_zero() && waits_for_no_slot(question);
        if !is_ideal || !is_as_if_nothing_failed(question) {
            return forms;
        }
        if let Some(law) = law(question) {
            let (formula, from) = law.source();
            let exact = |value| Some(Figure::exact(value, formula, from));
            forms.mean = exact(law.mean());
            forms.p50 = exact(law.quantile(0.5));
            forms.p99 = exact(law.quantile(0.99));
        } else if let Some(racing) = in_turn(question) {
            let mean = sum_of_fastest(question, racing);
            let formula = "the sum over functions of the mean of the fastest attempt";
            forms.mean = mean.map(|mean| Figure::exact(mean, formula, LINEARITY));
        }
        forms
    }

    /// All figures: those that have no closed form from flights, which are only flown if there is
    /// such a figure.
    pub(super) fn complete(self, fly: impl FnOnce() -> Prediction) -> Prediction {
        let flown = self.is_incomplete().then(fly);
        let or_flown = |closed: Option<Figure>, of: fn(&Prediction) -> &Figure| {
            let flown = || of(flown.as_ref().expect("what is missing was flown")).clone();
            closed.unwrap_or_else(flown)
        };
        let mean = or_flown(self.mean, |flown| &flown.mean);
        Prediction {
            p50: or_flown(self.p50, |flown| &flown.p50),
            p99: or_flown(self.p99, |flown| &flown.p99),
            work: match self.work {
                Work::Busy(members) => busy(&mean, members),
                Work::Known(work) => work,
                Work::Unknown => or_flown(None, |flown| &flown.work),
            },
            failure: or_flown(self.failure, |flown| &flown.failure),
            mean,
        }
    }

    fn is_incomplete(&self) -> bool {
        let figures = [&self.mean, &self.p50, &self.p99, &self.failure];
        matches!(self.work, Work::Unknown) || figures.iter().any(|figure| figure.is_none())
    }
}

/// Whether the workflows that land take as long as if no attempt could fail: fork-join's only land
/// if none did.
fn is_as_if_nothing_failed(question: &Question) -> bool {
    let is_never_tried_again = match question.policy.kind {
        flight::Policy::Flight => false,
        flight::Policy::ForkJoin => structure::has_no_retries(&question.manifest),
    };
    question.fault == 0.0 || (is_never_tried_again && question.fault < 1.0)
}

/// Whether no attempt ever waits for a slot of its node.
fn waits_for_no_slot(question: &Question) -> bool {
    let Some(node_slots) = question.node_slots else {
        return true;
    };
    let functions = question.manifest.functions();
    let weights = functions
        .iter()
        .map(|function| function.slots_weight.max(1));
    let heaviest = usize::from(weights.max().expect("a manifest has a function"));
    let at_once = match question.policy.kind {
        flight::Policy::Flight => functions.len().min(usize::from(question.slots)),
        flight::Policy::ForkJoin => functions.len().div_ceil(usize::from(question.policy.size)),
    };
    // What runs alone gets its slots, however heavy it is.
    at_once == 1 || at_once * heaviest <= usize::from(node_slots)
}

/// The distribution of the time, if that is known.
fn law(question: &Question) -> Option<Law> {
    let services = &question.services;
    if let Some(racing) = in_turn(question) {
        return one_after_the_other(services, racing);
    }
    if let Some(racing) = at_once(question) {
        return slowest(services, racing);
    }
    let is_raced_without_loss = question.policy.kind == flight::Policy::Flight
        && question.slots == 1
        && structure::is_idempotent(&question.manifest);
    is_raced_without_loss.then(|| raced(services, question.policy.size))?
}

/// Whether one function runs after the other, and then how many members race for each.
fn in_turn(question: &Question) -> Option<u16> {
    let manifest = &question.manifest;
    let is_sequence = structure::is_sequence(manifest);
    match question.policy.kind {
        flight::Policy::ForkJoin => is_sequence.then_some(1),
        flight::Policy::Flight if !structure::is_idempotent(manifest) => None,
        flight::Policy::Flight => {
            let is_alone = question.policy.size == 1 && question.slots == 1;
            (is_sequence || is_alone).then_some(question.policy.size)
        }
    }
}

/// Whether all functions run from the beginning on, and then how many members race for each.
fn at_once(question: &Question) -> Option<u16> {
    let manifest = &question.manifest;
    let is_independent = structure::is_independent(manifest);
    match question.policy.kind {
        flight::Policy::ForkJoin => is_independent.then_some(1),
        flight::Policy::Flight => {
            let has_slots = usize::from(question.slots) >= manifest.len();
            let all_race = is_independent && has_slots && structure::is_idempotent(manifest);
            all_race.then_some(question.policy.size)
        }
    }
}

/// Whatever the dependencies: a member of one slot always has a function that it can run, if only
/// a copy. Since exponential times have no memory, nothing is lost if it is preempted.
fn raced(services: &[Distribution], size: u16) -> Option<Law> {
    let is_exponential = *services[0].shape() == Shape::Exp;
    (is_exponential && are_alike(services)).then(|| one_after_the_other(services, size))?
}

fn one_after_the_other(services: &[Distribution], racing: u16) -> Option<Law> {
    let first = &services[0];
    let count = services.len() as u32;
    if let (Some(Each::Exponential { mean, constant }), true) =
        (Each::of(first), are_alike(services))
    {
        return Some(Law::Stages {
            count,
            mean: mean / f64::from(racing),
            constant: constant * f64::from(count),
            racing,
        });
    }
    (count == 1).then(|| slowest(services, racing))?
}

fn slowest(services: &[Distribution], racing: u16) -> Option<Law> {
    if let (Some(each), true) = (Each::of(&services[0]), are_alike(services)) {
        let count = services.len() as u32;
        return Some(Law::Slowest {
            count,
            each,
            racing,
        });
    }
    let mut groups: Vec<(&Distribution, u32)> = Vec::new();
    for service in services {
        match groups.iter_mut().find(|(group, _)| *group == service) {
            Some((_, count)) => *count += 1,
            None => groups.push((service, 1)),
        }
    }
    let groups = groups.into_iter().map(|(service, count)| {
        let steps = Steps::of(service)?;
        Some((steps.fastest(racing), count))
    });
    Some(Law::Steps {
        steps: Steps::slowest(&groups.collect::<Option<Vec<_>>>()?),
        formula: if racing == 1 {
            "P(T <= t) = the product of F_k(t), summed over its steps"
        } else {
            "P(T <= t) = the product of 1 - (1 - F_k(t))^N, summed over its steps"
        },
    })
}

fn are_alike(services: &[Distribution]) -> bool {
    services.windows(2).all(|pair| pair[0] == pair[1])
}

/// The sum of the means of the fastest of so many attempts at each function, in seconds.
fn sum_of_fastest(question: &Question, racing: u16) -> Option<f64> {
    let services = question.services.iter();
    services
        .map(|service| mean_of_fastest(service, racing))
        .sum()
}

fn mean_of_fastest(service: &Distribution, racing: u16) -> Option<f64> {
    if racing == 1 {
        return Some(service.mean().as_secs_f64());
    }
    if let Some(each) = Each::of(service) {
        return Some(each.fastest(racing).mean_of_slowest(1));
    }
    Some(Steps::of(service)?.fastest(racing).mean())
}

fn work(question: &Question) -> Work {
    if question.fault > 0.0 {
        return Work::Unknown;
    }
    if question.policy.kind == flight::Policy::ForkJoin {
        let mean = sum_of_fastest(question, 1).expect("every distribution has a mean");
        return Work::Known(Figure::exact(mean, "the sum of the means", LINEARITY));
    }
    let is_ideal = question.delay.is_zero() && waits_for_no_slot(question);
    if !is_ideal || !structure::is_idempotent(&question.manifest) {
        return Work::Unknown;
    }
    if let Some(racing) = at_once(question)
        && let Some(mean) = sum_of_fastest(question, racing)
    {
        let formula = "N times the sum over functions of the mean of the fastest attempt";
        let work = f64::from(racing) * mean;
        return Work::Known(Figure::exact(work, formula, LINEARITY));
    }
    let is_busy = question.slots == 1 || structure::is_sequence(&question.manifest);
    if is_busy {
        Work::Busy(question.policy.size)
    } else {
        Work::Unknown
    }
}

/// The work of members that are busy to the end.
fn busy(mean: &Figure, members: u16) -> Figure {
    let members = f64::from(members);
    match mean.source {
        Source::Closed { .. } => Figure::exact(members * mean.value, "N times the mean", BUSY),
        Source::MonteCarlo { .. } => mean.times(members),
    }
}

fn failure(question: &Question) -> Option<Figure> {
    if question.fault == 0.0 {
        return Some(Figure::exact(0.0, "0", "no attempt fails"));
    }
    // Late news may void a failure, where its inputs turn out not to be the final ones.
    let is_told_at_once = question.delay.is_zero()
        || question.policy.kind == flight::Policy::ForkJoin
        || structure::is_independent(&question.manifest);
    if !is_told_at_once {
        return None;
    }
    let functions = question.manifest.functions().iter();
    let lands = functions.map(|function| 1.0 - question.fault.powf(attempts(question, function)));
    let formula = match question.policy.kind {
        flight::Policy::Flight => "1 - (1 - p^(N(r+1)))^K",
        flight::Policy::ForkJoin => "1 - (1 - p^(r+1))^K",
    };
    Some(Figure::exact(
        1.0 - lands.product::<f64>(),
        formula,
        FAILURES,
    ))
}

/// How many attempts at a function may fail before it has: one where only the leader may try.
fn attempts(question: &Question, function: &Function) -> f64 {
    let each = f64::from(function.retries) + 1.0;
    match question.policy.kind {
        _ if !function.idempotent => 1.0,
        flight::Policy::Flight => f64::from(question.policy.size) * each,
        flight::Policy::ForkJoin => each,
    }
}
