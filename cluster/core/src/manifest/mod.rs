//! The manifest: an action's functions and what each depends on.

mod draft;
mod function;
mod graph;
mod json;
mod near;
mod parameters;
mod parse;
mod path;
mod problem;
mod quantity;
mod reader;

pub use function::{Function, Program};
pub use parameters::SpliceError;
pub(crate) use parameters::one_line;
pub use problem::{
    ManifestProblems, NameProblem, PathProblem, Problem, ProblemKind, VariableProblem,
};

use crate::FunctionIndex;
use graph::Graph;

/// A manifest is read whole, and sent to every follower whose node does not have the action.
pub const MANIFEST_BYTES_MAX: usize = 1 << 20;

/// As OpenWhisk's limit on the names of its entities.
pub const FUNCTION_NAME_BYTES_MAX: usize = 256;

/// Every member keeps what it knows of every function, and sends it to those that join late.
pub const FUNCTIONS_MAX: usize = 1_024;

/// Every member talks to every other: 128 of them make 8,128 associations.
pub const FLIGHT_SIZE_MAX: u16 = 128;

/// The functions of an action, their dependencies without a cycle, and the flight's size.
///
/// Functions stand in the order of the file: rotations count along it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    functions: Vec<Function>,
    graph: Graph,
    flight_size: u16,
    is_single: bool,
}

impl Manifest {
    /// The manifest of an action that has none: one function, whose value is the result as it
    /// stands. `name` is the entry point, by default `main`.
    ///
    /// # Panics
    ///
    /// Never: one function has no cycle.
    pub fn single(name: impl Into<String>, program: Program) -> Self {
        let function = Function::new(name, Vec::new(), program);
        Self {
            is_single: true,
            ..Self::of(vec![function], 1)
        }
    }

    /// The same, of an action that has none: its result is its one function's value as it stands.
    ///
    /// # Panics
    ///
    /// If it has several functions.
    #[must_use]
    pub fn alone(self) -> Self {
        assert_eq!(
            self.len(),
            1,
            "an action without a manifest has one function"
        );
        Self {
            is_single: true,
            ..self
        }
    }

    /// Functions `f0`, `f1`, ... of which each depends on those that its row names: what
    /// simulations and tests fly. Nothing can execute it.
    ///
    /// ```
    /// use raptor_core::{FunctionIndex, manifest::Manifest};
    ///
    /// // f2 needs f0 and f1; f1 may be tried three times on each of two members.
    /// let manifest = Manifest::from_depends(&[&[], &[], &[0, 1]])
    ///     .with_flight_size(2)
    ///     .with_function(FunctionIndex(1), |function| function.retries = 2);
    /// assert_eq!(manifest.sinks(), [FunctionIndex(2)]);
    /// ```
    ///
    /// # Panics
    ///
    /// If the table is empty or too long, names what it does not have, or has a cycle.
    pub fn from_depends(depends: &[&[usize]]) -> Self {
        let functions = depends.iter().enumerate().map(|(at, needs)| {
            let needs = needs.iter().map(|&need| {
                assert!(
                    need < depends.len(),
                    "f{at} depends on f{need}: no such function"
                );
                FunctionIndex(need as u16)
            });
            let program = Program::Exec(vec![format!("f{at}")]);
            Function::new(format!("f{at}"), needs.collect(), program)
        });
        Self::of(functions.collect(), 1)
    }

    /// The same with a flight of `size` members.
    ///
    /// # Panics
    ///
    /// If the size is not in `1..=FLIGHT_SIZE_MAX`.
    #[must_use]
    pub fn with_flight_size(mut self, size: u16) -> Self {
        assert!(
            (1..=FLIGHT_SIZE_MAX).contains(&size),
            "a flight has 1 to {FLIGHT_SIZE_MAX} members, not {size}"
        );
        self.flight_size = size;
        self
    }

    /// The same with one function changed.
    ///
    /// # Panics
    ///
    /// If there is no such function, or the change closes a cycle.
    #[must_use]
    pub fn with_function(
        mut self,
        function: FunctionIndex,
        change: impl FnOnce(&mut Function),
    ) -> Self {
        change(&mut self.functions[function.at()]);
        Self {
            is_single: self.is_single,
            ..Self::of(self.functions, self.flight_size)
        }
    }

    /// Functions that are known to fit together.
    fn of(functions: Vec<Function>, flight_size: u16) -> Self {
        assert!(
            (1..=FUNCTIONS_MAX).contains(&functions.len()),
            "a manifest has 1 to {FUNCTIONS_MAX} functions, not {}",
            functions.len()
        );
        let depends: Vec<_> = functions.iter().map(|f| f.depends.as_slice()).collect();
        let graph = Graph::of(&depends)
            .unwrap_or_else(|cycles| panic!("these depend on each other: {cycles:?}"));
        Self {
            functions,
            graph,
            flight_size,
            is_single: false,
        }
    }

    /// All functions, in the order of the file.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The places of all functions, in the order of the file.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = FunctionIndex> + use<> {
        (0..self.functions.len() as u16).map(FunctionIndex)
    }

    /// One function.
    ///
    /// # Panics
    ///
    /// If there is none at that place.
    pub fn function(&self, function: FunctionIndex) -> &Function {
        &self.functions[function.at()]
    }

    /// The place of the function of that name.
    pub fn find(&self, name: &str) -> Option<FunctionIndex> {
        self.indices().find(|&at| self.function(at).name == name)
    }

    /// How many functions it has: at least one, at most [`FUNCTIONS_MAX`].
    #[expect(
        clippy::len_without_is_empty,
        reason = "a manifest without functions cannot be made"
    )]
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// A topological order: every function after all that it depends on, otherwise as in the file.
    pub fn order(&self) -> &[FunctionIndex] {
        &self.graph.order
    }

    /// The functions that no other depends on, in the order of the file: their values are the
    /// result. There is at least one.
    pub fn sinks(&self) -> &[FunctionIndex] {
        &self.graph.sinks
    }

    /// Who depends on `function`, in the order of the file.
    ///
    /// # Panics
    ///
    /// If there is no such function.
    pub fn dependents(&self, function: FunctionIndex) -> &[FunctionIndex] {
        &self.graph.dependents[function.at()]
    }

    /// How many members its flights have: at least one, at most [`FLIGHT_SIZE_MAX`].
    pub const fn flight_size(&self) -> u16 {
        self.flight_size
    }

    /// Whether the action has no manifest: then its result is its one function's value.
    pub const fn is_single(&self) -> bool {
        self.is_single
    }
}

#[cfg(test)]
mod tests;
