//! Under which circumstances two runs were made.

use serde::Serialize;

use crate::report::summary::Summary;

/// Something that was not the same for two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Circumstance {
    /// What.
    pub(crate) what: &'static str,
    /// What it was for the first.
    pub(crate) a: String,
    /// What it was for the second.
    pub(crate) b: String,
}

impl Circumstance {
    /// In words.
    pub(crate) fn words(&self) -> String {
        let Self { what, a, b } = self;
        format!("the {what} differs: {a}; {b}")
    }
}

/// What was not the same.
pub(super) fn differing(a: &Summary, b: &Summary) -> Vec<Circumstance> {
    let mut differing: Vec<_> = scenario(&a.scenario, &b.scenario).into_iter().collect();
    let pairs = circumstances(a).into_iter().zip(circumstances(b));
    differing.extend(pairs.filter_map(|((what, a), (_, b))| {
        let is_same = a == b;
        (!is_same).then_some(Circumstance { what, a, b })
    }));
    differing
}

fn circumstances(summary: &Summary) -> [(&'static str, String); 11] {
    let Summary {
        workflow,
        target,
        machine,
        ..
    } = summary;
    let known = |slots: Option<u16>| slots.map_or("unknown".to_owned(), |it| it.to_string());
    let nodes = target
        .nodes
        .map_or("unknown".to_owned(), |it| it.to_string());
    let service = workflow.service.clone();
    let depends = workflow.depends.iter().map(|it| it.join(" and "));
    [
        ("target", target.url.clone()),
        ("number of nodes", nodes),
        ("flight.slots", known(target.flight_slots)),
        ("node.slots", known(target.node_slots)),
        ("target's zones", target.zones.join(", ")),
        ("functions", workflow.functions.join(", ")),
        ("dependencies", depends.collect::<Vec<_>>().join(", ")),
        (
            "distribution of service times",
            service.unwrap_or_else(|| "unknown".to_owned()),
        ),
        ("probability of faults", workflow.fault.to_string()),
        ("number of processors", machine.processors.to_string()),
        ("kernel", machine.kernel.clone()),
    ]
}

/// The first line in which two scenarios differ.
fn scenario(a: &str, b: &str) -> Option<Circumstance> {
    if a == b {
        return None;
    }
    let (mut a, mut b) = (a.lines(), b.lines());
    let mut number = 0;
    let said = |line: Option<&str>, number| match line {
        Some(line) => format!("line {number}: {}", line.trim()),
        None => format!("no line {number}"),
    };
    loop {
        number += 1;
        let (line_a, line_b) = (a.next(), b.next());
        // Scenarios that only differ in how their lines end have none that differs.
        if line_a != line_b || line_a.is_none() {
            return Some(Circumstance {
                what: "scenario",
                a: said(line_a, number),
                b: said(line_b, number),
            });
        }
    }
}
