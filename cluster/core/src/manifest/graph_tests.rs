use super::*;

fn graph(depends: &[&[u16]]) -> Result<Graph, Vec<Cycle>> {
    let depends: Vec<Vec<FunctionIndex>> = depends
        .iter()
        .map(|needs| needs.iter().map(|&need| FunctionIndex(need)).collect())
        .collect();
    Graph::of(&depends.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn indices(list: &[u16]) -> Vec<FunctionIndex> {
    list.iter().map(|&at| FunctionIndex(at)).collect()
}

#[test]
fn functions_follow_what_they_depend_on_and_otherwise_the_file() {
    let graph = graph(&[&[3], &[], &[0, 1], &[]]).expect("no cycle");
    assert_eq!(graph.order, indices(&[1, 3, 0, 2]));
    assert_eq!(graph.sinks, indices(&[2]));
    assert_eq!(graph.dependents[3], indices(&[0]));
}

#[test]
fn a_function_may_depend_on_several_that_share_a_dependency() {
    let graph = graph(&[&[], &[0], &[0], &[1, 2]]).expect("no cycle");
    assert_eq!(graph.order, indices(&[0, 1, 2, 3]));
}

#[test]
fn a_cycle_is_named_without_the_functions_that_lead_to_it() {
    let cycles = graph(&[&[1], &[2], &[3], &[1], &[]]).expect_err("a cycle");
    assert_eq!(cycles, [indices(&[1, 2, 3])]);
}

#[test]
fn separate_cycles_are_all_named() {
    let cycles = graph(&[&[1], &[0], &[3], &[2, 0]]).expect_err("cycles");
    assert_eq!(cycles, [indices(&[0, 1]), indices(&[2, 3])]);
}

#[test]
fn a_function_that_depends_on_itself_is_a_cycle_of_one() {
    assert_eq!(graph(&[&[0]]), Err(vec![indices(&[0])]));
}
