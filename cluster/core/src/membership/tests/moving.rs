//! Nodes whose hosts get other addresses.

use super::*;

/// Node `b` is linked where it is after it has moved `moved` times.
fn linked_at(host: u8, moved: u32) -> Event {
    Event::Linked {
        record: record("b", 5),
        address: address(host),
        moved,
    }
}

fn introduce_at(host: u8) -> Command {
    Command::Introduce {
        record: record("b", 5),
        address: address(host),
    }
}

#[test]
fn a_node_that_has_moved_is_the_same_life_somewhere_else() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    let (record, load) = (record("b", 5), Load::default());
    let relinked = Command::Relinked { record, load };
    trial.expect(linked_at(9, 2), &[introduce_at(9), relinked]);
    // What it said before it moved counts no more, whenever it comes.
    trial.expect(linked_at(8, 1), &[]);
    trial.expect(linked("b", 5), &[]);
    trial.expect(linked_at(7, 3), &[introduce_at(7)]);
    assert_eq!(trial.up(), ["b"]);
}

#[test]
fn a_node_that_was_not_reached_where_it_was_may_be_reached_where_it_is() {
    let mut trial = Trial::alone();
    trial.expect(linked("b", 5), &[introduce("b", 5), up("b", 5)]);
    trial.expect(unlinked("b", 5, Parting::Broken), &[]);
    trial.expect(unanswered("b"), &[]);
    trial.expect(unanswered("b"), &[down("b", 5)]);
    trial.expect(linked_at(9, 1), &[introduce_at(9), up("b", 5)]);
}

#[test]
fn a_node_that_moves_says_so_and_looks_for_the_others_from_there() {
    let mut trial = Trial::new(&["10.0.0.9:5100", "nodes:5100"]);
    let resolve = || Command::Resolve {
        seed: "nodes:5100".to_owned(),
    };
    trial.expect(Event::Begun, &[resolve(), keep(9)]);
    let seed = "nodes:5100".to_owned();
    let addresses = Vec::new();
    trial.expect(Event::Resolved { seed, addresses }, &[]);
    let moves = |host, moved| Command::Move {
        address: address(host),
        moved,
    };
    let address = address(9);
    let moved = [moves(9, 1), forget(9), resolve()];
    trial.expect(Event::Moved { address }, &moved);
    trial.expect(Event::Moved { address }, &[]);
    assert_eq!(trial.machine.me(), &record("a", 1));
}
