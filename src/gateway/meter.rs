//! What is counted of the interface.

use std::time::Duration;

use actix_web::http::StatusCode;
use metrics::{counter, gauge, histogram};
use raptor_cluster::observe::{DURATIONS_S, Label, Metric};

use super::activation::Status;

const REQUESTS: &str = "raptor_gateway_requests_total";
const REQUEST_SECONDS: &str = "raptor_gateway_request_seconds";
const ACTIVATIONS: &str = "raptor_gateway_activations_total";
const UNDERWAY: &str = "raptor_gateway_activations_underway";

const CLASS: Label = Label::new("status", "`2xx`, `4xx`, `5xx`, `other`");
const STATUS: Label = Label::new(
    "status",
    "`success`, `application_error`, `developer_error`, `internal_error`",
);

/// The metrics of OpenWhisk's interface.
pub(super) const GATEWAY_METRICS: &[Metric] = &[
    Metric::counter(
        REQUESTS,
        "Requests of OpenWhisk's interface that were answered",
    )
    .with(&[CLASS]),
    Metric::seconds(
        REQUEST_SECONDS,
        DURATIONS_S,
        "From the head of a request of OpenWhisk's interface to the answer; blocking invocations wait \
         for their result",
    )
    .with(&[CLASS]),
    Metric::counter(
        ACTIVATIONS,
        "Activations that ended here: also each action of a sequence or composition",
    )
    .with(&[STATUS]),
    Metric::gauge(
        UNDERWAY,
        "Invocations that go on here, with the records that are still to be written",
    ),
];

/// Tells the recorder what is counted.
pub(crate) fn describe() {
    for metric in GATEWAY_METRICS {
        metric.describe();
    }
}

/// A request was answered.
pub(crate) fn on_answered(status: StatusCode, took: Duration) {
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        4 => "4xx",
        5 => "5xx",
        _ => "other",
    };
    counter!(REQUESTS, "status" => class).increment(1);
    histogram!(REQUEST_SECONDS, "status" => class).record(took);
}

/// An activation ended.
pub(super) fn on_ended(status: Status) {
    let status = match status {
        Status::Success => "success",
        Status::ApplicationError => "application_error",
        Status::DeveloperError => "developer_error",
        Status::InternalError => "internal_error",
    };
    counter!(ACTIVATIONS, "status" => status).increment(1);
}

/// So many invocations go on.
pub(super) fn on_underway(count: usize) {
    gauge!(UNDERWAY).set(count as f64);
}
