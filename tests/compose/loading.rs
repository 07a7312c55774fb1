//! The load profile: the load test inside the testbed.

use serde_json::Value;

use crate::testbed::Testbed;

/// Fork-join of three independent exponential times takes `1 + 1/2 + 1/3` means, a flight of three
/// takes one (Exton and Read, section 3).
const GAIN: f64 = 11.0 / 6.0;

#[test]
fn the_load_profile_leaves_its_report_and_gains_what_theory_says() {
    let Some(testbed) = Testbed::six_nodes() else {
        return;
    };
    testbed.run(&mut testbed.compose(&["run", "--rm", "load"]));
    let read = |file: &str| {
        let path = testbed.out().join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    };
    assert!(read("report.html").contains("flight:3"));
    let summary: Value = serde_json::from_str(&read("summary.json")).expect("it is JSON");
    let policies = summary["policies"].as_array().expect("a list");
    let of = |name: &str| {
        let mut policies = policies.iter();
        let policy = policies.find(|policy| policy["policy"] == name);
        policy.expect("it was measured")
    };
    let (plain, flight) = (of("fork-join:3"), of("flight:3"));
    for policy in [plain, flight] {
        assert_eq!(policy["failures"]["all"]["count"], 0, "{policy}");
    }
    let mean = |policy: &Value| policy["latency"]["mean_s"]["value"].as_f64();
    let gain = mean(plain).expect("a figure") / mean(flight).expect("a figure");
    eprintln!("gain {gain:.3}, theory {GAIN:.3}");
    assert!(
        (gain / GAIN - 1.0).abs() < 0.1,
        "gain {gain}, theory {GAIN}"
    );
    testbed.down();
}
