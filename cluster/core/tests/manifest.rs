//! Manifests parse or are refused; what parses is in order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use raptor_core::manifest::Manifest;
use raptor_core::{FunctionIndex, Value};
use serde_json::{Value as Json, json};

/// For each function, functions that stand before it in some order of all.
fn rows() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (1_usize..24).prop_flat_map(|count| {
        let row = |at: usize| proptest::sample::subsequence((0..at).collect::<Vec<_>>(), 0..=at);
        (0..count).map(row).collect::<Vec<_>>()
    })
}

/// A DAG and the places of its functions in the file: dependencies may stand behind.
fn shuffled_rows() -> impl Strategy<Value = (Vec<Vec<usize>>, Vec<usize>)> {
    rows().prop_flat_map(|rows| {
        let places: Vec<usize> = (0..rows.len()).collect();
        (Just(rows), Just(places).prop_shuffle())
    })
}

/// The text of a manifest whose functions stand as `places` says.
fn text(rows: &[Vec<usize>], places: &[usize]) -> String {
    let members = places.iter().map(|&at| {
        let depends: Vec<_> = rows[at].iter().map(|need| format!("f{need}")).collect();
        let function = json!({ "depends": depends, "file": "f.py" });
        format!("\"f{at}\": {function}")
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// JSON that has the keys of manifests, so that it gets further than noise does.
fn json_like() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("depends"),
        Just("file"),
        Just("exec"),
        Just("timeout"),
        Just("retries"),
        Just("idempotent"),
        Just("env"),
        Just("memory"),
        Just("nice"),
        Just("slots_weight"),
        Just("params"),
        Just("__OW_NUM_CONCURRENCY"),
        Just("a"),
        Just("b"),
        Just(""),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter_map("JSON has no such number", |number| {
            serde_json::to_string(&number).ok()
        }),
        prop_oneof![
            "a|b",
            "[0-9]{1,20}(s|ms|m|kb|GiB)?",
            "(\\.\\./|/)?f.py",
            ".*"
        ]
        .prop_map(|text| Json::from(text).to_string()),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        let member = (key.clone(), inner.clone());
        let member = member.prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            proptest::collection::vec(inner, 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec(member, 0..6)
                .prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// What parsing promises of any manifest.
fn check(manifest: &Manifest) {
    let mut place = BTreeMap::new();
    for (at, function) in manifest.order().iter().enumerate() {
        assert_eq!(place.insert(*function, at), None);
    }
    assert_eq!(place.len(), manifest.len());
    for at in manifest.indices() {
        for need in &manifest.function(at).depends {
            assert!(place[need] < place[&at], "{need:?} comes before {at:?}");
            assert!(manifest.dependents(*need).contains(&at));
        }
        let is_sink = manifest.dependents(at).is_empty();
        assert_eq!(is_sink, manifest.sinks().contains(&at));
    }
    assert!(!manifest.sinks().is_empty());
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused(text in ".{0,200}") {
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn any_json_parses_in_order_or_is_refused_with_reasons(text in json_like()) {
        match Manifest::parse(&text) {
            Ok(manifest) => check(&manifest),
            Err(problems) => prop_assert!(!problems.to_string().is_empty()),
        }
    }

    #[test]
    fn a_graph_without_cycles_parses_in_order((rows, places) in shuffled_rows()) {
        let manifest = Manifest::parse(&text(&rows, &places)).expect("it is valid");
        check(&manifest);
        let names: Vec<_> = manifest.functions().iter().map(|f| f.name.clone()).collect();
        let expected: Vec<_> = places.iter().map(|at| format!("f{at}")).collect();
        prop_assert_eq!(names, expected);
    }

    #[test]
    fn an_edge_back_closes_a_cycle((mut rows, places) in shuffled_rows(), pick in any::<prop::sample::Index>()) {
        // The last function now needs another, which needs it in turn.
        let (last, other) = (rows.len() - 1, pick.index(rows.len()));
        if !rows[last].contains(&other) && other != last {
            rows[last].push(other);
        }
        rows[other].push(last);
        let problems = Manifest::parse(&text(&rows, &places)).expect_err("it has a cycle");
        let text = problems.to_string();
        prop_assert!(text.contains("a cycle: ") || text.contains("depends on itself"), "{}", text);
    }

    #[test]
    fn tables_and_texts_make_the_same_graph(rows in rows()) {
        let table: Vec<&[usize]> = rows.iter().map(Vec::as_slice).collect();
        let places: Vec<usize> = (0..rows.len()).collect();
        let made = Manifest::from_depends(&table);
        let parsed = Manifest::parse(&text(&rows, &places)).expect("it is valid");
        prop_assert_eq!(made.order(), parsed.order());
        prop_assert_eq!(made.sinks(), parsed.sinks());
    }

    #[test]
    fn parameters_and_results_are_json_on_one_line(rows in rows(), pretty in any::<bool>()) {
        let table: Vec<&[usize]> = rows.iter().map(Vec::as_slice).collect();
        let manifest = Manifest::from_depends(&table)
            .with_function(FunctionIndex(rows.len() as u16 - 1), |f| f.params = true);
        let body = |at: usize| json!({ "n": at, "text": "a\nb" });
        let values: Vec<_> = (0..rows.len())
            .map(|at| {
                let body = body(at);
                Value::new(if pretty { format!("{body:#}") } else { body.to_string() })
            })
            .collect();
        let activation = format!("{:#}", json!({ "x": [1, 2] })).into();
        for at in manifest.indices() {
            let given = manifest.parameters(at, &activation, |need| &values[need.at()]).unwrap();
            prop_assert!(!given.contains(&b'\n'));
            let given: Json = serde_json::from_slice(&given).unwrap();
            let mut expected = serde_json::Map::new();
            for need in &manifest.function(at).depends {
                expected.insert(format!("f{}", need.0), body(need.at()));
            }
            if rows[at.at()].is_empty() {
                expected.insert("x".into(), json!([1, 2]));
            } else if manifest.function(at).params {
                expected.insert("$params".into(), json!({ "x": [1, 2] }));
            }
            prop_assert_eq!(given, Json::Object(expected));
        }
        let result = manifest.result(|sink| &values[sink.at()]).unwrap();
        let result: Json = serde_json::from_slice(&result).unwrap();
        prop_assert_eq!(result.as_object().unwrap().len(), manifest.sinks().len());
    }
}
