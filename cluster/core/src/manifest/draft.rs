//! One function as its object in the manifest describes it, before names are resolved.

use super::problem::Place;
use super::reader::{Members, Reader};
use super::{
    FUNCTION_NAME_BYTES_MAX, Function, NameProblem, ProblemKind, Program, VariableProblem, path,
};

/// The keys of a function.
const KEYS: [&str; 11] = [
    "depends",
    "file",
    "exec",
    "timeout",
    "retries",
    "idempotent",
    "env",
    "memory",
    "nice",
    "slots_weight",
    "params",
];

/// More attempts than this by one member are a loop, not a remedy.
const RETRIES_MAX: u64 = 100;

/// The kindest nice value. Below zero takes a privilege that attempts do not have.
const NICE_MAX: u64 = 19;

/// A weight above the node's slots counts as all of them: the type is the only limit.
const SLOTS_WEIGHT_MAX: u64 = u16::MAX as u64;

/// `$params` is the key of the activation's parameters, and an object with the key `error` is an
/// application error, also if it is a result whose one sink has that name.
const RESERVED_NAMES: [&str; 2] = ["$params", "error"];

/// Names of variables that Raptor sets itself begin so.
const RESERVED_PREFIXES: [&str; 2] = ["RAPTOR_", "__OW_"];

/// A function whose dependencies are still names.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) place: Place,
    /// What it depends on, and where it says so.
    pub(super) depends: Vec<(String, Place)>,
    /// All else, if it could be read.
    pub(super) function: Option<Function>,
}

impl Draft {
    /// Reads the member `name` of the manifest.
    pub(super) fn read(name: String, reader: &mut Reader<'_>) -> Self {
        if let Err(problem) = check_name(&name) {
            reader.refuse(problem);
        }
        let mut draft = Self {
            name,
            place: reader.place().clone(),
            depends: Vec::new(),
            function: None,
        };
        if let Some(mut members) = reader.members() {
            members.refuse_unknown(&KEYS, |_| true);
            draft.depends = members.read("depends", read_depends).unwrap_or_default();
            draft.function = read_function(&draft.name, &mut members);
        }
        draft
    }

    /// Where its dependencies stand.
    pub(super) fn depends_place(&self) -> Place {
        self.place.key("depends")
    }
}

fn check_name(name: &str) -> Result<(), NameProblem> {
    if name.is_empty() {
        Err(NameProblem::Empty)
    } else if name.len() > FUNCTION_NAME_BYTES_MAX {
        Err(NameProblem::TooLong)
    } else if name.chars().any(char::is_control) {
        Err(NameProblem::Control)
    } else if RESERVED_NAMES.contains(&name) {
        Err(NameProblem::Reserved)
    } else {
        Ok(())
    }
}

fn read_depends(reader: &mut Reader<'_>) -> Option<Vec<(String, Place)>> {
    reader.items("a list of functions", |_, item| {
        let name = item.text("the name of a function")?;
        Some((name, item.place().clone()))
    })
}

/// Everything but the dependencies. Each member is read, whatever is wrong with the others.
fn read_function(name: &str, members: &mut Members<'_>) -> Option<Function> {
    let program = read_program(members);
    let idempotent = members.read("idempotent", |r| r.truth()).unwrap_or(true);
    let retries = members.read("retries", |r| r.whole(0..=RETRIES_MAX));
    if !idempotent && retries > Some(0) {
        members.refuse_member("retries", ProblemKind::RetriesOfOnce);
    }
    let timeout = members.read("timeout", |r| r.duration());
    let env = members.read("env", read_env);
    let memory_bytes_max = members.read("memory", |r| r.memory());
    let nice = members.read("nice", |r| r.whole(0..=NICE_MAX));
    let slots_weight = members.read("slots_weight", |r| r.whole(1..=SLOTS_WEIGHT_MAX));
    let params = members.read("params", |r| r.truth());
    Some(Function {
        timeout,
        retries: retries.unwrap_or(0),
        idempotent,
        env: env.unwrap_or_default(),
        memory_bytes_max,
        nice: nice.unwrap_or(0),
        slots_weight: slots_weight.unwrap_or(1),
        params: params.unwrap_or(false),
        ..Function::new(name, Vec::new(), program?)
    })
}

fn read_program(members: &mut Members<'_>) -> Option<Program> {
    match (members.has("file"), members.has("exec")) {
        (true, false) => members.read("file", read_file),
        (false, true) => members.read("exec", read_exec),
        (true, true) => {
            members.refuse(ProblemKind::TwoPrograms);
            None
        }
        (false, false) => {
            members.refuse(ProblemKind::NoProgram);
            None
        }
    }
}

fn read_file(reader: &mut Reader<'_>) -> Option<Program> {
    let file = reader.text("a path")?;
    reader.accept(path::check(&file))?;
    Some(Program::File(file))
}

fn read_exec(reader: &mut Reader<'_>) -> Option<Program> {
    if reader.is_empty_list() {
        reader.refuse(ProblemKind::EmptyExec);
        return None;
    }
    let argv = reader.items("a list of texts", |at, item| {
        let text = item.text("a text")?;
        if text.contains('\0') {
            item.refuse(ProblemKind::Nul);
        } else if at == 0 && (text.is_empty() || !path::is_searched(&text)) {
            item.accept(path::check(&text))?;
        }
        Some(text)
    })?;
    Some(Program::Exec(argv))
}

fn read_env(reader: &mut Reader<'_>) -> Option<Vec<(String, String)>> {
    let mut members = reader.members()?;
    Some(members.read_rest(|name, member| {
        member.accept(check_variable(&name))?;
        let value = member.text("a text")?;
        if value.contains('\0') {
            member.refuse(ProblemKind::Nul);
        }
        Some((name, value))
    }))
}

fn check_variable(name: &str) -> Result<(), VariableProblem> {
    if name.is_empty() {
        Err(VariableProblem::Empty)
    } else if name.contains(['=', '\0']) {
        Err(VariableProblem::Malformed)
    } else if RESERVED_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix))
    {
        Err(VariableProblem::Reserved)
    } else {
        Ok(())
    }
}
