use std::sync::Arc;

use raptor_functions::distribution::Distribution;

use super::*;
use crate::flying::Values;
use crate::simulate::cluster::arrivals::Arrivals;
use crate::simulate::cluster::layout::Layout;
use crate::simulate::cluster::workload::{Workload, read_workflow};
use crate::simulate::sweep::page::Paper;
use crate::simulate::sweep::payoff::payoffs;

fn experiment(service: &str) -> Experiment {
    let manifest = Arc::new(read_workflow("independent:2").unwrap());
    let service: Distribution = service.parse().unwrap();
    Experiment {
        layout: Layout::ideal(10),
        workload: Workload::new(manifest, &service),
        arrivals: Arrivals::Poisson,
        load: 0.1,
        workflows: 40_000,
        flight_slots: 1,
        values: Values::Fresh,
        seed: 1,
    }
}

fn cells() -> Vec<Cell> {
    let policies = ["fork-join", "redundancy:3"].map(|it| it.parse().unwrap());
    let loads = [0.2, 0.9, 0.95];
    let mut told = 0;
    let cells = sweep(&experiment("const mean=1s"), &policies, &loads, |_| {
        told += 1
    });
    assert_eq!(told, cells.len());
    cells
}

#[test]
fn an_overloaded_policy_is_spared_the_higher_loads() {
    let cells = cells();
    let states: Vec<_> = cells.iter().map(Cell::state).collect();
    assert_eq!(states[..2], ["steady"; 2]);
    assert_eq!(states[3..], ["steady", "overloaded", "overloaded"]);
    assert!(cells[4].summary.is_some() && cells[5].summary.is_none());
    assert!(cells[4].sound().is_none() && cells[3].sound().is_some());
}

#[test]
fn a_run_that_is_short_says_how_long_it_must_be() {
    let mut experiment = experiment("exp mean=1s");
    let policies = [Scheduler::ForkJoin];
    let cells = sweep(&experiment, &policies, &[0.5, 0.95], |_| ());
    let states: Vec<_> = cells.iter().map(Cell::state).collect();
    assert_eq!(states, ["steady", "short"]);
    let wanted = tasks_wanted(&cells, 2 * experiment.workflows).unwrap();
    assert!((290_000..1_400_000).contains(&wanted), "{wanted}");
    experiment.workflows = wanted as u32 / 2;
    let cells = sweep(&experiment, &policies, &[0.5, 0.9], |_| ());
    assert_eq!(tasks_wanted(&cells, wanted as u32), None);
}

#[test]
fn a_sweep_leaves_files_that_say_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("new");
    let cells = cells();
    let payoffs = payoffs(&cells, &[Scheduler::ForkJoin]);
    let paper = Paper {
        command: "loadtest simulate".to_owned(),
        settings: vec![("servers", "10".to_owned())],
        cells: &cells,
        payoffs: &payoffs,
    };
    paper.write(&out).unwrap();
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let page = read("sweep.html");
    for payoff in &payoffs {
        assert!(page.contains(&payoff.to_string()), "{payoff}");
    }
    assert!(page.contains(read("mean.svg").trim()) && page.contains(read("p99.svg").trim()));
    let summary: serde_json::Value = serde_json::from_str(&read("summary.json")).unwrap();
    assert_eq!(summary["settings"]["servers"], "10");
    assert_eq!(summary["cells"][3]["policy"], "redundancy:3");
    let mean = cells[3].sound().unwrap().mean.value;
    assert_eq!(summary["cells"][3]["summary"]["mean"]["value"], mean);
    let table = read("cells.csv");
    let rows: Vec<Vec<_>> = table.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + cells.len());
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{table}");
    assert_eq!(rows[4][..2], ["redundancy:3", "0.2"]);
    assert_eq!(rows[4][5].parse(), Ok(mean));
    assert_eq!(rows[5][3], "");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let paper = Paper {
        command: String::new(),
        settings: Vec::new(),
        cells: &[],
        payoffs: &[],
    };
    let refused = paper
        .write(&file.path().join("below"))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("below"), "{refused}");
}
