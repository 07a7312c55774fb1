//! What the program tells people, and Prometheus.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::str::FromStr;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};
use raptor::config::{LogFormat, LogSettings, MetricSettings};
use raptor::gateway;
use raptor_cluster::observe::{self, Metric};
use raptor_cluster::{NodeId, Zone};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

/// Telemetry was not installed. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum TelemetryError {
    #[error("serve metrics on {listen}: {source}")]
    Metrics {
        listen: SocketAddr,
        source: BuildError,
    },
}

/// Whose metrics they are.
pub(crate) struct Whose {
    pub(crate) node: NodeId,
    pub(crate) zone: Zone,
}

/// Traces to standard error, as much as `RUST_LOG` asks for: by itself nothing but errors.
pub(crate) fn from_environment() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::ERROR.into());
    let filter = discreet(filter.from_env_lossy());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_colourful())
        .with_writer(std::io::stderr);
    // The first of a process stays.
    let _ = subscriber.try_init();
}

/// The SCTP stack logs the bytes of every packet at level info: results, keys among them. Nobody is
/// to find those in a log, whatever filter is set, also one that names the very module. Its warnings are about packets that come twice or
/// late, which is no news on a network: `raptor run` is to be silent about them.
fn discreet(filter: EnvFilter) -> EnvFilter {
    let quiet = ["dcsctp=error", "dcsctp::logging=error"].map(Directive::from_str);
    quiet.into_iter().fold(filter, |filter, directive| {
        filter.add_directive(directive.expect("it is a directive"))
    })
}

/// Whether standard error shows colours: a file or a container's log does not, nor does whoever has
/// set `NO_COLOR` want them (no-color.org).
fn is_colourful() -> bool {
    let is_wanted = std::env::var_os("NO_COLOR").is_none_or(|unwanted| unwanted.is_empty());
    is_wanted && std::io::stderr().is_terminal()
}

/// Traces and metrics as a node's settings say.
pub(crate) fn install(
    log: &LogSettings,
    metrics: &MetricSettings,
    whose: &Whose,
) -> Result<(), TelemetryError> {
    let filter = discreet(EnvFilter::builder().parse_lossy(&log.filter));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_colourful())
        .with_writer(std::io::stderr);
    // The first of a process stays.
    let _ = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    if let Some(listen) = metrics.listen {
        serve(listen, whose).map_err(|source| TelemetryError::Metrics { listen, source })?;
    }
    Ok(())
}

/// Serves the metrics of a node: each series says which, and in which zone, so that nobody who
/// collects them has to find that out; and distributions as buckets, since quantiles of several
/// nodes cannot be put together.
fn serve(listen: SocketAddr, whose: &Whose) -> Result<(), BuildError> {
    let Whose { node, zone } = whose;
    let mut exporter = PrometheusBuilder::new()
        .with_http_listener(listen)
        .add_global_label("node", node.as_str())
        .add_global_label("zone", zone.as_str());
    for Metric { name, buckets, .. } in observe::metrics().chain(gateway::metrics()) {
        if !buckets.is_empty() {
            exporter = exporter.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
        }
    }
    // Outside a runtime it brings a thread and a runtime of its own.
    exporter.install()
}
