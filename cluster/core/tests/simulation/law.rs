//! What theory says of flights and fork-join, measured.
//!
//! With attempts that take independent, exponentially distributed times of mean m, N members race
//! without loss: a flight finishes functions at the rate N/m. With failures that are independent, a
//! function fails only if all N attempts do.

use raptor_core::flight::{Flight, Policy, Verdict};
use raptor_core::manifest::Manifest;

use crate::history::History;
use crate::plan::{Plan, Service};
use crate::world::World;

/// One second: links of one microsecond are nothing beside it.
const MEAN_MICROS: u64 = 1_000_000;

/// Flights per mean. Of the mean of K exponential stages, as of their maximum, the standard error
/// is below 0.75 / sqrt(this): 2 % are about four of them.
const FLIGHTS: u64 = 20_000;

/// How far a measured mean may be from the law.
const TOLERANCE: f64 = 0.02;

fn independent(functions: usize, members: u16) -> Manifest {
    Manifest::from_depends(&vec![&[][..]; functions]).with_flight_size(members)
}

fn sequence(functions: usize, members: u16) -> Manifest {
    let depends: Vec<Vec<usize>> = (0..functions)
        .map(|at| (at.saturating_sub(1)..at).collect())
        .collect();
    let depends: Vec<&[usize]> = depends.iter().map(Vec::as_slice).collect();
    Manifest::from_depends(&depends).with_flight_size(members)
}

/// When a flight settles, and whether it landed.
fn fly(plan: Plan) -> (u64, bool) {
    let flown = World::<Flight>::new(plan, History::default()).fly();
    let settled = flown
        .outcome
        .unwrap_or_else(|violation| panic!("{violation}"));
    let (at, verdict) = settled.expect("nobody is killed");
    (at, matches!(verdict, Verdict::Landed { .. }))
}

/// The mean length of flights, in means of an attempt.
fn mean_length(manifest: &Manifest, policy: Policy) -> f64 {
    let total: u64 = (0..FLIGHTS)
        .map(|seed| {
            let service = Service::Exponential { mean: MEAN_MICROS };
            let (length, landed) = fly(Plan::ideal(seed, manifest.clone(), policy, service));
            assert!(landed, "nothing fails");
            length
        })
        .sum();
    total as f64 / FLIGHTS as f64 / MEAN_MICROS as f64
}

fn assert_near(what: &str, measured: f64, law: f64) {
    println!("{what}: {measured:.4}, the law says {law:.4}");
    let off = (measured / law - 1.0).abs();
    assert!(
        off <= TOLERANCE,
        "{what}: {measured:.4} is {off:.4} off {law:.4}"
    );
}

/// 1 + 1/2 + ... + 1/n
fn harmonic(n: u16) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

fn assert_law_of_independent(size: u16) {
    let manifest = independent(usize::from(size), size);
    let flight = mean_length(&manifest, Policy::Flight);
    let fork_join = mean_length(&manifest, Policy::ForkJoin);
    assert_near(&format!("a flight of {size} over {size}"), flight, 1.0);
    assert_near(&format!("fork-join of {size}"), fork_join, harmonic(size));
    assert_near(
        &format!("fork-join of {size} to a flight"),
        fork_join / flight,
        harmonic(size),
    );
}

#[test]
fn two_members_over_two_functions_take_two_thirds_of_fork_join() {
    assert_law_of_independent(2);
}

#[test]
fn three_members_over_three_functions_take_six_elevenths_of_fork_join() {
    assert_law_of_independent(3);
}

#[test]
fn four_members_over_four_functions_take_twelve_twentyfifths_of_fork_join() {
    assert_law_of_independent(4);
}

#[test]
fn a_sequence_takes_an_nth_of_its_length_in_a_flight_of_n() {
    const FUNCTIONS: u16 = 3;
    for size in 1..=4 {
        let measured = mean_length(&sequence(usize::from(FUNCTIONS), size), Policy::Flight);
        let law = f64::from(FUNCTIONS) / f64::from(size);
        assert_near(
            &format!("a flight of {size} over a sequence of {FUNCTIONS}"),
            measured,
            law,
        );
    }
}

#[test]
fn a_flight_fails_if_all_attempts_at_one_function_do() {
    const FAILING_FLIGHTS: u64 = 6_000;
    for (per_mille, functions, size) in [(300, 1, 1), (300, 3, 2), (500, 2, 3), (500, 4, 4)] {
        let failed = (0..FAILING_FLIGHTS).filter(|seed| {
            let service = Service::Exponential { mean: MEAN_MICROS };
            let manifest = independent(functions, size);
            let mut plan = Plan::ideal(*seed, manifest, Policy::Flight, service);
            plan.work.fault_per_mille = per_mille;
            !fly(plan).1
        });
        let failed = failed.count() as f64;
        let fault = per_mille as f64 / 1_000.0;
        let law = 1.0 - (1.0 - fault.powi(i32::from(size))).powi(functions as i32);
        let count = FAILING_FLIGHTS as f64;
        // 99.9 % of a normal distribution lie within so many standard deviations.
        let bound = 3.29 * (count * law * (1.0 - law)).sqrt();
        println!(
            "{functions} functions, {size} members, p = {fault}: {} fail, the law says {law:.4}",
            failed / count
        );
        assert!(
            (failed - count * law).abs() <= bound,
            "{functions} functions, {size} members: {failed} of {count} fail, not {law:.4} of them"
        );
    }
}

#[test]
fn constant_lengths_gain_nothing_from_racing() {
    let constant = |policy| {
        fly(Plan::ideal(
            0,
            independent(4, 2),
            policy,
            Service::Constant(MEAN_MICROS),
        ))
        .0
    };
    let (flight, fork_join) = (constant(Policy::Flight), constant(Policy::ForkJoin));
    assert!(flight > fork_join, "one slot: {flight} beside {fork_join}");
}
