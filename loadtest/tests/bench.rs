//! The program as a script uses it: lines of JSON, and nothing else on standard output.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The lines of a run with few samples.
fn figures(subject: &str) -> Vec<Value> {
    let run = Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["bench", subject, "--n", "3", "--json-only"])
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

fn names(figures: &[Value]) -> BTreeSet<&str> {
    let names = figures.iter().map(|figure| figure["figure"].as_str());
    names.map(|name| name.expect("it has a name")).collect()
}

#[test]
fn every_figure_of_flights_is_a_line_with_all_its_fields() {
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
fn the_transport_is_measured_alone_and_beside_bulk() {
    let expected = [
        "round_trip_beside_bulk_p50",
        "round_trip_beside_bulk_p99",
        "round_trip_p50",
        "round_trip_p99",
    ];
    assert_eq!(names(&figures("transport")), BTreeSet::from(expected));
}
