use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use raptor_functions::distribution::{Distribution, Shape};

use super::*;

/// So many that 2 % are at least 2.8 standard errors of every mean below.
const FLIGHTS: u32 = 20_000;

const MEAN: Duration = Duration::from_millis(200);

fn manifest(functions: usize) -> Arc<Manifest> {
    Arc::new(Manifest::from_depends(&vec![&[][..]; functions]))
}

fn chain(functions: usize) -> Arc<Manifest> {
    let depends: Vec<Vec<usize>> = (0..functions)
        .map(|at| at.checked_sub(1).into_iter().collect())
        .collect();
    let rows: Vec<_> = depends.iter().map(Vec::as_slice).collect();
    Arc::new(Manifest::from_depends(&rows))
}

/// The mean time and the mean work, in means of the service time.
fn means(terms: &Terms, shape: Shape) -> (f64, f64) {
    let service = Distribution::new(shape, MEAN);
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut draw = |_, _| Draw {
        service: service.draw(&mut dice),
        is_fault: false,
    };
    let (mut took, mut work) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..FLIGHTS {
        let flown = fly(terms, &mut draw);
        assert!(flown.landed, "nothing failed");
        took += flown.took;
        work += flown.work;
    }
    let in_means = |sum: Duration| sum.as_secs_f64() / f64::from(FLIGHTS) / MEAN.as_secs_f64();
    (in_means(took), in_means(work))
}

fn assert_near(measured: f64, known: f64) {
    assert!(
        (measured / known - 1.0).abs() < 0.02,
        "{measured}, not {known}"
    );
}

#[test]
fn flights_of_exponential_functions_take_k_by_n_and_no_more_work_than_one_copy() {
    for (functions, size) in [(2, 2), (3, 3), (4, 4), (3, 2), (4, 1)] {
        let policy = format!("flight:{size}").parse().unwrap();
        let (took, work) = means(&Terms::new(manifest(functions), policy), Shape::Exp);
        assert_near(took, functions as f64 / f64::from(size));
        assert_near(work, functions as f64);
    }
}

#[test]
fn fork_join_of_exponential_functions_takes_the_harmonic_number() {
    for functions in 1..=4 {
        let policy = format!("fork-join:{functions}").parse().unwrap();
        let (took, work) = means(&Terms::new(manifest(functions), policy), Shape::Exp);
        let harmonic: f64 = (1..=functions).map(|k| 1.0 / k as f64).sum();
        assert_near(took, harmonic);
        assert_near(work, functions as f64);
    }
}

#[test]
fn a_sequence_is_raced_function_by_function() {
    for (policy, known) in [("fork-join:3", 3.0), ("flight:3", 1.0)] {
        let terms = Terms::new(chain(3), policy.parse().unwrap());
        assert_near(means(&terms, Shape::Exp).0, known);
    }
}

#[test]
fn constant_functions_gain_nothing_from_copies() {
    let terms = |policy: &str| Terms::new(manifest(3), policy.parse().unwrap());
    assert_near(means(&terms("flight:3"), Shape::Const).0, 1.0);
    assert_near(means(&terms("flight:2"), Shape::Const).0, 2.0);
    assert_near(means(&terms("fork-join:3"), Shape::Const).0, 1.0);
    // With two slots, each of two members begins two of the three at once.
    let wide = terms("flight:2").with_slots(2);
    assert_near(means(&wide, Shape::Const).0, 1.0);
    assert_near(means(&wide, Shape::Const).1, 4.0);
}

#[test]
fn a_workflow_fails_as_often_as_a_function_fails_on_every_member() {
    let (fault, functions, size) = (0.3, 3, 3);
    let terms = Terms::new(manifest(functions), "flight:3".parse().unwrap());
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut draw = |_, _| Draw {
        service: MEAN,
        is_fault: dice.random_bool(fault),
    };
    let failed = (0..FLIGHTS)
        .filter(|_| !fly(&terms, &mut draw).landed)
        .count();
    let known = 1.0 - (1.0 - fault.powi(size)).powi(functions as i32);
    // Four standard errors of the share.
    let slack = 4.0 * (known * (1.0 - known) / f64::from(FLIGHTS)).sqrt();
    let share = failed as f64 / f64::from(FLIGHTS);
    assert!((share - known).abs() < slack, "{share}, not {known}");
}

#[test]
fn delay_and_stop_lengthen_what_they_should() {
    let terms = Terms::new(manifest(2), "flight:2".parse().unwrap())
        .with_delay(Duration::from_millis(1))
        .with_stop(Duration::from_millis(20));
    // The leader takes 100 ms for each; the follower ends nothing.
    let mut draw = |_, member: MemberIndex| Draw {
        service: if member.leads() { MEAN / 2 } else { 10 * MEAN },
        is_fault: false,
    };
    let flown = fly(&terms, &mut draw);
    assert_eq!(flown.took, MEAN);
    // The follower begins after one delay with the second function, hears of its value one delay
    // after the flight has landed, and then takes as long to stop.
    assert_eq!(flown.work, MEAN + Duration::from_millis(200 - 1 + 1 + 20));
    assert_eq!(flown.attempts, 3);
}

#[test]
fn determined_values_never_contradict_each_other() {
    // Both end the first function at once, within a delay of each other.
    let terms =
        Terms::new(chain(2), "flight:2".parse().unwrap()).with_delay(Duration::from_millis(10));
    let attempts = |values| {
        let terms = terms.clone().with_values(values);
        let mut draw = |function: FunctionIndex, member: MemberIndex| Draw {
            service: MEAN + Duration::from_millis(u64::from(member.0)) * u32::from(function.0),
            is_fault: false,
        };
        fly(&terms, &mut draw).attempts
    };
    assert_eq!(attempts(Values::Determined), 4);
    assert_eq!(attempts(Values::Fresh), 5);
}
