//! What goes wrong, and how each of OpenWhisk's runtimes says it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::column::Column;
use super::reply;
use crate::runtime::action::{InitError, StartError};

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The body is not what was expected; what it is instead.
    Malformed(String),
    /// The body is longer than so many bytes.
    TooLong(usize),
    /// There is no code, or, to Node.js, no entry point.
    Missing,
    /// The code is called binary, and is not base64.
    Undecodable(base64::DecodeError),
    /// The action is initialized already.
    Again,
    /// The code cannot be run.
    Broken(InitError),
    /// Nothing was initialized.
    Uninitialized,
    /// The action's process ended, or what it says is not to be trusted any more.
    Stopped,
    /// Node.js: there is an activation, and there may be only one.
    Running,
    /// The parameters are neither an object nor an array.
    Scalar,
    /// The process ended during the activation.
    Exited,
    /// A process that could run the activation was not started.
    NotStarted(StartError),
    /// The result is neither an object nor an array.
    Misshapen,
    /// The activation was ended after its deadline.
    Late,
    /// The method is none of this path.
    Method,
    /// The container is ending.
    Closing,
}

/// What the platform's tests and tools know.
pub(super) const MISSHAPEN: &str = "The action did not return a dictionary or array.";
const MISSING: &str = "Missing main/no code to execute.";
const SCALAR: &str = "The action did not receive a dictionary or array as an argument.";
const BAD_REQUEST: &str = "Bad request.";
const EXITED: &str = "command exited";

impl Refusal {
    pub(super) fn answer(&self, column: Column) -> HttpResponse {
        let (status, text) = match column {
            Column::ActionLoop => self.as_action_loop(),
            Column::Node => self.as_node(),
        };
        reply::error(status, &text)
    }

    /// What goes to the log, which is the user's, beside the answer.
    pub(super) fn remark(&self, column: Column, logs_init_errors: bool) -> Option<String> {
        let text = || match column {
            Column::ActionLoop => self.as_action_loop().1,
            Column::Node => self.as_node().1,
        };
        match (self, column) {
            (Self::Again, _) => Some(text()),
            (Self::Uninitialized | Self::Stopped | Self::Running, Column::Node) => {
                Some(format!("Internal system error: {}", text()))
            }
            // A launcher that could not load the action has said so itself.
            (Self::Broken(InitError::Start(_)), Column::Node) => None,
            (Self::Broken(why), Column::Node) => {
                Some(format!("Error during initialization: {why}"))
            }
            (Self::Undecodable(why), Column::Node) => {
                Some(format!("Error during initialization: {why}"))
            }
            (Self::Broken(why), Column::ActionLoop) => logs_init_errors.then(|| why.to_string()),
            _ => None,
        }
    }

    /// Whether an activation, or what was to become one, ends with this.
    pub(super) const fn ends_activation(&self, column: Column) -> bool {
        match self {
            Self::Broken(_) | Self::Scalar => true,
            Self::Undecodable(_) => matches!(column, Column::Node),
            _ => false,
        }
    }

    /// With `OW_LOG_INIT_ERROR` the reason of a failed initialization is only in the log.
    pub(super) fn pointer(&self) -> Option<HttpResponse> {
        const SEE_LOGS: &str =
            "The action failed to generate or locate a binary. See logs for details.";
        const CHECK_LOGS: &str = "Cannot start action. Check logs for details.";
        let text = match self {
            Self::Broken(InitError::Start(_)) => CHECK_LOGS,
            Self::Broken(_) => SEE_LOGS,
            _ => return None,
        };
        Some(reply::error(StatusCode::BAD_GATEWAY, text))
    }

    /// As `openwhisk-runtime-go` (`initHandler.go`, `runHandler.go`) and, for scalars, the
    /// dockerskeleton (`actionproxy.py`).
    fn as_action_loop(&self) -> (StatusCode, String) {
        match self {
            Self::Malformed(why) => (
                StatusCode::BAD_REQUEST,
                format!("Error unmarshaling request: {why}"),
            ),
            Self::Undecodable(why) => (
                StatusCode::BAD_REQUEST,
                format!("cannot decode the request: {why}"),
            ),
            Self::Broken(why) => (StatusCode::BAD_GATEWAY, why.to_string()),
            Self::Uninitialized | Self::Stopped => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "no action defined yet".to_owned(),
            ),
            Self::Scalar => (StatusCode::NOT_FOUND, SCALAR.to_owned()),
            Self::Exited => (StatusCode::BAD_REQUEST, EXITED.to_owned()),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "Use POST.".to_owned()),
            _ => self.as_any(),
        }
    }

    /// As `openwhisk-runtime-nodejs` (`app.js`, `service.js`).
    fn as_node(&self) -> (StatusCode, String) {
        let failed = |why: String| {
            let text = format!("Initialization has failed due to: {why}");
            (StatusCode::BAD_GATEWAY, text)
        };
        let not_ready = |text: &str| (StatusCode::FORBIDDEN, text.to_owned());
        match self {
            Self::Malformed(_) | Self::Method => {
                (StatusCode::INTERNAL_SERVER_ERROR, BAD_REQUEST.to_owned())
            }
            Self::Undecodable(why) => failed(why.to_string()),
            Self::Broken(why) => failed(why.to_string()),
            Self::Uninitialized => not_ready("System not initialized."),
            Self::Stopped => not_ready("System not ready, status is stopped."),
            Self::Running => not_ready("System not ready, status is running."),
            Self::Scalar => (StatusCode::FORBIDDEN, SCALAR.to_owned()),
            _ => self.as_any(),
        }
    }

    /// What they say alike, or do not know.
    fn as_any(&self) -> (StatusCode, String) {
        match self {
            Self::Missing => (StatusCode::FORBIDDEN, MISSING.to_owned()),
            Self::Again => (StatusCode::FORBIDDEN, InitError::Again.to_string()),
            Self::TooLong(bytes_max) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("Request larger than allowed: more than {bytes_max} bytes."),
            ),
            Self::NotStarted(why) => (StatusCode::BAD_GATEWAY, why.to_string()),
            Self::Misshapen => (StatusCode::BAD_GATEWAY, MISSHAPEN.to_owned()),
            Self::Late => (
                StatusCode::BAD_GATEWAY,
                "The action was ended after its deadline.".to_owned(),
            ),
            Self::Closing => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The container is shutting down.".to_owned(),
            ),
            Self::Exited => (StatusCode::BAD_GATEWAY, EXITED.to_owned()),
            Self::Malformed(_)
            | Self::Undecodable(_)
            | Self::Broken(_)
            | Self::Uninitialized
            | Self::Stopped
            | Self::Running
            | Self::Scalar
            | Self::Method => unreachable!("each that has this says it in its own words"),
        }
    }
}
