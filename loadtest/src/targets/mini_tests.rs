use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::sample::{Ending, Outcome};
use crate::targets::openwhisk::tests::{call, has_python, workflow};

/// Each takes longer than it takes to invoke all of them.
const SLEEPERS: &str = r#"shape = "independent:3"
    exec = ["raptor", "fn", "sleep", "--dist", "const", "--mean", "300ms"]"#;

fn in_three_zones() -> MiniTerms {
    MiniTerms {
        place: "3".parse().expect("it is a number of zones"),
        pin: false,
    }
}

/// The zones of the containers that an action's activations ran in, once they have all ended.
async fn zones_of(whisk: &MiniOpenWhisk, action: &str, activations: usize) -> BTreeSet<String> {
    let is_over = |record: &Value| record.get("response").is_some();
    let records = loop {
        let records = whisk.activations(action);
        if records.len() == activations && records.iter().all(is_over) {
            break records;
        }
        tokio::task::yield_now().await;
    };
    let zone_of = |record: &Value| {
        let annotations = record["annotations"].as_array()?;
        let zone = annotations.iter().find(|one| one["key"] == "zone")?;
        zone["value"].as_str().map(str::to_owned)
    };
    records.iter().filter_map(zone_of).collect()
}

#[tokio::test]
async fn members_and_functions_are_spread_over_the_zones_and_no_action_is_left() {
    if !has_python() {
        return;
    }
    let workflow = workflow(r#"["fork-join:3", "flight:3"]"#, SLEEPERS);
    let mini = Mini::start(in_three_zones(), &workflow).await;
    let mini = mini.expect("it starts");
    let joined = mini.call(call("fork-join:3")).await;
    assert_eq!(joined.ending, Ending::Landed);
    let flown = mini.call(call("flight:3")).await;
    assert_eq!(flown.ending, Ending::Landed);
    assert!(flown.zone.is_some(), "its leader's container is in one");

    let attempts = &joined.attempts;
    let functions: BTreeSet<usize> = attempts.iter().map(|one| one.function).collect();
    let zones: BTreeSet<_> = attempts.iter().map(|one| one.zone).collect();
    assert_eq!((functions.len(), zones.len()), (3, 3), "{attempts:?}");
    let whole = Duration::from_millis(200);
    let is_whole = |one: &crate::sample::Attempt| one.service() >= Some(whole);
    assert!(attempts.iter().all(is_whole), "{attempts:?}");
    assert!(attempts.iter().all(|one| one.outcome == Outcome::Value));
    assert_eq!(mini.view().zones, ["zone-a", "zone-b", "zone-c"]);

    let Mini {
        openwhisk,
        _whisk: whisk,
    } = mini;
    let names = whisk.actions();
    assert_eq!(names.len(), 4, "{names:?}");
    let flight = names.iter().find(|name| name.ends_with("flight-3"));
    let flight = flight.expect("the flight is an action");
    assert_eq!(zones_of(&whisk, flight, 3).await.len(), 3);
    openwhisk.stop().await;
    assert_eq!(whisk.actions(), [""; 0]);
    assert!(whisk.containers().is_empty());
}

#[test]
fn every_zone_has_a_warm_container_of_each_action_unless_none_is_wanted() {
    let warm = |text: &str, at_once| text.parse::<MiniPlace>().expect(text).warm(at_once);
    assert_eq!(warm("3?prewarm=0", 3), 0);
    assert_eq!(warm("3?prewarm=1", 1), 3);
    assert_eq!(warm("3?prewarm=2", 1), 3);
    assert_eq!(warm("3?prewarm=2", 3), 6);
}

#[test]
fn places_are_read_as_they_are_written() {
    for text in [
        "3?prewarm=1",
        "1?prewarm=0&cold_start=1s 500ms",
        "26?prewarm=16",
    ] {
        let text = text.replace(' ', "");
        let place: MiniPlace = text.parse().expect(&text);
        assert_eq!(place.to_string(), format!("mini-openwhisk:{text}"));
    }
    assert_eq!("3".parse::<MiniPlace>(), "3?prewarm=1".parse());
    for text in ["", "0", "27", "3?prewarm=17", "3?cold_start=1", "3?warm=1"] {
        text.parse::<MiniPlace>().expect_err(text);
    }
}
