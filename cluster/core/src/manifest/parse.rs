//! From the text of a manifest to a [`Manifest`], or to all that is wrong with it.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::graph::Graph;
use super::json::Json;
use super::near::nearest;
use super::problem::{Findings, Place};
use super::reader::Reader;
use super::{
    FLIGHT_SIZE_MAX, FUNCTIONS_MAX, Function, MANIFEST_BYTES_MAX, Manifest, ManifestProblems,
    PathProblem, ProblemKind, Program, path,
};
use crate::FunctionIndex;

/// The key of the flight's size, as in the prototype of the paper (arXiv 2403.16457).
const FLIGHT_SIZE_KEY: &str = "__OW_NUM_CONCURRENCY";

/// Keys that begin so describe the flight; all others are functions.
const FLIGHT_PREFIX: &str = "__OW_";

impl Manifest {
    /// Reads the text of `action-manifest.json`.
    ///
    /// ```
    /// use raptor_core::manifest::Manifest;
    ///
    /// let manifest = Manifest::parse(r#"{
    ///     "split": { "depends": [],        "file": "wc.py" },
    ///     "count": { "depends": ["split"], "file": "wc.py", "timeout": "30s" },
    ///     "__OW_NUM_CONCURRENCY": 2
    /// }"#)?;
    /// assert_eq!((manifest.len(), manifest.flight_size()), (2, 2));
    ///
    /// let refusal = Manifest::parse(r#"{ "count": { "depends": ["split"], "file": "wc.py" } }"#);
    /// assert_eq!(
    ///     refusal.unwrap_err().to_string(),
    ///     r#"count.depends[0]: unknown function "split""#,
    /// );
    /// # Ok::<(), raptor_core::manifest::ManifestProblems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All problems at once, each with the path of its key. If the text is too long or no JSON, or
    /// has too many functions, that is the only one.
    pub fn parse(text: &str) -> Result<Self, ManifestProblems> {
        let mut findings = Findings::default();
        let manifest = read(text, &mut findings);
        findings.conclude(manifest)
    }

    /// Checks that the action has the files that the functions execute: `exists` is asked for each
    /// path that the manifest names, relative to the action's directory.
    ///
    /// # Errors
    ///
    /// A problem for each function whose file is missing.
    pub fn check_files(&self, exists: impl Fn(&str) -> bool) -> Result<(), ManifestProblems> {
        let mut findings = Findings::default();
        for function in &self.functions {
            let place = Place::default().key(&function.name);
            let (place, file) = match &function.program {
                Program::File(file) => (place.key("file"), file),
                Program::Exec(argv) if path::is_searched(&argv[0]) => continue,
                Program::Exec(argv) => (place.key("exec").item(0), &argv[0]),
            };
            if !exists(file) {
                findings.add(&place, PathProblem::Missing);
            }
        }
        findings.conclude(Some(()))
    }
}

fn read(text: &str, findings: &mut Findings) -> Option<Manifest> {
    let json = read_json(text, findings)?;
    let (flight_size, drafts) = read_drafts(json, findings)?;
    let depends = resolve(&drafts, findings);
    let rows: Vec<_> = depends.iter().map(Vec::as_slice).collect();
    let graph = match Graph::of(&rows) {
        Ok(graph) => graph,
        Err(cycles) => {
            refuse_cycles(&drafts, &cycles, findings);
            return None;
        }
    };
    let functions = drafts.into_iter().zip(depends).map(|(draft, depends)| {
        let function = draft.function?;
        Some(Function {
            depends,
            ..function
        })
    });
    Some(Manifest {
        functions: functions.collect::<Option<_>>()?,
        graph,
        flight_size,
        is_single: false,
    })
}

fn read_json(text: &str, findings: &mut Findings) -> Option<Json> {
    let problem = if text.len() > MANIFEST_BYTES_MAX {
        ProblemKind::TooLong { bytes: text.len() }
    } else {
        match serde_json::from_str(text) {
            Ok(json) => return Some(json),
            Err(error) => syntax_problem(&error),
        }
    };
    findings.add(&Place::default(), problem);
    None
}

fn syntax_problem(error: &serde_json::Error) -> ProblemKind {
    let (line, column) = (error.line(), error.column());
    let what = error.to_string();
    let place = format!(" at line {line} column {column}");
    ProblemKind::Syntax {
        what: what.strip_suffix(&place).unwrap_or(&what).to_owned(),
        line,
        column,
    }
}

/// The flight's size, and a draft for each function even if nothing else of it could be read:
/// others may depend on it.
fn read_drafts(json: Json, findings: &mut Findings) -> Option<(u16, Vec<Draft>)> {
    let mut reader = Reader::new(json, Place::default(), findings);
    let mut members = reader.members()?;
    members.refuse_unknown(&[FLIGHT_SIZE_KEY], |key| key.starts_with(FLIGHT_PREFIX));
    let flight_size = members.read(FLIGHT_SIZE_KEY, |size| {
        size.whole(1..=FLIGHT_SIZE_MAX.into())
    });
    let count = members.len();
    if count == 0 {
        members.refuse(ProblemKind::NoFunctions);
        return None;
    }
    if count > FUNCTIONS_MAX {
        members.refuse(ProblemKind::TooManyFunctions { count });
        return None;
    }
    let drafts = members.read_rest(|name, reader| Some(Draft::read(name, reader)));
    Some((flight_size.unwrap_or(1), drafts))
}

/// The dependencies of each function as far as they can be resolved.
fn resolve(drafts: &[Draft], findings: &mut Findings) -> Vec<Vec<FunctionIndex>> {
    let index = |at: usize| FunctionIndex(at as u16);
    let named = drafts.iter().enumerate();
    let names = named
        .map(|(at, draft)| (draft.name.as_str(), index(at)))
        .collect();
    let rows = drafts.iter().enumerate();
    rows.map(|(at, draft)| resolve_row(index(at), draft, &names, findings))
        .collect()
}

fn resolve_row(
    own: FunctionIndex,
    draft: &Draft,
    names: &BTreeMap<&str, FunctionIndex>,
    findings: &mut Findings,
) -> Vec<FunctionIndex> {
    let mut row = Vec::with_capacity(draft.depends.len());
    for (name, place) in &draft.depends {
        match names.get(name.as_str()) {
            None => findings.add_with(place, || ProblemKind::UnknownFunction {
                name: name.clone(),
                near: nearest(name, names.keys().copied()),
            }),
            Some(&need) if need == own => findings.add(place, ProblemKind::OwnDependency),
            Some(need) if row.contains(need) => {
                let name = name.clone();
                findings.add(place, ProblemKind::RepeatedDependency { name });
            }
            Some(&need) => row.push(need),
        }
    }
    row
}

fn refuse_cycles(drafts: &[Draft], cycles: &[Vec<FunctionIndex>], findings: &mut Findings) {
    for cycle in cycles {
        let members = cycle.iter().map(|function| &drafts[function.at()]);
        let place = drafts[cycle[0].at()].depends_place();
        let functions = members.map(|draft| draft.name.clone()).collect();
        findings.add(&place, ProblemKind::Cycle { functions });
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
