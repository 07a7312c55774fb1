//! What has a closed form is flown as well.

use super::*;

/// A table's row of dependencies.
type Rows<'a> = &'a [&'a [usize]];

fn question(rows: Rows, service: &str, policy: &str) -> Question {
    let manifest = Arc::new(Manifest::from_depends(rows));
    let service: Distribution = service.parse().unwrap();
    Question {
        services: vec![service; manifest.len()],
        manifest,
        policy: policy.parse().unwrap(),
        slots: 1,
        node_slots: None,
        fault: 0.0,
        delay: Duration::ZERO,
    }
}

const SEQUENCE: Rows = &[&[], &[0], &[1]];
const DIAMOND: Rows = &[&[], &[0], &[0], &[1, 2]];
const INDEPENDENT: Rows = &[&[], &[], &[]];

const FLIGHTS: u32 = 4_000;

/// How many standard errors a figure may be off: more are seen once in 16,000 times.
const ERRORS: f64 = 4.0;

/// Checks whatever has a closed form against flights.
fn assert_flown(question: &Question) {
    let predicted = predict(question, FLIGHTS, 1);
    let flown = monte_carlo::fly(question, FLIGHTS, 2);
    let pairs = [
        ("mean", &predicted.mean, &flown.mean),
        ("p50", &predicted.p50, &flown.p50),
        ("p99", &predicted.p99, &flown.p99),
        ("work", &predicted.work, &flown.work),
        ("failure", &predicted.failure, &flown.failure),
    ];
    for (name, predicted, flown) in pairs {
        let off = (predicted.value - flown.value).abs();
        // The machines count microseconds: every step of a flight may be off by one.
        let allowed = ERRORS * predicted.error.hypot(flown.error) + 1e-5;
        assert!(
            off <= allowed,
            "{name} of {question:?}: {predicted:?}, flown {flown:?}"
        );
    }
}

fn is_closed(figure: &Figure) -> bool {
    matches!(figure.source, Source::Closed { .. })
}

/// Every figure is in closed form, and flights agree with it.
fn assert_closed(question: &Question) -> Prediction {
    let Prediction {
        mean,
        p50,
        p99,
        work,
        failure,
    } = predict(question, 1, 1);
    for figure in [&mean, &p50, &p99, &work, &failure] {
        assert!(is_closed(figure), "{question:?}: {figure:?}");
    }
    assert_flown(question);
    predict(question, 1, 1)
}

fn assert_near(value: f64, expected: f64) {
    assert!((value / expected - 1.0).abs() < 1e-6, "{value} {expected}");
}

#[test]
fn fork_join_of_exponential_functions_takes_a_harmonic_number_of_means() {
    let said = assert_closed(&question(INDEPENDENT, "exp mean=200ms", "fork-join:3"));
    assert_near(said.mean.value, 0.2 * (1.0 + 0.5 + 1.0 / 3.0));
    assert_near(said.p50.value, -0.2 * (1.0 - 0.5_f64.cbrt()).ln());
    assert_near(said.p99.value, -0.2 * (1.0 - 0.99_f64.cbrt()).ln());
    assert_near(said.work.value, 0.6);
}

#[test]
fn flights_of_exponential_functions_take_k_by_n_means_whatever_the_dependencies() {
    for rows in [INDEPENDENT, SEQUENCE, DIAMOND] {
        for size in [1, 2, 3, 5] {
            let policy = format!("flight:{size}");
            let said = assert_closed(&question(rows, "exp mean=200ms", &policy));
            assert_near(said.mean.value, 0.2 * rows.len() as f64 / f64::from(size));
            assert_near(said.work.value, 0.2 * rows.len() as f64);
        }
    }
}

#[test]
fn a_sequence_of_exponential_functions_is_an_erlang_distribution() {
    for policy in ["fork-join:2", "flight:1"] {
        let said = assert_closed(&question(SEQUENCE, "exp mean=1s", policy));
        // NIST's tables of chi-squared: 6 degrees of freedom, twice the time.
        assert!((2.0 * said.p50.value - 5.348).abs() < 0.001, "{said:?}");
        assert!((2.0 * said.p99.value - 16.812).abs() < 0.001, "{said:?}");
    }
}

#[test]
fn the_slowest_of_several_has_a_closed_form_for_most_distributions() {
    for service in [
        "const mean=200ms",
        "shifted-exp mean=200ms constant=0.3",
        "uniform mean=200ms spread=0.5",
        "pareto mean=200ms shape=4.5",
        "bimodal mean=200ms slow=0.1 factor=10",
    ] {
        assert_closed(&question(INDEPENDENT, service, "fork-join:3"));
    }
}

#[test]
fn with_a_slot_for_each_function_all_members_race_for_all() {
    for service in [
        "exp mean=200ms",
        "const mean=200ms",
        "shifted-exp mean=200ms constant=0.3",
        "uniform mean=200ms spread=0.5",
        "pareto mean=200ms shape=4.5",
        "bimodal mean=200ms slow=0.1 factor=10",
    ] {
        let mut question = question(INDEPENDENT, service, "flight:2");
        question.slots = 3;
        assert_closed(&question);
    }
}

#[test]
fn what_was_measured_is_summed_over_its_steps() {
    let samples = [40, 90, 100, 130, 250, 700].map(Duration::from_millis);
    let mut measured = question(INDEPENDENT, "const mean=1s", "fork-join:3");
    let service = Distribution::empirical(samples);
    measured.services = vec![service.clone(), service, "const mean=90ms".parse().unwrap()];
    let said = assert_closed(&measured);
    // The slower of two draws is the k-th with (2k-1)/36; none is under 90 ms.
    let expected = [90.0, 90.0, 100.0, 130.0, 250.0, 700.0]
        .iter()
        .zip([1.0, 3.0, 5.0, 7.0, 9.0, 11.0])
        .map(|(time, times)| time / 1e3 * times / 36.0)
        .sum();
    assert_near(said.mean.value, expected);
    assert_eq!(said.p50.value, 0.25);
    measured.policy = "flight:2".parse().unwrap();
    measured.slots = 3;
    assert_closed(&measured);
}

#[test]
fn a_sequence_has_the_sum_of_the_means_whatever_their_distributions() {
    for (policy, expected) in [("fork-join:3", 1.2), ("flight:1", 1.2)] {
        let mut mixed = question(SEQUENCE, "lognormal mean=200ms cv=1", policy);
        mixed.services[1] = "exp mean=800ms".parse().unwrap();
        let said = predict(&mixed, 100, 1);
        assert_near(said.mean.value, expected);
        assert!(is_closed(&said.mean) && !is_closed(&said.p99));
        assert_flown(&mixed);
    }
    let mut raced = question(SEQUENCE, "uniform mean=300ms", "flight:2");
    raced.services[1] = "exp mean=800ms".parse().unwrap();
    let said = predict(&raced, 100, 1);
    assert_near(said.mean.value, 0.2 + 0.4 + 0.2);
    assert_near(said.work.value, 1.6);
    assert_flown(&raced);
}

#[test]
fn failures_are_as_rare_as_all_attempts_failing() {
    for (policy, fault, retries, expected) in [
        ("fork-join:3", 0.1, 0, 1.0 - 0.9_f64.powi(3)),
        ("fork-join:3", 0.5, 1, 1.0 - 0.75_f64.powi(3)),
        ("flight:2", 0.3, 0, 1.0 - 0.91_f64.powi(3)),
        ("flight:2", 0.6, 1, 1.0 - (1.0 - 0.6_f64.powi(4)).powi(3)),
    ] {
        for rows in [INDEPENDENT, SEQUENCE] {
            let mut failing = question(rows, "exp mean=200ms", policy);
            failing.fault = fault;
            let mut manifest = Manifest::clone(&failing.manifest);
            for function in manifest.indices() {
                manifest = manifest.with_function(function, |it| it.retries = retries);
            }
            failing.manifest = Arc::new(manifest);
            let said = predict(&failing, 100, 1);
            assert_near(said.failure.value, expected);
            assert!(is_closed(&said.failure), "{failing:?}");
            assert_flown(&failing);
        }
    }
}

#[test]
fn what_only_the_leader_may_run_fails_if_its_one_attempt_does() {
    let mut lone = question(INDEPENDENT, "exp mean=200ms", "flight:3");
    lone.fault = 0.3;
    let manifest = Manifest::clone(&lone.manifest);
    let first = raptor_core::FunctionIndex(0);
    let manifest = manifest.with_function(first, |it| {
        it.idempotent = false;
        it.retries = 3;
    });
    lone.manifest = Arc::new(manifest);
    let said = predict(&lone, FLIGHTS, 1);
    assert_near(
        said.failure.value,
        1.0 - 0.7 * (1.0 - 0.3_f64.powi(3)).powi(2),
    );
    assert!(!is_closed(&said.mean), "the others may have nothing to run");
    assert_flown(&lone);
}

#[test]
fn fork_join_lands_as_if_nothing_could_fail_where_nothing_is_tried_again() {
    let sure = question(INDEPENDENT, "exp mean=200ms", "fork-join:3");
    let mut failing = sure.clone();
    failing.fault = 0.2;
    let said = predict(&failing, FLIGHTS, 1);
    assert_eq!(said.mean, predict(&sure, 1, 1).mean);
    assert!(!is_closed(&said.work), "it stops at the first fault");
    assert_flown(&failing);
}

#[test]
fn where_everything_fails_no_time_is_told() {
    for policy in ["fork-join:3", "flight:3"] {
        let mut hopeless = question(INDEPENDENT, "exp mean=200ms", policy);
        hopeless.fault = 1.0;
        let said = predict(&hopeless, 100, 1);
        assert_eq!(said.failure.value, 1.0);
        assert!(said.mean.value.is_nan() && said.p99.value.is_nan());
        assert!(said.work.value > 0.0);
    }
}

#[test]
fn delays_and_timeouts_are_flown() {
    let mut delayed = question(INDEPENDENT, "exp mean=200ms", "flight:3");
    delayed.delay = Duration::from_millis(10);
    let said = predict(&delayed, FLIGHTS, 1);
    assert!(!is_closed(&said.mean) && said.mean.value > 0.2);
    let first = raptor_core::FunctionIndex(0);
    let mut timed = question(&[&[]], "const mean=200ms", "fork-join:1");
    let manifest = Manifest::clone(&timed.manifest);
    let timeout = Some(Duration::from_millis(100));
    let manifest = manifest.with_function(first, |it| it.timeout = timeout);
    timed.manifest = Arc::new(manifest);
    let said = predict(&timed, 100, 1);
    assert_eq!(said.failure.value, 1.0);
    assert_near(said.work.value, 0.1);
}

#[test]
fn the_same_seed_gives_the_same_prediction() {
    let heavy = question(DIAMOND, "pareto mean=200ms", "flight:2");
    assert_eq!(predict(&heavy, 500, 1), predict(&heavy, 500, 1));
    assert_ne!(predict(&heavy, 500, 1), predict(&heavy, 500, 2));
}

#[test]
fn constant_times_gain_nothing_from_racing() {
    let rows: Rows = &[&[], &[], &[], &[]];
    let flight = predict(&question(rows, "const mean=1s", "flight:2"), 100, 1);
    let fork_join = predict(&question(rows, "const mean=1s", "fork-join:2"), 100, 1);
    assert_eq!((flight.mean.value, fork_join.mean.value), (2.0, 1.0));
    let (ratio, error) = flight.mean.ratio_to(&fork_join.mean);
    assert_eq!((ratio, error), (2.0, 0.0));
}

#[test]
fn standard_errors_are_as_large_as_figures_are_wrong() {
    const SEEDS: u64 = 40;
    let known = question(&[&[]], "exp mean=200ms", "fork-join:1");
    let truth = predict(&known, 1, 1);
    let figures: [fn(&Prediction) -> &Figure; 4] =
        [|it| &it.mean, |it| &it.p50, |it| &it.p99, |it| &it.work];
    let flown: Vec<_> = (0..SEEDS)
        .map(|seed| monte_carlo::fly(&known, 1_000, seed))
        .collect();
    for (which, figure) in figures.into_iter().enumerate() {
        let errors = flown.iter().map(|flown| {
            let off = figure(flown).value - figure(&truth).value;
            (off / figure(flown).error).powi(2)
        });
        let mean_square = errors.sum::<f64>() / SEEDS as f64;
        // Of 40 squares of normal variates the mean is 1, with a deviation of 0.22; of errors that
        // are themselves estimated somewhat more.
        assert!((0.3..1.9).contains(&mean_square), "{which}: {mean_square}");
    }
}

#[test]
fn attempts_that_find_no_free_slot_of_their_node_wait_for_one() {
    // Two nodes of one slot share three functions: one of them runs two, one after the other.
    let mut question = question(INDEPENDENT, "const mean=100ms", "fork-join:2");
    let free = predict(&question, FLIGHTS, 1);
    question.node_slots = Some(1);
    let taken = predict(&question, FLIGHTS, 1);
    let mean = |prediction: &Prediction| (prediction.mean.value * 1e3).round();
    assert_eq!((mean(&free), mean(&taken)), (100.0, 200.0));
    assert_eq!(taken.work, free.work);
    // A slot for each is as good as no limit.
    question.node_slots = Some(2);
    assert_eq!(predict(&question, FLIGHTS, 1), free);
}

#[test]
fn a_member_runs_no_more_at_once_than_its_node_does() {
    let mut question = question(INDEPENDENT, "exp mean=100ms", "flight:1");
    (question.slots, question.node_slots) = (3, Some(1));
    let narrow = predict(&question, FLIGHTS, 1);
    question.slots = 1;
    let known = predict(&question, FLIGHTS, 1);
    let off = (narrow.mean.value - known.mean.value).abs();
    assert!(off <= ERRORS * narrow.mean.error, "{narrow:?} {known:?}");
}
