use std::net::SocketAddr;

use super::*;
use codec::Plain;

#[path = "../../tests/membership/codec.rs"]
mod codec;
mod moving;

const SECOND: u64 = 1_000_000;

/// A membership of which every command must be expected, but for gossip and notices.
struct Trial {
    machine: Membership<Plain>,
    now: u64,
}

impl Trial {
    fn new(seeds: &[&str]) -> Self {
        let me = Identity::new(record("a", 1), address(1));
        let seeds = seeds.iter().map(|seed| (*seed).to_owned()).collect();
        Self {
            machine: Membership::new(me, seeds, Terms::default(), 7, Plain),
            now: 0,
        }
    }

    /// Node `a`, without seeds.
    fn alone() -> Self {
        Self::new(&[])
    }

    fn give(&mut self, event: Event) -> Vec<Command> {
        let now = Moment::from_micros(self.now);
        self.machine.handle(now, event);
        std::iter::from_fn(|| self.machine.poll_command()).collect()
    }

    #[track_caller]
    fn expect(&mut self, event: Event, commands: &[Command]) {
        let mut given = self.give(event);
        given.retain(|command| !matches!(command, Command::Send { .. } | Command::Notice(_)));
        assert_eq!(given, commands);
    }

    /// Lets time pass, with all ticks in it; gives what was commanded but for gossip and notices.
    fn pass(&mut self, micros: u64) -> Vec<Command> {
        let end = self.now + micros;
        let mut given = Vec::new();
        while let Some(at) = self.machine.poll_timeout()
            && at.as_micros() <= end
        {
            self.now = self.now.max(at.as_micros());
            given.extend(self.give(Event::Tick));
        }
        self.now = end;
        given.retain(|command| !matches!(command, Command::Send { .. } | Command::Notice(_)));
        given
    }

    fn up(&self) -> Vec<&str> {
        let names = self.machine.up().map(|(record, _)| record.node.as_str());
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

fn address(host: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], 5100))
}

/// The address of a node whose name is one letter.
fn home(node: &str) -> SocketAddr {
    address(node.as_bytes()[0] - b'a' + 1)
}

fn linked(node: &str, life: u64) -> Event {
    Event::Linked {
        record: record(node, life),
        address: home(node),
        moved: 0,
    }
}

fn unlinked(node: &str, life: u64, how: Parting) -> Event {
    let record = record(node, life);
    Event::Unlinked { record, how }
}

fn refused(node: &str) -> Event {
    let node = node.parse().unwrap();
    let is_refused = true;
    Event::Unreached { node, is_refused }
}

fn unanswered(node: &str) -> Event {
    let node = node.parse().unwrap();
    let is_refused = false;
    Event::Unreached { node, is_refused }
}

fn introduce(node: &str, life: u64) -> Command {
    Command::Introduce {
        record: record(node, life),
        address: home(node),
    }
}

fn dismiss(node: &str, life: u64) -> Command {
    Command::Dismiss {
        record: record(node, life),
        address: home(node),
    }
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

fn keep(host: u8) -> Command {
    let address = address(host);
    Command::Keep { address }
}

fn forget(host: u8) -> Command {
    let address = address(host);
    Command::Forget { address }
}

#[test]
fn seeds_are_kept_until_a_node_is_known_there() {
    let seeds = ["10.0.0.1:5100", "10.0.0.2:5100", "10.0.0.3:5100"];
    let mut trial = Trial::new(&seeds);
    // Not this node's own.
    trial.expect(Event::Begun, &[keep(2), keep(3)]);
    let met = [forget(2), introduce("b", 5), up("b", 5)];
    trial.expect(linked("b", 5), &met);
    let addresses = vec![address(2), address(3), address(4)];
    trial.expect(Event::SeedsGiven { addresses }, &[keep(4)]);
}

#[test]
fn a_name_stands_for_all_its_addresses_and_is_asked_again_while_nobody_is_known() {
    let mut trial = Trial::new(&["nodes:5100"]);
    let resolve = || Command::Resolve {
        seed: "nodes:5100".to_owned(),
    };
    let resolved = |hosts: &[u8]| Event::Resolved {
        seed: "nodes:5100".to_owned(),
        addresses: hosts.iter().copied().map(address).collect(),
    };
    trial.expect(Event::Begun, &[resolve()]);
    assert_eq!(trial.pass(10 * SECOND), [], "it is being found out");
    trial.expect(resolved(&[]), &[]);
    assert_eq!(trial.pass(SECOND), [resolve()]);
    trial.expect(resolved(&[1, 2, 3]), &[keep(2), keep(3)]);
    assert_eq!(trial.pass(SECOND), [resolve()]);
    // A node of the service has moved.
    trial.expect(resolved(&[1, 3, 4]), &[forget(2), keep(4)]);
    let met = [forget(3), introduce("c", 1), up("c", 1)];
    trial.expect(linked("c", 1), &met);
    assert_eq!(trial.pass(SECOND), []);
}

#[test]
fn a_node_is_up_from_its_first_association_on() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    trial.expect(linked("c", 1), &[introduce("c", 1), up("c", 1)]);
    assert_eq!(trial.up(), ["b", "c"]);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    assert_eq!(trial.up(), ["b", "c"]);
}

#[test]
fn a_node_that_was_there_and_is_not_when_it_is_dialed_is_down() {
    for how in [Parting::Broken, Parting::Closed] {
        let mut trial = Trial::alone();
        trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
        // It was said before the association was there.
        trial.expect(refused("b"), &[]);
        trial.expect(unlinked("b", 5, how), &[]);
        trial.expect(refused("c"), &[]);
        trial.expect(refused("b"), &[down("b", 5)]);
        trial.expect(refused("b"), &[]);
        assert!(trial.up().is_empty());
        let census = Census {
            down: 1,
            ..Census::default()
        };
        assert_eq!(trial.machine.census(), census);
    }
}

#[test]
fn an_association_that_comes_back_after_one_that_broke_is_told() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    trial.expect(unlinked("b", 5, Parting::Closed), &[]);
    trial.expect(linked("b", 5), &[]);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    let record = record("b", 5);
    let load = Load::default();
    trial.expect(linked("b", 5), &[Command::Relinked { record, load }]);
    trial.expect(linked("b", 5), &[]);
}

#[test]
fn a_new_life_ends_the_old_one() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    let replaced = [down("b", 5), dismiss("b", 5), introduce("b", 6), up("b", 6)];
    trial.expect(linked("b", 6), &replaced);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    trial.expect(refused("b"), &[]);
    assert_eq!(trial.up(), ["b"]);
}

#[test]
fn an_old_life_is_refused_even_when_the_new_one_is_down() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 6), &[introduce("b", 6), up("b", 6)]);
    trial.expect(unlinked("b", 6, Parting::Broken), &[]);
    trial.expect(refused("b"), &[down("b", 6)]);
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

/// A packet that node `b` sends node `a`.
fn packet(message: Message<Identity>, members: &[Member<Identity>]) -> bytes::Bytes {
    let header = Header {
        src: Identity::new(record("b", 5), home("b")),
        src_incarnation: 0,
        dst: Identity::new(record("a", 1), home("a")),
        message,
    };
    let mut packet = Vec::new();
    Plain.encode_header(&header, &mut packet).unwrap();
    packet.extend(u16::try_from(members.len()).unwrap().to_be_bytes());
    for member in members {
        Plain.encode_member(member, &mut packet).unwrap();
    }
    packet.into()
}

fn heard(from: NodeRecord, number: u64, load: Load, packet: bytes::Bytes) -> Event {
    let report = LoadReport { number, load };
    Event::GossipHeard {
        from,
        report,
        packet,
    }
}

fn told_of(node: &str) -> Event {
    let member = Member::alive(Identity::new(record(node, 1), home(node)));
    let packet = packet(Message::Gossip, &[member]);
    heard(record("b", 5), 1, Load::default(), packet)
}

#[test]
fn a_node_of_which_others_tell_is_up() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    trial.expect(told_of("c"), &[introduce("c", 1), up("c", 1)]);
    // Nobody has ever spoken with it there: the address may be wrong.
    trial.expect(refused("c"), &[]);
    trial.expect(linked("c", 1), &[]);
    trial.expect(unlinked("c", 1, Parting::Refused), &[down("c", 1)]);
}

#[test]
fn a_node_that_only_others_can_reach_is_down_here() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    trial.expect(told_of("c"), &[introduce("c", 1), up("c", 1)]);
    trial.expect(unanswered("c"), &[]);
    trial.expect(unanswered("c"), &[down("c", 1)]);
    trial.expect(unanswered("c"), &[]);
    assert_eq!(
        trial.machine.census().down,
        0,
        "the cluster holds it for up"
    );
    trial.expect(linked("c", 1), &[up("c", 1)]);
    trial.expect(unlinked("c", 1, Parting::Broken), &[]);
    trial.expect(unanswered("c"), &[]);
    let record = record("c", 1);
    let load = Load::default();
    trial.expect(linked("c", 1), &[Command::Relinked { record, load }]);
}

#[test]
fn a_packet_in_the_name_of_another_is_not_believed() {
    let mut trial = Trial::alone();
    trial.expect(linked("d", 1), &[introduce("d", 1), up("d", 1)]);
    let forged = packet(Message::Gossip, &[]);
    let given = trial.give(heard(record("d", 1), 1, Load::default(), forged));
    let is_malformed =
        |command: &Command| matches!(command, Command::Notice(Notice::Malformed { .. }));
    assert!(given.iter().any(is_malformed), "{given:?}");
    assert_eq!(trial.up(), ["d"]);
    let noise = bytes::Bytes::from_static(b"noise");
    let given = trial.give(heard(record("d", 1), 1, Load::default(), noise));
    assert!(given.iter().any(is_malformed), "{given:?}");
}

#[test]
fn a_change_of_load_is_told_once_and_the_latest_counts() {
    let mut trial = Trial::alone();
    let load = |flights| Load {
        flights,
        slots: 4,
        ..Load::default()
    };
    let heard = |number, flights| {
        let packet = packet(Message::Gossip, &[]);
        heard(record("b", 5), number, load(flights), packet)
    };
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    let changed = |flights| Command::Changed {
        record: record("b", 5),
        load: load(flights),
    };
    trial.expect(heard(7, 2), &[changed(2)]);
    trial.expect(heard(7, 2), &[]);
    trial.expect(heard(6, 1), &[]);
    trial.expect(heard(8, 2), &[]);
    trial.expect(heard(9, 3), &[changed(3)]);
    let loads: Vec<Load> = trial.machine.up().map(|(_, load)| load).collect();
    assert_eq!(loads, [load(3)]);
}

#[test]
fn a_node_that_has_left_says_nothing_more() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    let given = trial.give(Event::LeaveAsked);
    let is_sent = |command: &Command| matches!(command, Command::Send { .. });
    assert!(given.iter().any(is_sent), "it takes leave: {given:?}");
    let suspected = Member::new(Identity::new(record("a", 1), home("a")), 0, State::Suspect);
    let packet = packet(Message::Ping(1), &[suspected]);
    let event = heard(record("b", 5), 1, Load::default(), packet);
    assert_eq!(trial.give(event), []);
    assert_eq!(trial.machine.poll_timeout(), None);
}

#[test]
fn a_node_that_is_down_is_looked_for_and_forgotten_in_the_end() {
    let mut trial = Trial::new(&["10.0.0.2:5100"]);
    trial.expect(Event::Begun, &[keep(2)]);
    let met = [forget(2), introduce("b", 5), up("b", 5)];
    trial.expect(linked("b", 5), &met);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    trial.expect(refused("b"), &[down("b", 5)]);
    assert_eq!(trial.pass(590 * SECOND), []);
    assert_eq!(trial.pass(20 * SECOND), [dismiss("b", 5), keep(2)]);
    assert_eq!(trial.machine.census(), Census::default());
}

#[test]
fn nodes_are_known_by_zone() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    assert_eq!(trial.machine.up_in(&"z".parse().unwrap()).count(), 1);
    assert_eq!(trial.machine.up_in(&"y".parse().unwrap()).count(), 0);
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
