use proptest::prelude::*;

use super::*;
use std::num::NonZeroU64;
use std::time::Duration;

fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(text: &str) -> String {
    let refused = text.parse::<Rule>();
    refused.expect_err("it is no rule").to_string()
}

fn zone(name: &str) -> raptor_core::Zone {
    name.parse().expect("a name")
}

#[test]
fn a_rule_says_who_sends_to_whom_and_what_happens() {
    let text = "zone-a  -> zone-b delay=5ms jitter=500us loss=0.5% duplicate=1% reorder=100% \
                rate=10Mbit";
    let expected = Rule {
        from: Place::Zone(zone("zone-a")),
        way: Way::There,
        to: Place::Zone(zone("zone-b")),
        effects: Effects {
            latency: Latency::new(Duration::from_millis(5), Duration::from_micros(500))
                .expect("a latency"),
            loss: Share::from_millionths(5_000).expect("a share"),
            duplicate: Share::from_millionths(10_000).expect("a share"),
            reorder: Share::ALL,
            rate: NonZeroU64::new(10_000_000).map(BitRate),
        },
    };
    assert_eq!(rule(text), expected);
    assert_eq!(
        expected.to_string(),
        "zone-a -> zone-b delay=5ms jitter=500us loss=0.5% duplicate=1% reorder=100% rate=10mbit"
    );
}

#[test]
fn a_cut_is_the_loss_of_everything() {
    assert_eq!(rule("* <-> b loss=100%"), rule("* <-> b cut"));
    assert_eq!(rule("* <-> b loss=100%").to_string(), "* <-> b cut");
    assert_eq!(rule("* -> * plain").effects, Effects::default());
}

#[test]
fn what_is_no_rule_is_refused_with_the_rule_the_word_and_what_may_stand_there() {
    let form = "a rule is \"FROM -> TO EFFECT...\" or \"ONE <-> OTHER EFFECT...\", such as \
                \"zone-a <-> zone-b delay=5ms loss=1%\"";
    for (text, problem) in [
        ("", form),
        ("a -> b", form),
        (
            "a b delay=5ms",
            "between the zones stands \"->\" or \"<->\", not \"b\"",
        ),
        (
            "a/ -> b cut",
            "a zone is a name or \"*\": \"a/\" is no name: use 1 to 64 of the characters a-z, \
             A-Z, 0-9, '-', '_' and '.'",
        ),
        (
            "a -> b delai=5ms",
            "there is no effect \"delai=5ms\"; there are delay=, jitter=, loss=, duplicate=, \
             reorder=, rate=, cut and plain",
        ),
        (
            "a -> b delay=5",
            "delay= takes a duration up to 60s, such as 500us, 5ms or 1s, not \"5\"",
        ),
        (
            "a -> b delay=61s",
            "delay= takes a duration up to 60s, such as 500us, 5ms or 1s, not \"61s\"",
        ),
        (
            "a -> b loss=100.1%",
            "loss= takes a percentage from 0% to 100%, such as 0.5%, not \"100.1%\"",
        ),
        (
            "a -> b rate=0mbit",
            "rate= takes bits per second, such as 500kbit, 10mbit or 1gbit, not \"0mbit\"",
        ),
        ("a -> b loss=1% loss=2%", "loss is said twice"),
        ("a -> b cut loss=2%", "\"plain\" and \"cut\" stand alone"),
        (
            "a -> b delay=5ms jitter=6ms",
            "jitter= is at most the delay, which is 5ms",
        ),
    ] {
        assert_eq!(refusal(text), format!("the rule {text:?}: {problem}"));
    }
}

#[test]
fn the_first_rule_that_matches_counts() {
    let shaping = Shaping {
        rules: ["a -> b plain", "a <-> * delay=1ms", "b -> * delay=2ms"]
            .map(rule)
            .to_vec(),
        seed: 0,
    };
    let delay = |from: &str, to: Option<&str>| {
        let to = to.map(zone);
        let effects = shaping.between(&zone(from), to.as_ref())?;
        Some(effects.latency.delay().as_millis())
    };
    assert_eq!(delay("a", Some("b")), Some(0));
    assert_eq!(delay("a", Some("c")), Some(1));
    assert_eq!(delay("a", None), Some(1), "a stranger may be anywhere");
    assert_eq!(delay("b", Some("a")), Some(1), "the way back");
    assert_eq!(delay("b", Some("c")), Some(2));
    assert_eq!(delay("c", Some("b")), None);
    assert_eq!(
        delay("c", None),
        None,
        "a stranger is in no zone that is named"
    );
}

#[test]
fn rules_are_texts_in_json_too() {
    let shaping = Shaping {
        rules: vec![rule("a <-> b cut")],
        seed: 7,
    };
    let json = serde_json::to_string(&shaping).expect("it has string keys");
    assert_eq!(json, r#"{"rules":["a <-> b cut"],"seed":7}"#);
    let read: Shaping = serde_json::from_str(&json).expect("it was written here");
    assert_eq!(read, shaping);
}

fn places() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(Place::Any),
        "[a-z][a-z0-9.-]{0,8}".prop_map(|name| Place::Zone(zone(&name))),
    ]
}

fn shares() -> impl Strategy<Value = Share> {
    (0..=1_000_000_u32).prop_map(|share| Share::from_millionths(share).expect("a share"))
}

/// Any rule that can be written.
pub(crate) fn rules() -> impl Strategy<Value = Rule> {
    let way = prop_oneof![Just(Way::There), Just(Way::Both)];
    let times = (0..=60_000_000_u64).prop_flat_map(|delay| (Just(delay), 0..=delay));
    let rate = proptest::option::of(1..=u64::MAX);
    let effects = (times, shares(), shares(), shares(), rate).prop_map(
        |((delay, jitter), loss, duplicate, reorder, rate)| Effects {
            latency: Latency::new(Duration::from_micros(delay), Duration::from_micros(jitter))
                .expect("a latency"),
            loss,
            duplicate,
            reorder,
            rate: rate.and_then(NonZeroU64::new).map(BitRate),
        },
    );
    (places(), way, places(), effects).prop_map(|(from, way, to, effects)| Rule {
        from,
        way,
        to,
        effects,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_rule(rule in rules()) {
        prop_assert_eq!(rule.to_string().parse::<Rule>().unwrap(), rule);
    }

    #[test]
    fn any_text_is_a_rule_or_refused(text in "[ab*>< =%.0-9a-z-]{0,40}") {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse::<Rule>().unwrap(), rule);
        }
    }
}
