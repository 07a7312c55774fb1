use super::*;

/// A membership of which every command must be expected.
struct Trial(Membership);

impl Trial {
    /// Node `a`, without seeds.
    fn alone() -> Self {
        Self(Membership::new(record("a", 1), vec![]))
    }

    #[track_caller]
    fn expect(&mut self, event: Event, commands: &[Command]) {
        self.0.handle(Moment::default(), event);
        let given: Vec<_> = std::iter::from_fn(|| self.0.poll_command()).collect();
        assert_eq!(given, commands);
    }

    fn up(&self) -> Vec<&str> {
        let names = self.0.up().map(|(record, _)| record.node.as_str());
        names.collect()
    }
}

fn record(node: &str, life: u64) -> NodeRecord {
    NodeRecord {
        node: node.parse().unwrap(),
        zone: "z".parse().unwrap(),
        incarnation: Incarnation(life),
    }
}

fn linked(node: &str, life: u64) -> Event {
    Event::Linked {
        record: record(node, life),
        address: None,
    }
}

fn unlinked(node: &str, life: u64) -> Event {
    let record = record(node, life);
    Event::Unlinked { record }
}

fn up(node: &str, life: u64) -> Command {
    Command::Up {
        record: record(node, life),
        load: Load::default(),
    }
}

fn down(node: &str, life: u64) -> Command {
    let record = record(node, life);
    Command::Down { record }
}

#[test]
fn seeds_are_kept_and_the_own_address_is_forgotten() {
    let seeds = vec!["10.0.0.1:5100".to_owned(), "10.0.0.2:5100".to_owned()];
    let mut trial = Trial(Membership::new(record("a", 1), seeds.clone()));
    let keep = seeds.into_iter().map(|address| Command::Keep { address });
    let keep: Vec<_> = keep.collect();
    trial.expect(Event::Begun, &keep);
    let own = Event::Linked {
        record: record("a", 1),
        address: Some("10.0.0.1:5100".into()),
    };
    let address = "10.0.0.1:5100".into();
    trial.expect(own, &[Command::Forget { address }]);
    assert!(trial.up().is_empty());
}

#[test]
fn a_node_is_up_while_it_is_linked() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[up("b", 5)]);
    trial.expect(linked("c", 1), &[up("c", 1)]);
    assert_eq!(trial.up(), ["b", "c"]);
    trial.expect(unlinked("b", 5), &[down("b", 5)]);
    trial.expect(unlinked("b", 5), &[]);
    assert_eq!(trial.up(), ["c"]);
    trial.expect(linked("b", 5), &[up("b", 5)]);
}

#[test]
fn a_new_life_ends_the_old_one() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[up("b", 5)]);
    trial.expect(linked("b", 6), &[down("b", 5), up("b", 6)]);
    trial.expect(unlinked("b", 5), &[]);
    assert_eq!(trial.up(), ["b"]);
}

#[test]
fn an_old_life_is_refused_even_when_the_new_one_is_down() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 6), &[up("b", 6)]);
    trial.expect(unlinked("b", 6), &[down("b", 6)]);
    let refusal = Refusal::Outdated {
        known: Incarnation(6),
    };
    let record = record("b", 5);
    trial.expect(linked("b", 5), &[Command::Refuse { record, refusal }]);
    assert!(trial.up().is_empty());
}

#[test]
fn a_namesake_is_refused() {
    let mut trial = Trial::alone();
    let refusal = Refusal::Namesake;
    let record = record("a", 2);
    trial.expect(linked("a", 2), &[Command::Refuse { record, refusal }]);
}

#[test]
fn a_change_of_load_is_told_once() {
    let mut trial = Trial::alone();
    let load = Load {
        flights: 2,
        slots: 4,
        ..Load::default()
    };
    let heard = |life| Event::LoadHeard {
        record: record("b", life),
        load,
    };
    trial.expect(heard(5), &[]);
    trial.expect(linked("b", 5), &[up("b", 5)]);
    let record = record("b", 5);
    trial.expect(heard(5), &[Command::Changed { record, load }]);
    trial.expect(heard(5), &[]);
    trial.expect(heard(4), &[]);
    trial.expect(linked("b", 5), &[]);
    assert_eq!(
        trial.0.up().map(|(_, load)| load).collect::<Vec<_>>(),
        [load]
    );
}

#[test]
fn nodes_are_known_by_zone() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[up("b", 5)]);
    assert_eq!(trial.0.up_in(&"z".parse().unwrap()).count(), 1);
    assert_eq!(trial.0.up_in(&"y".parse().unwrap()).count(), 0);
}

#[test]
fn pressure_is_work_by_slots() {
    let pressure = |flights, weight, slots| {
        let load = Load {
            flights,
            weight,
            slots,
            is_draining: false,
        };
        load.pressure()
    };
    assert_eq!(pressure(1, 1, 2), pressure(0, 2, 4));
    assert!(pressure(1, 3, 4) > pressure(2, 2, 4));
    assert!(pressure(3, 0, 4) > pressure(2, 2, 4));
    assert!(pressure(1, 0, 0) > pressure(1, 0, 2));
}
