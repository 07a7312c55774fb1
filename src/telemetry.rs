//! What the program tells people, and Prometheus.

use std::str::FromStr;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};
use raptor::config::{LogFormat, LogSettings, MetricSettings};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

/// Telemetry was not installed. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum TelemetryError {
    #[error("serve metrics on {listen}: {source}")]
    Metrics {
        listen: std::net::SocketAddr,
        source: BuildError,
    },
}

/// Traces to standard error, as much as `RUST_LOG` asks for: by itself nothing but errors.
pub(crate) fn from_environment() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::ERROR.into());
    let filter = discreet(filter.from_env_lossy());
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
    // The first of a process stays.
    let _ = subscriber.with_writer(std::io::stderr).try_init();
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

/// Traces and metrics as a node's settings say.
pub(crate) fn install(log: &LogSettings, metrics: &MetricSettings) -> Result<(), TelemetryError> {
    let filter = discreet(EnvFilter::builder().parse_lossy(&log.filter));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // The first of a process stays.
    let _ = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    if let Some(listen) = metrics.listen {
        // Outside a runtime it brings a thread and a runtime of its own.
        let exporter = PrometheusBuilder::new().with_http_listener(listen);
        let exporter = exporter.install();
        exporter.map_err(|source| TelemetryError::Metrics { listen, source })?;
    }
    Ok(())
}
