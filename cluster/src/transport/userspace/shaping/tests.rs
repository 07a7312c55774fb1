use std::net::SocketAddr;

use proptest::prelude::*;

use super::link::RATE_BYTES_MAX;
use super::waiting::WAITING_BYTES_MAX;
use super::*;
use crate::transport::shaping::tests::rules;

fn zone(name: &str) -> Zone {
    name.parse().expect("a name")
}

fn shaping(rules: &[&str], seed: u64) -> Shaping {
    let rules = rules.iter().map(|rule| rule.parse().expect("a rule"));
    Shaping {
        rules: rules.collect(),
        seed,
    }
}

fn shaper(rules: &[&str], seed: u64) -> Shaper {
    Shaper::new(zone("a"), shaping(rules, seed))
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The fates of packets to zone b, one every millisecond.
fn fates(shaper: &mut Shaper, count: u64) -> Vec<Fate> {
    let b = zone("b");
    (0..count)
        .map(|at| shaper.judge(millis(at), Some(&b), 1000))
        .collect()
}

/// How many packets in so many a share hits, within five standard deviations of the binomial
/// distribution: one seed in two million is outside.
fn is_binomial(hits: usize, count: u64, share: f64) -> bool {
    let count = count as f64;
    let deviation = (count * share * (1.0 - share)).sqrt();
    (hits as f64 - count * share).abs() <= 5.0 * deviation
}

#[test]
fn what_no_rule_is_for_leaves_at_once() {
    let mut shaper = shaper(&["b -> a cut", "a -> c cut"], 1);
    for (at, fate) in (0..).zip(fates(&mut shaper, 100)) {
        assert_eq!(fate, Fate::Leaves(millis(at)));
    }
    assert_eq!(shaper.judge(millis(1), Some(&zone("c")), 1), Fate::Dropped);
    assert_eq!(shaper.judge(millis(1), None, 1), Fate::Leaves(millis(1)));
}

#[test]
fn strangers_meet_the_rules_for_everyone() {
    let mut shaper = shaper(&["a -> b delay=1ms", "a -> * delay=9ms"], 1);
    assert_eq!(shaper.judge(millis(1), None, 1), Fate::Leaves(millis(10)));
    let known = shaper.judge(millis(1), Some(&zone("b")), 1);
    assert_eq!(known, Fate::Leaves(millis(2)));
}

#[test]
fn as_many_are_lost_doubled_and_early_as_the_shares_say() {
    const COUNT: u64 = 100_000;
    let rule = "a -> b loss=20% duplicate=3% reorder=1% delay=50ms";
    let fates = fates(&mut shaper(&[rule], 7), COUNT);
    let lost = fates.iter().filter(|fate| **fate == Fate::Dropped);
    assert!(is_binomial(lost.count(), COUNT, 0.2));
    let doubled = fates.iter();
    let doubled = doubled.filter(|fate| matches!(fate, Fate::LeavesTwice(_)));
    assert!(is_binomial(doubled.count(), COUNT, 0.8 * 0.03));
    let early = (0..).zip(&fates).filter(|(at, fate)| match fate {
        Fate::Dropped => false,
        Fate::Leaves(leaves) | Fate::LeavesTwice(leaves) => *leaves == millis(*at),
    });
    assert!(is_binomial(early.count(), COUNT, 0.8 * 0.01));
}

#[test]
fn a_cut_drops_everything_and_no_loss_nothing() {
    let dropped = |rule: &str| {
        let fates = fates(&mut shaper(&[rule], 3), 10_000);
        fates.iter().filter(|fate| **fate == Fate::Dropped).count()
    };
    assert_eq!(dropped("* <-> * cut"), 10_000);
    assert_eq!(dropped("* <-> * delay=1ms"), 0);
}

#[test]
fn jitter_spreads_the_delay_evenly() {
    // So far apart that none waits for the one before it.
    let mut shaper = shaper(&["a -> b delay=5ms jitter=2ms"], 11);
    let b = zone("b");
    let delays = (0..10_000).map(|at| {
        let now = millis(at * 100);
        let Fate::Leaves(leaves) = shaper.judge(now, Some(&b), 1000) else {
            panic!("nothing else happens to it");
        };
        leaves - now
    });
    let delays: Vec<Duration> = delays.collect();
    assert!(
        delays
            .iter()
            .all(|delay| (3..=7).contains(&delay.as_millis()))
    );
    let short = delays.iter().filter(|delay| **delay < millis(4));
    assert!(is_binomial(short.count(), 10_000, 0.25));
}

#[test]
fn a_rate_spaces_packets_and_drops_what_would_wait_behind_too_many() {
    // A packet of 1,000 bytes takes 8 ms.
    let mut shaper = shaper(&["a -> b rate=1mbit"], 1);
    let b = zone("b");
    let mut left = vec![];
    for _ in 0..1_000 {
        if let Fate::Leaves(at) = shaper.judge(Duration::ZERO, Some(&b), 1_000) {
            left.push(at);
        }
    }
    let expected = (1..=RATE_BYTES_MAX / 1_000).map(|place| millis(8 * place));
    assert_eq!(left, expected.collect::<Vec<_>>());
    // Once the queue has emptied, there is room again, and no credit for the pause.
    let later = Duration::from_secs(60);
    for place in 1..=3 {
        let fate = shaper.judge(later, Some(&b), 1_000);
        assert_eq!(fate, Fate::Leaves(later + millis(8 * place)));
    }
}

#[test]
fn what_happens_on_one_link_does_not_depend_on_another() {
    let rules = ["* -> * loss=50% delay=9ms jitter=9ms"];
    let alone = fates(&mut shaper(&rules, 5), 1_000);
    let mut busy = shaper(&rules, 5);
    for at in 0..500 {
        busy.judge(millis(at), Some(&zone("c")), 99);
        busy.judge(millis(at), None, 99);
    }
    assert_eq!(fates(&mut busy, 1_000), alone);
    assert_ne!(fates(&mut shaper(&rules, 6), 1_000), alone, "another seed");
}

#[test]
fn links_to_ever_new_zones_take_no_more_room() {
    let mut shaper = shaper(&["* -> * delay=1ms"], 1);
    for number in 0..5_000 {
        let fate = shaper.judge(millis(1), Some(&zone(&format!("z{number}"))), 1);
        assert_eq!(fate, Fate::Leaves(millis(2)));
        assert!(shaper.links.len() <= LINKS_MAX);
    }
}

#[test]
fn packets_wait_in_the_order_in_which_they_leave() {
    let to: SocketAddr = "127.0.0.1:1".parse().expect("an address");
    let mut waiting = Waiting::default();
    for (at, packet) in [(9, 1), (3, 2), (9, 3), (3, 4)] {
        assert!(waiting.push(millis(at), to, vec![packet]));
    }
    assert_eq!(waiting.deadline(), Some(millis(3)));
    let mut due = |now| waiting.pop_due(millis(now)).map(|(_, packet)| packet[0]);
    assert_eq!(
        [due(2), due(3), due(3), due(3)],
        [None, Some(2), Some(4), None]
    );
    assert_eq!([due(99), due(99), due(99)], [Some(1), Some(3), None]);
    assert_eq!(waiting.deadline(), None);
}

#[test]
fn no_more_waits_than_allowed() {
    let to: SocketAddr = "127.0.0.1:1".parse().expect("an address");
    let mut waiting = Waiting::default();
    let long = || vec![0; 60_000];
    let mut count = 0;
    while waiting.push(millis(1), to, long()) {
        count += 1;
    }
    assert_eq!(count, WAITING_BYTES_MAX / (60_000 + 128));
    assert!(waiting.pop_due(millis(1)).is_some());
    assert!(waiting.push(millis(1), to, long()), "there is room again");
}

fn packets() -> impl Strategy<Value = Vec<(u64, usize)>> {
    // What time passes before each, in microseconds, and how long it is.
    proptest::collection::vec((0..20_000_u64, 1..1_500_usize), 1..200)
}

proptest! {
    #[test]
    fn a_seed_replays_exactly(rules in proptest::collection::vec(rules(), 0..4),
                              packets in packets(), seed: u64) {
        let run = || {
            let mut shaper = Shaper::new(zone("a"), Shaping { rules: rules.clone(), seed });
            let mut now = Duration::ZERO;
            let judge = |(pause, bytes): &(u64, usize)| {
                now += Duration::from_micros(*pause);
                shaper.judge(now, Some(&zone("b")), *bytes)
            };
            packets.iter().map(judge).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn no_packet_leaves_in_the_past_or_unless_asked_out_of_order(
        rule in rules(), packets in packets(), seed: u64
    ) {
        let reorders = rule.effects.reorder.millionths() > 0;
        let mut shaper = Shaper::new(zone("a"), Shaping { rules: vec![rule], seed });
        let (mut now, mut last) = (Duration::ZERO, Duration::ZERO);
        for (pause, bytes) in packets {
            now += Duration::from_micros(pause);
            if let Fate::Leaves(at) | Fate::LeavesTwice(at) = shaper.judge(now, None, bytes) {
                prop_assert!(at >= now);
                prop_assert!(reorders || at >= last);
                last = at;
            }
        }
    }

    #[test]
    fn a_link_carries_no_more_than_its_rate(kilobits in 1..10_000_u64, packets in packets()) {
        let mut shaper = shaper(&[&format!("* -> * rate={kilobits}kbit")], 1);
        let mut now = Duration::ZERO;
        let mut carried = 0;
        for (pause, bytes) in packets {
            now += Duration::from_micros(pause);
            if let Fate::Leaves(at) = shaper.judge(now, None, bytes) {
                carried += bytes as u64 * 8;
                // From the beginning until it has left; a nanosecond is lost in each division.
                prop_assert!(carried as f64 <= (at.as_secs_f64() + 1e-6) * kilobits as f64 * 1e3);
            }
        }
    }
}
