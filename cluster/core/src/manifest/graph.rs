//! What the dependencies make of the functions: an order, or cycles.

use std::collections::BTreeSet;

use crate::FunctionIndex;

/// The dependencies of an action's functions, seen from every side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Graph {
    /// Every function after all that it depends on; otherwise as in the file.
    pub(super) order: Vec<FunctionIndex>,
    /// By function: who depends on it, in the order of the file.
    pub(super) dependents: Vec<Vec<FunctionIndex>>,
    /// The functions that no other depends on, in the order of the file.
    pub(super) sinks: Vec<FunctionIndex>,
}

/// Functions of which each depends on the next, and the last on the first.
pub(super) type Cycle = Vec<FunctionIndex>;

impl Graph {
    /// Orders functions by what they depend on, or names cycles: no two with a function in common.
    pub(super) fn of(depends: &[&[FunctionIndex]]) -> Result<Self, Vec<Cycle>> {
        let dependents = dependents_of(depends);
        let mut release = Release::new(depends, &dependents);
        let mut cycles = Vec::new();
        release.run();
        while let Some(&blocked) = release.blocked.first() {
            let cycle = cycle_from(blocked, depends, &release.blocked);
            cycle.iter().for_each(|&function| release.unblock(function));
            release.run();
            cycles.push(cycle);
        }
        if !cycles.is_empty() {
            return Err(cycles);
        }
        let sinks = (0..depends.len())
            .filter(|&at| dependents[at].is_empty())
            .map(index)
            .collect();
        Ok(Self {
            order: release.order,
            dependents,
            sinks,
        })
    }
}

/// Kahn's walk: a function is released when all that it depends on have been.
struct Release<'a> {
    dependents: &'a [Vec<FunctionIndex>],
    awaited: Vec<usize>,
    ready: BTreeSet<FunctionIndex>,
    blocked: BTreeSet<FunctionIndex>,
    order: Vec<FunctionIndex>,
}

impl<'a> Release<'a> {
    fn new(depends: &[&[FunctionIndex]], dependents: &'a [Vec<FunctionIndex>]) -> Self {
        let (ready, blocked) = (0..depends.len())
            .map(index)
            .partition(|function| depends[function.at()].is_empty());
        Self {
            dependents,
            awaited: depends.iter().map(|needs| needs.len()).collect(),
            ready,
            blocked,
            order: Vec::with_capacity(depends.len()),
        }
    }

    fn run(&mut self) {
        while let Some(function) = self.ready.pop_first() {
            self.order.push(function);
            for &dependent in &self.dependents[function.at()] {
                self.awaited[dependent.at()] -= 1;
                if self.awaited[dependent.at()] == 0 {
                    self.unblock(dependent);
                }
            }
        }
    }

    /// A function of a cycle is unblocked by force and then again by the others: once counts.
    fn unblock(&mut self, function: FunctionIndex) {
        if self.blocked.remove(&function) {
            self.ready.insert(function);
        }
    }
}

fn dependents_of(depends: &[&[FunctionIndex]]) -> Vec<Vec<FunctionIndex>> {
    let mut dependents = vec![Vec::new(); depends.len()];
    for (at, needs) in depends.iter().enumerate() {
        for need in *needs {
            dependents[need.at()].push(index(at));
        }
    }
    dependents
}

/// Every blocked function depends on a blocked one: following them must come round.
fn cycle_from(
    start: FunctionIndex,
    depends: &[&[FunctionIndex]],
    blocked: &BTreeSet<FunctionIndex>,
) -> Cycle {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let next = *depends[last.at()]
            .iter()
            .find(|need| blocked.contains(need))
            .expect("a blocked function depends on a blocked one");
        if let Some(first) = path.iter().position(|&seen| seen == next) {
            return path.split_off(first);
        }
        path.push(next);
    }
}

/// The limit on functions is far below what an index can name.
fn index(at: usize) -> FunctionIndex {
    FunctionIndex(u16::try_from(at).expect("functions are fewer than 65,536"))
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
