//! The profile `observability`: what the dashboard and the alerts ask for is there.

use std::path::Path;

use serde_json::Value;

use crate::blocking_wait::until;
use crate::client::sleeps;
use crate::testbed::Testbed;
use crate::traffic::{Traffic, lost};

/// Every question of the dashboard, with its panel's title.
fn questions() -> Vec<(String, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/testbed/grafana/raptor.json");
    let text = std::fs::read_to_string(file).expect("it is there");
    let dashboard: Value = serde_json::from_str(&text).expect("it is JSON");
    let panels = dashboard["panels"].as_array().expect("a list").iter();
    let of_panel = |panel: &Value| {
        let title = panel["title"].as_str().expect("a text").to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let targets = targets.into_iter();
        let question = move |target: Value| {
            let expression = target["expr"].as_str().expect("a text");
            // What Grafana puts there, at the least: four scrapes.
            (title.clone(), expression.replace("$__rate_interval", "8s"))
        };
        targets.map(question).collect::<Vec<_>>()
    };
    panels.flat_map(of_panel).collect()
}

/// What Prometheus has at a path of its interface.
fn ask(testbed: &Testbed, path: &str) -> Option<Value> {
    // The client wants one even where it speaks no TLS. The first of a process stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("http://{}/api/v1/{path}", testbed.prometheus());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("there is a runtime");
    runtime.block_on(async {
        let text = reqwest::get(url).await.ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    })
}

/// How many series answer a question; none where it cannot be asked.
fn series(testbed: &Testbed, question: &str) -> Option<usize> {
    let question: String = question
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let answer = ask(testbed, &format!("query?query={question}"))?;
    let series = answer["data"]["result"].as_array()?;
    Some(series.len())
}

#[test]
fn every_panel_of_the_dashboard_has_figures_and_no_alert_fires() {
    let Some(testbed) = Testbed::up("zones", &["gateway", "prometheus"]) else {
        return;
    };
    testbed.is_whole(6);
    testbed.is_published_here_alone("prometheus");
    let prometheus = testbed.containers("prometheus").remove(0);
    until("a Prometheus that is well", || {
        prometheus.is_healthy().then_some(())
    });
    testbed.gateway().make("fly", &sleeps("50ms"));
    let traffic = Traffic::at_gateway(&testbed.gateway(), 3, "fly");
    for (panel, question) in questions() {
        let what = format!("figures of {panel:?}: {question}");
        until(&what, || {
            series(&testbed, &question).filter(|count| *count > 0)
        });
    }
    assert_eq!(lost(&traffic.end()).len(), 0);
    let rules = ask(&testbed, "rules").expect("it answers");
    let rules = rules["data"]["groups"][0]["rules"].as_array().cloned();
    for rule in rules.expect("there are rules") {
        assert_eq!(rule["health"], "ok", "{rule}");
        assert_ne!(rule["state"], "firing", "{rule}");
    }
    testbed.down();
}
