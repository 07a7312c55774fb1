//! The steps by themselves. Whole workflows are run as processes, in `tests/process`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::count::{Counted, count};
use super::reduce::Summary;
use super::text::{Part, Text};
use super::*;

fn params(value: Value) -> Params {
    let object: Map<String, Value> = serde_json::from_value(value).unwrap();
    Params::from(object)
}

fn counts(lines: &str) -> BTreeMap<String, u64> {
    count(lines).unwrap().1
}

fn table<const N: usize>(rows: [(&str, u64); N]) -> BTreeMap<String, u64> {
    rows.map(|(word, count)| (word.to_owned(), count)).into()
}

/// The value of a function that counted.
fn counted(part: usize, parts: usize, lines: &str) -> Value {
    let (verses, counts) = count(lines).unwrap();
    json!(Counted {
        part,
        parts,
        verses,
        counts,
    })
}

#[test]
fn words_are_runs_of_letters_in_lower_case() {
    assert_eq!(
        counts("Ge1:1 In the In-beginning, (IN) 12 the\u{e9}.\n"),
        table([("in", 3), ("the", 1), ("beginning", 1), ("the\u{e9}", 1)])
    );
}

#[test]
fn apostrophes_belong_to_words_only_inside_of_them() {
    assert_eq!(
        counts("Ps1:1 the LORD's, the Philistines' 'tis ' ''\n"),
        table([("the", 2), ("lord's", 1), ("philistines", 1), ("tis", 1)])
    );
}

#[test]
fn the_reference_before_a_verse_is_not_counted() {
    assert_eq!(counts("Job1:1 Job\nJob1:2 Job\n"), table([("job", 2)]));
    assert_eq!(count("Ge1:1 a\nGe1:2 b").unwrap().0, 2);
    let error = count("Ge1:1 a\nnothing\n").unwrap_err().to_string();
    assert_eq!(
        error,
        "count the words of \"nothing\": write every verse as \"Ge1:1 In the beginning\""
    );
}

#[test]
fn parts_are_whole_lines_that_make_the_whole() {
    let lines = ["a 1\n", "b 22\n", "c 333\n", "d 4\n", "\n", "e 55555\n"];
    for end in 0..=lines.len() {
        let whole = lines[..end].concat();
        // With a line break at the end, and without.
        for whole in [whole.trim_end_matches('\n'), &whole] {
            let text = Text::from(whole);
            for count in 1..=9 {
                let parts = text.parts(count);
                assert_eq!(parts.len(), count);
                let texts: Vec<_> = parts.iter().map(|part| text.part(*part).unwrap()).collect();
                assert_eq!(texts.concat(), whole);
                for part in &parts[1..] {
                    let start = part.start;
                    let begins_a_line = start == 0 || whole.as_bytes()[start - 1] == b'\n';
                    assert!(begins_a_line || start == whole.len(), "{texts:?}");
                }
                let lines: usize = parts.iter().map(|part| text.lines(*part)).sum();
                assert_eq!(lines, whole.lines().count(), "{whole:?} in {count}");
            }
        }
    }
}

#[test]
fn parts_of_equal_lines_are_equally_long() {
    let text = Text::from(&*"Ge1:1 word\n".repeat(300));
    let lengths = |count| -> Vec<_> {
        let parts = text.parts(count);
        parts.iter().map(|part| text.lines(*part)).collect()
    };
    assert_eq!(lengths(3), [100, 100, 100]);
    assert_eq!(lengths(7).iter().max(), Some(&43));
    assert_eq!(lengths(7).iter().min(), Some(&42));
}

#[test]
fn a_range_that_is_none_is_refused() {
    let text = Text::from("Ge1:1 caf\u{e9}\n");
    let refusal = |start, end| text.part(Part { start, end }).unwrap_err().to_string();
    for (start, end) in [(3, 2), (0, 100), (100, 101)] {
        let expected = format!("read bytes {start} to {end} of the text: that is no range");
        assert_eq!(refusal(start, end), expected);
    }
    let inside_of_a_letter = refusal(0, 10);
    assert_eq!(
        inside_of_a_letter,
        "read the text: byte 9 is not UTF-8 (convert it)"
    );
}

#[test]
fn the_sum_is_that_of_all_parts_and_tells_the_most_frequent_words() {
    let (one, other) = ("a1 z z y\n", "a2 z x\na3 y\n");
    let sum = reduce::run(params(json!({
        "later": counted(1, 2, other),
        "first": counted(0, 2, one),
    })));
    let top = [("z", 3), ("y", 2), ("x", 1)].map(|(word, count)| (word.to_owned(), count));
    let expected = Summary {
        verses: 3,
        words: 6,
        distinct: 3,
        top: top.to_vec(),
    };
    assert_eq!(sum.unwrap(), expected);
    assert_eq!(json!(expected)["top"][0], json!(["z", 3]));
}

#[test]
fn of_equally_frequent_words_the_first_in_the_alphabet_comes_first_and_twenty_are_told() {
    let verse: String = ('a'..='z')
        .rev()
        .map(|letter| format!(" {letter}"))
        .collect();
    let sum = reduce::run(params(
        json!({ "all": counted(0, 1, &format!("a1{verse}\n")) }),
    ));
    let top = sum.unwrap().top.into_iter().map(|(word, _)| word);
    assert_eq!(top.collect::<String>(), "abcdefghijklmnopqrst");
}

#[test]
fn parts_that_do_not_fit_together_are_refused_and_named() {
    let part = |part, parts| counted(part, parts, "a1 a\n");
    let refusal = |value| reduce::run(params(value)).unwrap_err().to_string();
    for (value, expected) in [
        (
            json!({}),
            "add up the counts: there are none (depend on the functions that count)",
        ),
        (
            json!({ "a": part(0, 2) }),
            "add up the counts: part 1 of 2, counted from 0, is missing",
        ),
        (
            json!({ "a": part(1, 2) }),
            "add up the counts: part 0 of 2, counted from 0, is missing",
        ),
        (
            json!({ "a": part(0, 2), "b": part(0, 2), "c": part(1, 2) }),
            "add up the counts: part 0 was counted twice (every function has its --part)",
        ),
        (
            json!({ "a": part(0, 1), "b": part(0, 1) }),
            "add up the counts: part 0 was counted twice (every function has its --part)",
        ),
        (
            json!({ "a": part(0, 1), "b": part(1, 2) }),
            "add up the counts: some are of 1 parts, others of 2",
        ),
    ] {
        assert_eq!(refusal(value), expected);
    }
    let told = refusal(json!({ "split": { "parts": [] } }));
    let begin = "add up the counts: what \"split\" gave is none: ";
    assert!(told.starts_with(begin), "{told}");
}

#[test]
fn a_count_needs_the_split_and_its_part() {
    let refusal = |value| {
        let count = Count { part: 3 };
        count.run(&params(value)).unwrap_err().to_string()
    };
    let missing = "use the parameter \"split\": it is missing: depend on \"split\"";
    assert_eq!(refusal(json!({})), missing);
    let split = json!({ "text": "kjv.txt.gz", "parts": [], "verses": 0 });
    assert_eq!(
        refusal(json!({ "split": split })),
        "count part 3, counted from 0: there are 0 (split has --parts)"
    );
    let outside = json!({ "text": "../kjv.txt.gz", "parts": [], "verses": 0 });
    assert!(refusal(json!({ "split": outside })).contains("without \"..\""));
}
