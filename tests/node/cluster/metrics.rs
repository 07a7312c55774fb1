//! What a node tells Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use metrics::Unit;
use raptor_cluster::observe::{self, Metric, MetricKind};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Cluster, landed};
use crate::support::{free_address, in_time, shell};

const COUNT: Option<Unit> = None;
const SECONDS: Option<Unit> = Some(Unit::Seconds);
const BYTES: Option<Unit> = Some(Unit::Bytes);

/// Every metric of a node, with its unit.
const ALL: [(&str, MetricKind, Option<Unit>); 33] = {
    use MetricKind::{Counter, Gauge, Histogram};
    [
        ("raptor_flights_total", Counter, COUNT),
        ("raptor_flight_seconds", Histogram, SECONDS),
        ("raptor_attempts_total", Counter, COUNT),
        ("raptor_attempt_seconds", Histogram, SECONDS),
        ("raptor_preemptions_total", Counter, COUNT),
        ("raptor_preemption_seconds", Histogram, SECONDS),
        ("raptor_wasted_seconds", Histogram, SECONDS),
        ("raptor_flights_admitted_total", Counter, COUNT),
        ("raptor_flights_refused_total", Counter, COUNT),
        ("raptor_recruits_missed_total", Counter, COUNT),
        ("raptor_members", Gauge, COUNT),
        ("raptor_member_probes_total", Counter, COUNT),
        ("raptor_member_suspicions_total", Counter, COUNT),
        ("raptor_starved_seconds", Histogram, SECONDS),
        ("raptor_gossip_bytes_total", Counter, BYTES),
        ("raptor_transport_associations", Gauge, COUNT),
        ("raptor_transport_peers", Gauge, COUNT),
        ("raptor_transport_envelopes_received_total", Counter, COUNT),
        ("raptor_transport_envelopes_posted_total", Counter, COUNT),
        ("raptor_transport_bytes_received_total", Counter, BYTES),
        ("raptor_transport_bytes_posted_total", Counter, BYTES),
        ("raptor_transport_posts_refused_total", Counter, COUNT),
        ("raptor_transport_envelopes_expired_total", Counter, COUNT),
        ("raptor_transport_peers_refused_total", Counter, COUNT),
        ("raptor_transport_datagrams_malformed_total", Counter, COUNT),
        ("raptor_transport_packets_stray_total", Counter, COUNT),
        ("raptor_transport_cookies_refused_total", Counter, COUNT),
        (
            "raptor_transport_associations_refused_total",
            Counter,
            COUNT,
        ),
        ("raptor_transport_handshakes_ignored_total", Counter, COUNT),
        ("raptor_transport_packets_shaped_away_total", Counter, COUNT),
        ("raptor_transport_packets_unsent_total", Counter, COUNT),
        ("raptor_mail_refused_total", Counter, COUNT),
        ("raptor_mail_bounced_total", Counter, COUNT),
    ]
};

/// Those that only exist once something has gone wrong, or some time has passed.
const NOT_ALWAYS: [&str; 7] = [
    "raptor_mail_refused_total",
    "raptor_mail_bounced_total",
    "raptor_flights_refused_total",
    "raptor_recruits_missed_total",
    "raptor_member_probes_total",
    "raptor_member_suspicions_total",
    "raptor_starved_seconds",
];

#[test]
fn every_metric_has_a_name_a_unit_and_a_meaning() {
    let listed: Vec<_> = observe::metrics()
        .map(
            |Metric {
                 name, kind, unit, ..
             }| (name, kind, unit),
        )
        .collect();
    assert_eq!(listed, ALL);
    for Metric {
        name,
        kind,
        unit,
        help,
    } in observe::metrics()
    {
        assert!(!help.is_empty(), "{name}");
        // https://prometheus.io/docs/practices/naming/
        assert_eq!(
            name.ends_with("_total"),
            kind == MetricKind::Counter,
            "{name}"
        );
        match unit {
            Some(unit) => assert!(name.contains(unit.as_str()), "{name} is in {unit:?}"),
            None => assert!(
                !name.contains("seconds") && !name.contains("bytes"),
                "{name}"
            ),
        }
    }
}

/// The types of the metrics that are served, by name, and all of the text.
pub(super) async fn served(listen: SocketAddr) -> (BTreeMap<String, String>, String) {
    let exchange = async {
        let mut stream = TcpStream::connect(listen).await?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        std::io::Result::Ok(text)
    };
    let text = in_time("the metrics", exchange)
        .await
        .expect("they are served");
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
    for (name, kind, _) in ALL
        .into_iter()
        .filter(|(name, ..)| !NOT_ALWAYS.contains(name))
    {
        let word = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            // The exporter gives quantiles where no buckets are set.
            MetricKind::Histogram => "summary",
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
    for line in [
        "raptor_flights_total{role=\"leader\",verdict=\"landed\"} 1",
        "raptor_flights_admitted_total{role=\"leader\"} 1",
        "raptor_attempts_total{outcome=\"preempted\"} 1",
        "raptor_preemptions_total{cause=\"straggler\"} 1",
        "raptor_preemption_seconds_count 1",
        "raptor_wasted_seconds_count 1",
    ] {
        assert!(lines.contains(line), "{line} in {text}");
    }
}
