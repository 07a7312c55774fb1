//! From a flight's answer to what clients are told.

use std::time::Duration;

use raptor_cluster::{Answer, FaultKind, MemberFault};
use serde_json::Value;

use crate::gateway::activation::{Response, Status};

/// The most that a result may have (`whisk.activation.payload.max`).
const RESULT_BYTES_MAX: usize = 1 << 20;

/// What whoever overdid it is shown of it.
const TRUNCATED_BYTES: usize = 1 << 10;

/// What a function gave that gave neither an object nor an array. Launchers say it too.
const NO_RESULT: &str = "The action did not return a dictionary or array.";

/// What ends without a word.
const ABNORMAL: &str = "The action did not produce a valid response and exited unexpectedly.";

/// What cannot be started.
pub(super) const NO_BINARY: &str =
    "The action failed to generate or locate a binary. See logs for details.";

/// What there is no room for.
const OVERLOADED: &str = "System is overloaded, try again later.";

/// Has Raptor's launchers mark what they say themselves, where they could not load a function or make
/// an object of what it did, with this member: OpenWhisk's runtimes answer 502 then.
pub(super) const FATAL_VARIABLE: &str = "RAPTOR_LAUNCHER_FATAL";
pub(super) const FATAL_KEYED: &str = "key";
const FATAL_KEY: &str = "raptor_fatal";

/// How an activation ended.
pub(super) struct Outcome {
    pub(super) response: Response,
    pub(super) timed_out: bool,
}

impl Outcome {
    /// What a flight's answer means, of an action that could take `timeout`.
    pub(super) fn of(answer: &Answer, timeout: Duration) -> Self {
        match answer {
            Answer::Landed(body) => Self::of_body(body),
            Answer::Failed { faults, .. } => Self::of_faults(faults, timeout),
            Answer::TimedOut => Self::timed_out(timeout),
            Answer::Cancelled => Self::internal("The activation was cancelled."),
            Answer::Refused(_) => Self::internal(OVERLOADED),
        }
    }

    /// What the interface, and no action, is to blame for.
    pub(super) fn internal(text: &str) -> Self {
        Response::error(Status::InternalError, text).into()
    }

    fn developer(text: &str) -> Self {
        Response::error(Status::DeveloperError, text).into()
    }

    fn timed_out(timeout: Duration) -> Self {
        let millis = timeout.as_millis();
        let text = format!("The action exceeded its time limits of {millis} milliseconds.");
        Self {
            timed_out: true,
            ..Self::developer(&text)
        }
    }

    fn of_body(body: &[u8]) -> Self {
        if body.len() > RESULT_BYTES_MAX {
            return Response::error(Status::ApplicationError, &too_long(body)).into();
        }
        let Ok(mut result) = serde_json::from_slice::<Value>(body) else {
            return Self::developer(ABNORMAL);
        };
        let members = result.as_object_mut();
        if members.is_some_and(|members| members.remove(FATAL_KEY).is_some()) {
            return Response::new(Status::DeveloperError, result).into();
        }
        match result.get("error") {
            Some(Value::String(text)) if text == NO_RESULT => Self::developer(NO_RESULT),
            Some(_) | None => Response::of_result(result).into(),
        }
    }

    /// Every member has failed. What the function itself had to say is told, if any of them heard
    /// it.
    fn of_faults(faults: &[MemberFault], timeout: Duration) -> Self {
        let kinds = || faults.iter().map(|fault| &fault.fault.kind);
        let said = kinds().find_map(|kind| match kind {
            FaultKind::Application(value) => Some(value.body()),
            _ => None,
        });
        if let Some(body) = said {
            return Self::of_body(body);
        }
        match kinds().next() {
            Some(FaultKind::TimedOut(_)) => Self::timed_out(timeout),
            Some(FaultKind::Invalid(_)) => Self::developer(NO_RESULT),
            Some(FaultKind::NotStarted(_)) => Self::developer(NO_BINARY),
            Some(FaultKind::Busy) => Self::internal(OVERLOADED),
            Some(FaultKind::Oversized { bytes_max }) => Self::developer(&format!(
                "The action produced a response that exceeded the allowed length: more than \
                 {bytes_max} bytes."
            )),
            Some(
                FaultKind::Exited(_)
                | FaultKind::Signalled(_)
                | FaultKind::Lost(_)
                | FaultKind::Application(_),
            )
            | None => Self::developer(ABNORMAL),
        }
    }
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        Self {
            response,
            timed_out: false,
        }
    }
}

fn too_long(body: &[u8]) -> String {
    let (length, shown) = (
        body.len(),
        String::from_utf8_lossy(&body[..TRUNCATED_BYTES]),
    );
    format!(
        "The action produced a response that exceeded the allowed length: {length} > \
         {RESULT_BYTES_MAX} bytes. The truncated response was: {shown}"
    )
}
