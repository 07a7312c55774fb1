//! What is remembered, and for how long.

use serde_json::json;

use super::super::Response;
use super::*;
use crate::gateway::entity::{ActionPath, Annotations, Version};

fn record(number: u64, result: &str) -> Record {
    let name = |text: &str| text.parse().expect("a name");
    Record {
        id: ActivationId::parse(&format!("{number:032x}")).expect("an id"),
        namespace: "ns".to_owned(),
        action: ActionPath {
            namespace: name("ns"),
            package: None,
            name: name("f"),
        },
        version: Version::FIRST,
        subject: "ns".to_owned(),
        cause: None,
        start: number,
        end: number,
        duration: 0,
        response: Response::of_result(json!({ "r": result })),
        logs: Vec::new(),
        annotations: Annotations::default(),
    }
}

fn shelf(count_max: usize, bytes_max: usize) -> Shelf {
    Shelf {
        records: BTreeMap::new(),
        order: VecDeque::new(),
        bytes: 0,
        count_max,
        bytes_max,
    }
}

fn starts(shelf: &Shelf) -> Vec<u64> {
    shelf.records.values().map(|record| record.start).collect()
}

#[test]
fn the_oldest_go_when_there_are_too_many_or_too_much() {
    let mut few = shelf(2, usize::MAX);
    let mut little = shelf(usize::MAX, 5_000);
    for number in 1..=4 {
        few.put(record(number, ""));
        little.put(record(number, &"x".repeat(1_000)));
    }
    assert_eq!(starts(&few), [3, 4]);
    assert_eq!(starts(&little), [3, 4]);
}

#[test]
fn a_record_that_is_written_again_takes_the_place_of_the_first() {
    let mut shelf = shelf(2, usize::MAX);
    shelf.put(record(1, ""));
    shelf.put(record(1, "with more"));
    assert_eq!(starts(&shelf), [1]);
    assert_eq!(shelf.bytes, record(1, "with more").bytes());
}

#[test]
fn lists_of_several_nodes_are_one_newest_first_and_each_once() {
    let row = |number: u64| Row {
        start: number,
        id: record(number, "").id,
        summary: String::new(),
    };
    let rows = [1, 3, 2, 3].map(row).into_iter();
    let starts: Vec<_> = newest(rows, 2).iter().map(|row| row.start).collect();
    assert_eq!(starts, [3, 2]);
}
