//! The words of the King James Bible.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

use crate::workflow::{Workflow, directory};

/// The manifest of that many parts.
fn manifest(parts: usize) -> Value {
    let mut manifest = Map::new();
    let mut add = |name: &str, depends: Vec<String>, words: &[&str]| {
        let exec: Vec<_> = ["raptor", "fn", "wordcount"].iter().chain(words).collect();
        manifest.insert(name.to_owned(), json!({ "depends": depends, "exec": exec }));
    };
    add("split", vec![], &["split", "--parts", &parts.to_string()]);
    let counts: Vec<_> = (0..parts).map(|part| format!("count{part}")).collect();
    for (part, name) in counts.iter().enumerate() {
        let depends = vec!["split".to_owned()];
        add(name, depends, &["count", "--part", &part.to_string()]);
    }
    add("reduce", counts, &["reduce"]);
    Value::Object(manifest)
}

fn bible() -> String {
    let file = File::open(directory("wordcount").join("kjv.txt.gz")).unwrap();
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// The same in one go, letter by letter.
fn plain_count(text: &str) -> Value {
    let mut counts = HashMap::<String, u64>::new();
    let mut words = 0;
    for line in text.lines() {
        // With a space at the end, every word is followed by something.
        let letters: Vec<char> = line.chars().chain([' ']).collect();
        let verse = letters.iter().position(|letter| *letter == ' ').unwrap();
        let mut word = String::new();
        for pair in letters[verse..].windows(2) {
            let is_inside = pair[0] == '\'' && !word.is_empty() && pair[1].is_alphabetic();
            if pair[0].is_alphabetic() || is_inside {
                word.extend(pair[0].to_lowercase());
            } else if !word.is_empty() {
                words += 1;
                *counts.entry(std::mem::take(&mut word)).or_default() += 1;
            }
        }
        if !word.is_empty() {
            words += 1;
            *counts.entry(word).or_default() += 1;
        }
    }
    let distinct = counts.len();
    let mut top: Vec<_> = counts.into_iter().collect();
    top.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(a.cmp(b)));
    top.truncate(20);
    let verses = text.lines().count();
    json!({ "verses": verses, "words": words, "distinct": distinct, "top": top })
}

#[test]
fn any_number_of_parts_gives_what_a_plain_count_gives() {
    let expected = plain_count(&bible());
    assert_eq!(expected["verses"], 31_102);
    assert_eq!(expected["top"].as_array().unwrap().len(), 20);
    for parts in [1, 2, 3, 5] {
        let workflow = Workflow::example("wordcount").with(manifest(parts));
        assert_eq!(
            workflow.run(&json!({}))["reduce"],
            expected,
            "{parts} parts"
        );
    }
}

#[test]
fn the_example_counts_in_three_parts_and_hands_on_little() {
    let values = Workflow::example("wordcount").run(&json!({}));
    let verses = |name: &str| values[name]["verses"].as_u64().unwrap();
    let parts = ["count0", "count1", "count2"].map(verses);
    assert_eq!(parts.iter().sum::<u64>(), verses("reduce"));
    assert_eq!(verses("split"), 31_102);
    for (name, value) in &values {
        let bytes = value.to_string().len();
        assert!(bytes < 128 << 10, "{name} hands on {bytes} bytes");
    }
}

#[test]
fn every_run_hands_on_the_same_bytes() {
    // Members that computed from other bytes than the sealed ones would have to do it again.
    let run = || Workflow::example("wordcount").run(&json!({}));
    assert_eq!(json!(run()).to_string(), json!(run()).to_string());
}
