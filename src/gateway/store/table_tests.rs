//! Two nodes' tables.

use super::*;
use crate::gateway::entity::PackagePut;

fn table(node: &str) -> Table {
    Table::new(node.parse().expect("a name"))
}

fn path(name: &str) -> ActionPath {
    ActionPath {
        namespace: "ns".parse().expect("a name"),
        package: None,
        name: name.parse().expect("a name"),
    }
}

/// The package that an empty request makes.
fn package(name: &str, now_ms: u64) -> Entity {
    Entity::Package(PackagePut::default().apply(path(name), None, now_ms))
}

fn updated(entity: &Entity) -> u64 {
    match entity {
        Entity::Action(action) => action.updated,
        Entity::Package(package) => package.updated,
    }
}

/// All that `from` has and `to` has not goes there.
fn sync(from: &Table, to: &mut Table) {
    let missing = to.missing(from.inventory());
    for letter in from.letters(&missing, usize::MAX) {
        to.merge(letter);
    }
}

#[test]
fn after_they_have_told_each_other_all_two_nodes_have_the_same() {
    let (mut a, mut b) = (table("a"), table("b"));
    a.write(path("x"), Some(package("x", 1)), 10);
    b.write(path("x"), Some(package("x", 2)), 20);
    b.write(path("y"), Some(package("y", 3)), 30);
    a.write(path("z"), None, 40);
    assert_ne!(a.fingerprint(), b.fingerprint());
    sync(&a, &mut b);
    sync(&b, &mut a);
    assert_eq!(a.fingerprint(), b.fingerprint());
    assert_eq!(a.get(&path("x")), b.get(&path("x")));
    assert_eq!(a.get(&path("x")).map(|entity| updated(&entity)), Some(2));
    assert!(a.get(&path("z")).is_none());
}

#[test]
fn a_write_that_knows_of_another_is_later_whatever_the_clocks_say() {
    let (mut a, mut b) = (table("a"), table("b"));
    let ahead = a.write(path("x"), Some(package("x", 1)), 1_000_000);
    assert!(b.merge(ahead));
    let behind = b.write(path("x"), None, 5);
    assert!(a.merge(behind));
    assert!(a.get(&path("x")).is_none());
}

#[test]
fn what_comes_late_or_twice_changes_nothing() {
    let (mut a, mut b) = (table("a"), table("b"));
    let first = a.write(path("x"), Some(package("x", 1)), 10);
    let second = a.write(path("x"), Some(package("x", 2)), 20);
    assert!(b.merge(second.clone()));
    assert!(!b.merge(first));
    assert!(!b.merge(second));
    assert_eq!(b.get(&path("x")).map(|entity| updated(&entity)), Some(2));
}

#[test]
fn what_was_deleted_is_remembered_for_a_day() {
    let mut table = table("a");
    table.write(path("x"), None, 10);
    table.sweep(TOMBSTONE_MICROS);
    assert_eq!(table.inventory().len(), 1);
    table.sweep(TOMBSTONE_MICROS + 20);
    assert_eq!(table.inventory().len(), 0);
}

#[test]
fn letters_are_sent_as_many_as_fit_and_at_least_one() {
    let mut table = table("a");
    for name in ["x", "y", "z"] {
        table.write(path(name), Some(package(name, 1)), 10);
    }
    let paths: Vec<_> = table
        .inventory()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(table.letters(&paths, 1).len(), 1);
    assert_eq!(table.letters(&paths, usize::MAX).len(), 3);
}
