//! How activations end.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How an activation ended (`ActivationResult.scala`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Success,
    ApplicationError,
    DeveloperError,
    InternalError,
}

impl Status {
    /// As records say it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::ApplicationError => "application error",
            Self::DeveloperError => "action developer error",
            Self::InternalError => "whisk internal error",
        }
    }

    /// As lists say it.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ApplicationError => 1,
            Self::DeveloperError => 2,
            Self::InternalError => 3,
        }
    }
}

/// How an activation ended, and with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Response {
    pub(crate) status: Status,
    pub(crate) result: Value,
    /// How long the result's text is.
    pub(crate) size: u64,
}

impl Response {
    pub(crate) fn new(status: Status, result: Value) -> Self {
        Self {
            size: result.to_string().len() as u64,
            status,
            result,
        }
    }

    /// What a function gave: an application error if it says so.
    pub(crate) fn of_result(result: Value) -> Self {
        let status = match result.get("error") {
            Some(_) => Status::ApplicationError,
            None => Status::Success,
        };
        Self::new(status, result)
    }

    /// An error with this text.
    pub(crate) fn error(status: Status, text: &str) -> Self {
        Self::new(status, json!({ "error": text }))
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    pub(crate) fn has_error(&self) -> bool {
        self.result.get("error").is_some()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "status": self.status.text(),
            "success": self.is_success(),
            "result": self.result,
            "size": self.size,
        })
    }
}
