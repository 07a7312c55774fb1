use super::*;

fn answered(knocks: &mut Knocks, source: &str, is_known: bool, asked: usize) -> usize {
    let source: IpAddr = source.parse().expect("an address");
    let admit = |_: &usize| knocks.admit(Duration::ZERO, source, is_known);
    (0..asked).filter(admit).count()
}

#[test]
fn one_source_does_not_use_up_what_there_is_for_others() {
    let mut knocks = Knocks::new();
    assert_eq!(answered(&mut knocks, "192.0.2.1", false, 100_000), 256);
    assert_eq!(answered(&mut knocks, "192.0.2.1", true, 100_000), 512);
    // Some share a bucket, but not all of these.
    let others = (0..8).map(|at| format!("198.51.100.{at}"));
    let others = others.map(|other| answered(&mut knocks, &other, false, 10));
    assert!(others.max() >= Some(10));
}

#[test]
fn strangers_do_not_use_up_what_there_is_for_those_who_are_known() {
    let mut knocks = Knocks::new();
    let mut strangers = 0;
    for at in 0..=u8::MAX {
        let stranger = format!("2001:db8:0:{at:x}::1");
        strangers += answered(&mut knocks, &stranger, false, 1_000);
    }
    assert_eq!(strangers, 512);
    assert_eq!(answered(&mut knocks, "192.0.2.1", true, 100), 100);
    assert_eq!(answered(&mut knocks, "192.0.2.1", true, 100_000), 412);
}

#[test]
fn the_addresses_of_one_network_count_together() {
    let mut knocks = Knocks::new();
    let answered: usize = (0..1_000)
        .map(|at| answered(&mut knocks, &format!("2001:db8::{at:x}"), false, 1))
        .sum();
    assert_eq!(answered, 256);
}
