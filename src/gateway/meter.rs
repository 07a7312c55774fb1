//! What is counted.

use actix_web::http::StatusCode;
use metrics::{counter, describe_counter};

const REQUESTS: &str = "raptor_gateway_requests_total";

/// Tells the recorder what is counted.
pub(crate) fn describe() {
    describe_counter!(
        REQUESTS,
        "Requests of OpenWhisk's REST interface, by class of status"
    );
}

pub(crate) fn count(status: StatusCode) {
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        4 => "4xx",
        5 => "5xx",
        _ => "other",
    };
    counter!(REQUESTS, "status" => class).increment(1);
}
