//! One function of an action.

use std::time::Duration;

use crate::FunctionIndex;

/// One function of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name, which for a `file` is also its entry point.
    pub name: String,
    /// What it needs the values of.
    pub depends: Vec<FunctionIndex>,
    /// What is executed.
    pub program: Program,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How many times a member may try again after a fault.
    pub retries: u32,
    /// Whether several members may run it. If not, only the leader does, once.
    pub idempotent: bool,
    /// Variables added to its environment.
    pub env: Vec<(String, String)>,
    /// Bytes of memory that one attempt may take.
    pub memory_bytes_max: Option<u64>,
    /// The nice value of its attempts.
    pub nice: i32,
    /// How many of the node's slots one attempt takes.
    pub slots_weight: u16,
    /// Whether a function with dependencies gets the activation's parameters too.
    pub params: bool,
}

/// What an attempt executes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A source file of the action, run by the launcher of its language.
    File(String),
    /// A native program and its arguments.
    Exec(Vec<String>),
}

impl Function {
    /// A function with nothing but a name, dependencies and a program: all else as by default.
    pub fn new(name: impl Into<String>, depends: Vec<FunctionIndex>, program: Program) -> Self {
        Self {
            name: name.into(),
            depends,
            program,
            timeout: None,
            retries: 0,
            idempotent: true,
            env: Vec::new(),
            memory_bytes_max: None,
            nice: 0,
            slots_weight: 1,
            params: false,
        }
    }
}
