//! What a node tells Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use raptor::gateway;
use raptor_cluster::observe::{self, Metric, MetricKind};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Cluster, landed};
use crate::support::{free_address, in_time, shell, until};

/// Those that only exist once something has gone wrong, or some time has passed.
const NOT_ALWAYS: [&str; 8] = [
    "raptor_mail_refused_total",
    "raptor_mail_bounced_total",
    "raptor_flights_refused_total",
    "raptor_flights_short_handed_total",
    "raptor_recruits_missed_total",
    "raptor_member_probes_total",
    "raptor_member_suspicions_total",
    "raptor_starved_seconds",
];

/// What is answered there.
async fn get(listen: SocketAddr, path: &str) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(listen).await?;
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        std::io::Result::Ok(text)
    };
    let text = in_time(path, exchange).await;
    text.expect("it is served")
}

/// The types of the metrics that are served, by name, and all of the text.
pub(super) async fn served(listen: SocketAddr) -> (BTreeMap<String, String>, String) {
    let text = get(listen, "/metrics").await;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let types = types.filter_map(|line| line.split_once(' '));
    let types = types.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    (types.collect(), text)
}

#[tokio::test]
async fn after_a_flight_all_is_served_that_it_concerns() {
    let listen = free_address();
    let cluster = Cluster::start_with(|letter, program| match letter {
        'a' => program.env("RAPTOR__METRICS__LISTEN", listen.to_string()),
        _ => program,
    })
    .await;
    // The leader's own attempt is preempted.
    let race = "if [ $RAPTOR_MEMBER = 0 ]; then >$1/there; exec sleep 600; fi; \
                until [ -e $1/there ]; do sleep 0.01; done; echo '{}' >&3";
    let race = json!({ "f": shell(race, &[cluster.stage.path()]) });
    landed(&cluster.invoke_written(0, &race).end().await);

    let (mut types, text) = served(listen).await;
    let mut expected = BTreeMap::new();
    for Metric { name, kind, .. } in
        observe::metrics().filter(|metric| !NOT_ALWAYS.contains(&metric.name))
    {
        let word = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        expected.insert(name.to_owned(), word.to_owned());
    }
    types.retain(|name, _| !NOT_ALWAYS.contains(&&**name));
    assert_eq!(types, expected, "{text}");
    for Metric { name, help, .. } in observe::metrics() {
        let is_served = types.contains_key(name);
        assert!(
            !is_served || text.contains(&format!("# HELP {name} {help}\n")),
            "{name}: {text}"
        );
    }
    let lines: BTreeSet<&str> = text.lines().collect();
    let whose = "node=\"node-a\",zone=\"zone-a\"";
    for line in [
        format!(
            "raptor_flights_total{{{whose},policy=\"flight\",role=\"leader\",verdict=\"landed\"}} 1"
        ),
        format!(
            "raptor_flight_seconds_bucket{{{whose},policy=\"flight\",verdict=\"landed\",le=\"300\"}} 1"
        ),
        format!("raptor_flights_admitted_total{{{whose},role=\"leader\"}} 1"),
        format!("raptor_attempts_total{{{whose},outcome=\"preempted\"}} 1"),
        format!("raptor_preemptions_total{{{whose},cause=\"straggler\"}} 1"),
        format!("raptor_preemption_seconds_count{{{whose}}} 1"),
        format!("raptor_wasted_seconds_count{{{whose}}} 1"),
    ] {
        assert!(lines.contains(&*line), "{line} in {text}");
    }
}

#[tokio::test]
async fn what_the_gateway_answers_is_counted_and_timed() {
    let [metrics, gateway] = [free_address(), free_address()];
    let _cluster = Cluster::start_with(|letter, program| match letter {
        'b' => program
            .env("RAPTOR__METRICS__LISTEN", metrics.to_string())
            .env("RAPTOR__GATEWAY__GUEST", "true")
            .env("RAPTOR__GATEWAY__LISTEN", gateway.to_string()),
        _ => program,
    })
    .await;
    until("the gateway listens", || {
        std::net::TcpStream::connect(gateway).ok()
    })
    .await;
    get(gateway, "/nowhere").await;
    let (types, text) = served(metrics).await;
    for Metric { name, kind, .. } in gateway::metrics() {
        let is_counted = types.contains_key(name);
        let is_of_invocations = name.starts_with("raptor_gateway_activations_total");
        assert_eq!(is_counted, !is_of_invocations, "{name}, a {kind:?}: {text}");
    }
    let whose = "node=\"node-b\",zone=\"zone-b\"";
    for line in [
        format!("raptor_gateway_requests_total{{{whose},status=\"4xx\"}} 1\n"),
        format!("raptor_gateway_request_seconds_count{{{whose},status=\"4xx\"}} 1\n"),
        format!("raptor_gateway_activations_underway{{{whose}}} 0\n"),
    ] {
        assert!(text.contains(&line), "{line} in {text}");
    }
}
