//! The program as a script uses it: lines of JSON, and nothing else on standard output.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The lines of a run with few samples.
fn figures(subject: &str) -> Vec<Value> {
    figures_with(&[subject, "--n", "3"])
}

/// The lines of a run with these arguments.
fn figures_with(arguments: &[&str]) -> Vec<Value> {
    let run = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["bench", "--json-only"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let complaints = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{complaints}");
    assert_eq!(complaints, "", "no table was wanted");
    let text = String::from_utf8(run.stdout).expect("it is text");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

fn has_python() -> bool {
    let python = Command::new("python3").arg("--version").output();
    raptor_cluster::testing::gate("python", python).is_some()
}

fn names(figures: &[Value]) -> BTreeSet<&str> {
    let names = figures.iter().map(|figure| figure["figure"].as_str());
    names.map(|name| name.expect("it has a name")).collect()
}

#[test]
fn every_figure_of_flights_is_a_line_with_all_its_fields() {
    if !has_python() {
        return;
    }
    let figures = figures("flight");
    let expected = [
        "fork_p50",
        "fork_p99",
        "node_death_max",
        "node_death_p50",
        "noop_flight_n1_k1_p50",
        "noop_flight_n1_k1_p99",
        "noop_flight_n3_k1_p50",
        "noop_flight_n3_k1_p99",
        "preemption_from_last_act_p50",
        "preemption_from_last_act_p99",
        "preemption_p50",
        "preemption_p99",
        "python_cold_p50",
        "python_cold_p99",
        "python_warm_p50",
        "python_warm_p99",
    ];
    assert_eq!(names(&figures), BTreeSet::from(expected));
    for figure in &figures {
        let fields: Vec<_> = figure.as_object().expect("an object").keys().collect();
        let all = ["bench", "figure", "unit", "value", "floor", "ratio", "n"];
        assert_eq!(fields, all, "{figure}");
        assert!(figure["value"].as_f64() > Some(0.0), "{figure}");
        assert!(figure["n"].as_u64() > Some(0), "{figure}");
        let has_floor = !figure["figure"]
            .as_str()
            .unwrap_or_default()
            .starts_with("node_death");
        assert_eq!(figure["ratio"].is_number(), has_floor, "{figure}");
    }
}

#[test]
fn the_transport_is_measured_alone_beside_bulk_and_delayed() {
    let expected = [
        "round_trip_beside_bulk_p50",
        "round_trip_beside_bulk_p99",
        "round_trip_delayed_1000us_p50",
        "round_trip_delayed_1000us_p99",
        "round_trip_delayed_300us_p50",
        "round_trip_delayed_300us_p99",
        "round_trip_p50",
        "round_trip_p99",
    ];
    assert_eq!(names(&figures("transport")), BTreeSet::from(expected));
}

/// Few and short turns.
const QUICK: [&str; 5] = ["messaging", "--rounds", "2", "--seconds", "0.02"];

fn messaging(more: &[&str]) -> Vec<Value> {
    figures_with(&[&QUICK, more].concat())
}

#[test]
fn messages_are_measured_beside_both_floors_in_both_settings() {
    let figures = messaging(&["--only", "ask"]);
    let expected = ["ask_rtt_p50", "ask_rtt_p99", "asks_in_flight_64"];
    assert_eq!(names(&figures), BTreeSet::from(expected));
    let settings = figures.iter().map(|figure| figure["setting"].as_str());
    assert_eq!(settings.collect::<BTreeSet<_>>().len(), 2);
    for figure in &figures {
        for field in ["value", "floor", "ratio", "stack", "stack_ratio"] {
            assert!(figure[field].as_f64() > Some(0.0), "{field} of {figure}");
        }
        assert_eq!(figure["aim"].is_null(), figure["met"].is_null(), "{figure}");
    }
}

#[test]
fn tells_and_bulk_arrive_whole() {
    // A message that was taken and lost would end the run.
    let mut figures = messaging(&["--setting", "pinned", "--only", "tells"]);
    figures.extend(messaging(&["--setting", "pinned", "--only", "bulk"]));
    assert_eq!(names(&figures), BTreeSet::from(["tells", "bulk_64k"]));
}

#[test]
fn the_death_of_a_node_is_noticed_and_resolves_what_it_was_asked() {
    let figures = messaging(&["--setting", "free", "--only", "killed"]);
    let expected = ["killed_ask_resolved", "killed_noticed"];
    assert_eq!(names(&figures), BTreeSet::from(expected));
    for figure in &figures {
        assert_eq!(figure["unit"], "ms");
        assert_eq!(figure["met"], true, "{figure}");
    }
}

#[test]
fn the_runtime_is_measured_beside_its_launcher_and_flies() {
    if !has_python() {
        return;
    }
    let expected = [
        "cold_start_p50",
        "cold_start_p99",
        "flight_of_2_equal_first_p50",
        "flight_of_2_equal_first_p99",
        "flight_of_2_equal_p50",
        "flight_of_2_equal_p99",
        "flight_of_2_slow_leader_p50",
        "flight_of_2_slow_leader_p99",
        "warm_run_less_connection_p50",
        "warm_run_less_connection_p99",
        "warm_run_p50",
        "warm_run_p99",
    ];
    assert_eq!(names(&figures("runtime")), BTreeSet::from(expected));
}

#[test]
fn the_harness_is_judged_by_its_own_figures() {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if processors < 2 {
        eprintln!("skipped: harness and stub need a processor each");
        return;
    }
    let run = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["bench", "harness", "--json-only", "--n", "10"])
        .args(["--rate", "50", "--seconds", "0.5"])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let complaints = String::from_utf8_lossy(&run.stderr);
    let text = String::from_utf8(run.stdout).expect("it is text");
    let parsed = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    let figures: Vec<Value> = parsed.collect();
    let expected = [
        "lateness_max",
        "lateness_p50",
        "lateness_p99",
        "latency_at_rate_max",
        "latency_at_rate_p50",
        "latency_at_rate_p99",
        "processor_time_per_request",
        "request_p50",
        "request_p99",
    ];
    assert_eq!(names(&figures), BTreeSet::from(expected), "{complaints}");
    let value_of = |name: &str| {
        let figure = figures.iter().find(|figure| figure["figure"] == name);
        figure.and_then(|figure| figure["value"].as_f64())
    };
    assert!(value_of("processor_time_per_request") > Some(0.0));
    // On a machine that does much else it may be late; then it must say so.
    let is_in_time = value_of("lateness_p99") <= Some(2000.0);
    assert_eq!(run.status.success(), is_in_time, "{complaints}");
    assert_eq!(complaints.contains("sustain 50 requests/s"), !is_in_time);
}

#[test]
fn the_harness_is_not_measured_without_bounds() {
    let words = "bench harness --rate 100000 --seconds 60";
    let mut run = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    let refused = run.args(words.split(' ')).output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("lower --rate or --seconds"),
        "{said}"
    );
}
