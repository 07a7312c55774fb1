use super::*;

fn diamond() -> Manifest {
    Manifest::from_depends(&[&[], &[0], &[0], &[1, 2]])
}

#[test]
fn a_table_of_dependencies_makes_a_manifest() {
    let manifest = diamond();
    assert_eq!(manifest.len(), 4);
    assert_eq!(manifest.order(), [0, 1, 2, 3].map(FunctionIndex));
    assert_eq!(manifest.sinks(), [FunctionIndex(3)]);
    assert_eq!(
        manifest.dependents(FunctionIndex(0)),
        [1, 2].map(FunctionIndex)
    );
    assert_eq!(manifest.find("f2"), Some(FunctionIndex(2)));
    assert_eq!(manifest.find("f4"), None);
    assert_eq!(manifest.flight_size(), 1);
    assert!(!manifest.is_single());
}

#[test]
fn functions_and_size_can_be_changed() {
    let manifest = diamond()
        .with_flight_size(3)
        .with_function(FunctionIndex(1), |function| function.idempotent = false);
    assert!(!manifest.function(FunctionIndex(1)).idempotent);
    assert_eq!(manifest.flight_size(), 3);
}

#[test]
#[should_panic(expected = "these depend on each other: [[f0, f1]]")]
fn a_table_with_a_cycle_is_a_bug() {
    Manifest::from_depends(&[&[1], &[0]]);
}

#[test]
fn an_action_without_a_manifest_has_one_function() {
    let manifest = Manifest::single("main", Program::File("main.py".into()));
    assert!(manifest.is_single());
    assert_eq!(manifest.sinks(), [FunctionIndex(0)]);
    assert_eq!(manifest.function(FunctionIndex(0)).name, "main");
}
