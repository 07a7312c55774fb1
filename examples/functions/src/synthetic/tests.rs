use serde_json::{Map, Value, json};

use super::*;

fn flags() -> Synthetic {
    Synthetic {
        service: "const mean=2ms".parse().unwrap(),
        fault: 0.0,
        spin: false,
        seed: None,
    }
}

fn params(value: Value) -> Params {
    let object: Map<String, Value> = serde_json::from_value(value).unwrap();
    Params::from(object)
}

fn refusal(value: Value) -> String {
    flags().run(&params(value)).unwrap_err().to_string()
}

#[test]
fn it_sleeps_at_least_as_long_as_it_drew() {
    let worked = flags().run(&Params::default()).unwrap();
    assert_eq!(worked.drawn_us, 2_000);
    assert!(worked.took_us >= 2_000, "{worked:?}");
    assert_eq!(json!(worked)["pace"], "sleep");
    assert_eq!(worked.service, "const mean=2ms");
}

#[test]
fn spinning_uses_a_processor_for_that_time() {
    let before = pace::used();
    let worked = flags().run(&params(json!({ "spin": true }))).unwrap();
    assert!(pace::used() - before >= Duration::from_millis(2));
    assert_eq!(worked.pace, Pace::Spin);
}

#[test]
fn sleeping_leaves_the_processor_to_others() {
    let before = pace::used();
    let long = params(json!({ "service": "const mean=50ms" }));
    assert!(flags().run(&long).unwrap().took_us >= 50_000);
    assert!(pace::used() - before < Duration::from_millis(50));
}

#[test]
fn a_fault_takes_its_time_and_says_that_it_was_asked_for() {
    let start = Instant::now();
    assert_eq!(
        refusal(json!({ "fault": 1 })),
        "succeed: it was asked to fail, with probability 1"
    );
    assert!(start.elapsed() >= Duration::from_millis(2));
}

#[test]
fn parameters_override_all_flags() {
    let asked = json!({ "service": "exp mean=3s", "fault": 0.25, "spin": true, "seed": 7 });
    let with = flags().with(&params(asked)).unwrap();
    assert_eq!(with.service, "exp mean=3s".parse().unwrap());
    assert_eq!((with.fault, with.spin, with.seed), (0.25, true, Some(7)));
    let with = with.with(&params(json!({ "spin": false }))).unwrap();
    assert_eq!((with.fault, with.spin, with.seed), (0.25, false, Some(7)));
}

#[test]
fn the_same_seed_draws_the_same_and_another_another() {
    let drawn = |seed: u64| {
        let asked = params(json!({ "service": "exp mean=1ms", "seed": seed }));
        flags().run(&asked).unwrap().drawn_us
    };
    assert_eq!(drawn(7), drawn(7));
    assert_ne!(drawn(7), drawn(8));
}

#[test]
fn unusable_parameters_are_named_and_take_no_time() {
    assert_eq!(
        refusal(json!({ "fault": 1.5 })),
        "use the parameter \"fault\": 1.5 is no probability: give it from 0 to 1"
    );
    let text = refusal(json!({ "service": "exp" }));
    let begin = "use the parameter \"service\": read the distribution \"exp\": it needs its mean";
    assert!(text.starts_with(begin), "{text}");
    for (key, value) in [
        ("spin", json!(1)),
        ("seed", json!(-1)),
        ("fault", json!("a")),
    ] {
        let text = refusal(json!({ key: value }));
        assert!(
            text.starts_with(&format!("use the parameter {key:?}: ")),
            "{text}"
        );
    }
}

#[test]
fn probabilities_that_are_none_are_refused() {
    assert_eq!(read_probability("0.1"), Ok(0.1));
    let refused = |text| read_probability(text).unwrap_err();
    assert_eq!(refused("ten"), "\"ten\" is no number such as 0.1");
    for text in ["-0.1", "1.1", "NaN", "inf"] {
        assert!(refused(text).contains("give it from 0 to 1"), "{text}");
    }
}
