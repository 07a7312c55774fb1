//! What a sweep leaves: a page with plots, a summary, a table.
//!
//! | file | for | holds |
//! | --- | --- | --- |
//! | `sweep.html` | people | the answer, plots, every figure |
//! | `mean.svg`, `p99.svg` | other pages | the plots |
//! | `summary.json` | programs | settings and every figure |
//! | `cells.csv` | programs | every figure |

use std::error::Error;
use std::fs;
use std::path::Path;

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use crate::plot::{Axis, Chart, Series, Style};
use crate::report;

use super::Cell;
use super::payoff::Payoff;
use super::text;
use crate::simulate::cluster::tally::{Gauge, Summary};

/// A sweep that was made.
pub(crate) struct Paper<'a> {
    /// The command that makes it again.
    pub(crate) command: String,
    /// What was asked for: names and values.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// What came of it.
    pub(crate) cells: &'a [Cell],
    /// Where redundancy stops to pay.
    pub(crate) payoffs: &'a [Payoff],
}

const TITLE: &str = "Simulated cluster: response time over load";

#[derive(Serialize)]
struct Leaf<'a> {
    command: &'a str,
    settings: serde_json::Map<String, serde_json::Value>,
    payoffs: Vec<String>,
    cells: &'a [Cell],
}

impl Paper<'_> {
    /// Writes all of it into a directory, which is made if it is missing.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), Box<dyn Error>> {
        make_directory(directory)?;
        let (mean, p99) = (self.mean().svg(), self.p99().svg());
        let write = |name: &str, text: &str| report::write_file(&directory.join(name), text);
        write("mean.svg", &mean)?;
        write("p99.svg", &p99)?;
        write("sweep.html", &self.page([&mean, &p99]))?;
        write("summary.json", &(self.json()? + "\n"))?;
        Ok(write("cells.csv", &self.csv()?)?)
    }

    fn json(&self) -> Result<String, serde_json::Error> {
        let settings = self.settings.iter();
        let settings = settings.map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
        serde_json::to_string_pretty(&Leaf {
            command: &self.command,
            settings: settings.collect(),
            payoffs: self.payoffs.iter().map(ToString::to_string).collect(),
            cells: self.cells,
        })
    }

    /// Times in seconds; where a cluster was overloaded there are none.
    fn csv(&self) -> Result<String, Box<dyn Error>> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let names = "policy load state workflows failed mean_s mean_error_s p50_s p50_error_s \
            p99_s p99_error_s work_s attempts utilisation";
        table.write_record(names.split_whitespace())?;
        for cell in self.cells {
            let mut record = vec![
                cell.policy.to_string(),
                cell.load.to_string(),
                cell.state().to_owned(),
            ];
            let figures = cell.sound().map(figures);
            let none = || vec![String::new(); names.split_whitespace().count() - record.len()];
            let figures = figures.unwrap_or_else(none);
            record.extend(figures);
            table.write_record(&record)?;
        }
        Ok(String::from_utf8(table.into_inner()?)?)
    }

    fn mean(&self) -> Chart {
        let title = "Mean response time over load";
        self.chart(title, "mean response time (s)", |summary| summary.mean)
    }

    fn p99(&self) -> Chart {
        let title = "99th percentile of the response time over load";
        self.chart(title, "99th percentile (s)", |summary| summary.p99)
    }

    /// One line for each policy, as far as it bears the load.
    fn chart(&self, title: &str, label: &str, pick: fn(&Summary) -> Gauge) -> Chart {
        let mut policies: Vec<_> = self.cells.iter().map(|cell| cell.policy).collect();
        policies.dedup();
        let series = policies.into_iter().map(|policy| {
            let cells = self.cells.iter().filter(|cell| cell.policy == policy);
            let points = cells.filter_map(|cell| Some((cell.load, pick(cell.sound()?).value)));
            Series::new(policy.to_string(), Style::Line, points.collect())
        });
        Chart {
            title: title.to_owned(),
            x: Axis::linear("offered load, as a share of all slots"),
            y: Axis::log(label),
            series: series.collect(),
        }
    }

    fn page(&self, plots: [&str; 2]) -> String {
        let body = html! {
            header {
                h1 { (TITLE) }
                @for payoff in self.payoffs {
                    p class=[payoff.is_of_means().then_some("answer")] { (payoff) "." }
                }
                dl class="facts" {
                    @for (name, value) in &self.settings {
                        div { dt { (name) } dd { (value) } }
                    }
                }
            }
            section {
                h2 { "Plots" }
                div class="plots" {
                    @for plot in plots { figure { (PreEscaped(plot)) figcaption { (CAPTION) } } }
                }
            }
            (self.table())
            section { h2 { "Made with" } pre { (self.command) } }
        };
        report::page::document(TITLE, &body)
    }

    fn table(&self) -> Markup {
        html! {
            section {
                h2 { "Figures" }
                p class="note" { (NOTE) }
                div class="wide" { table {
                    thead { tr { @for name in text::COLUMNS { th { (name) } } } }
                    tbody { @for cell in self.cells {
                        tr { @for figure in text::row(cell) { td { (figure) } } }
                    } }
                } }
            }
        }
    }
}

/// Makes the directory, unless it is there: before a long run, lest that was in vain.
pub(crate) fn make_directory(directory: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)
        .map_err(|why| format!("make the directory {}: {why}", directory.display()).into())
}

fn figures(summary: &Summary) -> Vec<String> {
    let counts = [summary.workflows, summary.failed].map(|count| count.to_string());
    let gauges = [summary.mean, summary.p50, summary.p99];
    let gauges = gauges.map(|Gauge { value, error }| [value.to_string(), error.to_string()]);
    let rest = [summary.work, summary.attempts, summary.utilisation].map(|it| it.to_string());
    counts
        .into_iter()
        .chain(gauges.into_iter().flatten())
        .chain(rest)
        .collect()
}

const CAPTION: &str = "A line ends where its policy is overloaded.";
const NOTE: &str = "Response times of workflows that gave a result, with their standard errors \
    (from the means of batches); work is what attempts of one workflow ran, all together. \
    Growing (times after a >): the cluster was still filling when it ended, and longer runs give \
    more. Short (times after a ~): it ran for less than 20 relaxation times of such a queue, too \
    few to be sure of times and errors. Overloaded: more came than it could do, and longer runs give ever more.";
