use super::*;
use crate::simulate::cluster::tally::State;

fn cell(policy: &str, load: f64, mean: Option<f64>) -> Cell {
    let gauge = |value| Gauge {
        value,
        error: 0.001 * value,
    };
    let mean_or_not = mean.unwrap_or(f64::NAN);
    Cell {
        policy: policy.parse().unwrap(),
        load,
        summary: Some(Summary {
            state: mean.map_or(State::Overloaded, |_| State::Steady),
            relaxations: 100.0,
            workflows: 100,
            failed: 0,
            mean: gauge(mean_or_not),
            p50: gauge(mean_or_not),
            p99: gauge(2.0 * mean_or_not),
            wait: gauge(0.0),
            work: 1.0,
            attempts: 1.0,
            utilisation: load,
        }),
    }
}

/// What is said of the means of a flight beside a fork-join that takes `1 + load`.
fn said(means: [Option<f64>; 3]) -> String {
    let loads = [0.2, 0.4, 0.6];
    let base = loads.map(|load| cell("fork-join", load, Some(1.0 + load)));
    let flight = loads.into_iter().zip(means);
    let flight = flight.map(|(load, mean)| cell("flight:3", load, mean));
    let cells: Vec<_> = base.into_iter().chain(flight).collect();
    let payoffs = payoffs(&cells, &[Scheduler::ForkJoin]);
    assert_eq!(payoffs.len(), 2);
    payoffs[0].to_string()
}

#[test]
fn the_load_at_which_two_lines_cross_is_told() {
    let crossed = said([Some(0.6), Some(1.0), Some(1.6 * 1.4)]);
    assert_eq!(
        crossed,
        "flight:3 is not measurably slower than fork-join on average up to load 0.50"
    );
}

#[test]
fn what_is_overloaded_has_no_time_to_compare() {
    let between = said([Some(0.6), Some(1.0), None]);
    assert!(
        between.contains("up to load 0.40, and overloaded at 0.60"),
        "{between}"
    );
    let slower = said([Some(0.6), Some(2.0), None]);
    assert!(slower.contains(", and overloaded from 0.60 on"), "{slower}");
    let never = said([None, None, None]);
    assert!(
        never.contains("at every load, and overloaded from 0.20"),
        "{never}"
    );
}

#[test]
fn what_is_always_or_never_faster_is_said_to_be() {
    let always = said([Some(0.6), Some(1.0), Some(1.5)]);
    assert_eq!(
        always,
        "flight:3 is not measurably slower than fork-join on average at any load"
    );
    let never = said([Some(1.3), Some(1.5), Some(1.7)]);
    assert_eq!(
        never,
        "flight:3 is slower than fork-join on average at every load"
    );
    let mixed = said([Some(1.5), Some(1.0), Some(1.5)]);
    assert!(mixed.ends_with("at any load, except at 0.20"), "{mixed}");
    // Within noise.
    let equal = said([Some(1.2), Some(1.401), Some(1.6)]);
    assert_eq!(equal, always);
}

#[test]
fn what_reached_no_balance_is_not_judged() {
    let loads = [0.2, 0.4, 0.6];
    let base = loads.map(|load| cell("fork-join", load, Some(1.0)));
    let flight = loads.map(|load| cell("flight:3", load, Some(0.5)));
    for (at, state) in [(2, State::Growing), (5, State::Short)] {
        let mut cells = [base.clone(), flight.clone()].concat();
        cells[at].summary.as_mut().unwrap().state = state;
        let said = payoffs(&cells, &[Scheduler::ForkJoin])[0].to_string();
        assert!(
            said.ends_with("at any load; not judged, since no balance was reached, at 0.60"),
            "{said}"
        );
    }
}

#[test]
fn any_policy_may_be_what_others_are_compared_with() {
    let cells = [
        cell("sparrow:2", 0.5, Some(1.0)),
        cell("flight:3", 0.5, Some(2.0)),
    ];
    let payoffs = payoffs(&cells, &["sparrow:2".parse().unwrap()]);
    assert_eq!(
        payoffs[0].to_string(),
        "flight:3 is slower than sparrow:2 on average at every load"
    );
}

#[test]
fn policies_without_redundancy_and_sweeps_without_fork_join_are_not_judged() {
    let cells = [
        cell("fork-join", 0.5, Some(1.0)),
        cell("sparrow:2", 0.5, Some(1.0)),
    ];
    let base = [Scheduler::ForkJoin];
    assert_eq!(payoffs(&cells, &base), []);
    assert_eq!(payoffs(&[cell("flight:3", 0.5, Some(1.0))], &base), []);
}
