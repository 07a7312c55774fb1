//! The list of all metrics that comes with Raptor.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use raptor::gateway;
use raptor_cluster::observe::{self, Metric, MetricKind};

/// What stands above the lists.
const HEAD: &str = "\
# Metrics

What a node serves to Prometheus where `metrics.listen` is set (`GET /metrics`). Every series also has the labels `node` and
`zone`: of the node that serves it. Histograms have buckets, the same on every node, so that they can be added:
`histogram_quantile(0.99, sum by (le) (rate(raptor_flight_seconds_bucket[1m])))`. Some series exist only once
something has happened. A program that embeds a node gets those of the first list through the crate `metrics`.

This page is made from the code: `cargo test --test metrics` tells if it differs, and leaves the right one in `target/tmp`.
";

fn all() -> impl Iterator<Item = Metric> {
    observe::metrics().chain(gateway::metrics())
}

fn kind(metric: &Metric) -> &'static str {
    match metric.kind {
        MetricKind::Counter => "counter",
        MetricKind::Gauge => "gauge",
        MetricKind::Histogram => "histogram",
    }
}

fn list(page: &mut String, title: &str, metrics: impl Iterator<Item = Metric>) {
    write!(page, "\n## {title}\n\n").unwrap();
    page.push_str("| metric | kind | labels | what it says |\n| --- | --- | --- | --- |\n");
    for metric in metrics {
        let labels = metric.labels.iter();
        let labels: Vec<_> = labels
            .map(|label| format!("`{}`: {}", label.name, label.values))
            .collect();
        let (name, labels) = (metric.name, labels.join("; "));
        let (kind, help) = (kind(&metric), metric.help);
        writeln!(page, "| `{name}` | {kind} | {labels} | {help} |").unwrap();
    }
}

#[test]
fn metrics_md_lists_every_metric() {
    let mut page = HEAD.to_owned();
    list(&mut page, "Of every node", observe::metrics());
    list(
        &mut page,
        "Of a node with `gateway.listen`",
        gateway::metrics(),
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster/METRICS.md");
    if fs::read_to_string(file).ok().as_ref() != Some(&page) {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("METRICS.md");
        fs::write(&written, &page).unwrap();
        panic!(
            "cluster/METRICS.md is not what the code says: cp {} cluster/METRICS.md",
            written.display()
        );
    }
}

/// <https://prometheus.io/docs/practices/naming/>
#[test]
fn every_metric_is_named_as_prometheus_wants_it() {
    for metric in all() {
        let Metric { name, unit, .. } = metric;
        assert!(name.starts_with("raptor_"), "{name}");
        assert!(
            name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{name}"
        );
        let is_counter = metric.kind == MetricKind::Counter;
        assert_eq!(name.ends_with("_total"), is_counter, "{name}");
        match unit {
            Some(unit) => assert!(name.contains(unit.as_str()), "{name} is in {unit:?}"),
            None => assert!(
                !name.contains("seconds") && !name.contains("bytes"),
                "{name}"
            ),
        }
    }
}

#[test]
fn every_metric_has_a_meaning_and_a_name_of_its_own() {
    let mut names: Vec<_> = all().map(|metric| metric.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for Metric { name, help, .. } in all() {
        assert!(!help.is_empty() && !help.ends_with('.'), "{name}");
    }
}

/// A label of a metric would hide the one that says whose it is.
#[test]
fn no_metric_has_the_labels_that_say_whose_it_is() {
    for metric in all() {
        for label in metric.labels {
            assert!(
                !["node", "zone", "le", "job", "instance"].contains(&label.name),
                "{} has {}",
                metric.name,
                label.name
            );
        }
    }
}

#[test]
fn histograms_and_no_others_have_buckets_in_order() {
    for Metric {
        name,
        kind,
        buckets,
        ..
    } in all()
    {
        assert_eq!(buckets.is_empty(), kind != MetricKind::Histogram, "{name}");
        assert!(buckets.is_sorted_by(|a, b| a < b), "{name}: {buckets:?}");
    }
}
