//! OpenWhisk's controller, as a leader calls it to get its followers.

use std::fmt::Write as _;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

/// How long the controller may take to accept an invocation: an activation that it accepts later is
/// of little use.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an answer that is no error of OpenWhisk's is quoted.
const QUOTE_CHARS_MAX: usize = 200;

/// OpenWhisk's controller.
#[derive(Clone, Debug)]
pub(crate) struct Controller {
    client: reqwest::Client,
    /// `http://host[:port]` or `https://host[:port]`, without a slash at its end.
    origin: String,
}

/// An action, by its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActionPath {
    namespace: String,
    /// `[package/]name`.
    name: String,
}

/// The controller cannot be called at all. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControllerError {
    /// There is no address.
    #[error("find the controller: __OW_API_HOST is not set")]
    NoHost,
    /// The client cannot be made.
    #[error("make a client for the controller at {origin}: {source}")]
    Client {
        origin: String,
        source: reqwest::Error,
    },
}

/// A follower was not got. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    /// Nobody could be asked.
    #[error("ask the controller: {}", with_causes(.0))]
    Unreached(#[from] reqwest::Error),
    /// The controller refuses.
    #[error("get an activation from the controller: it answered {status}: {why}")]
    Refused { status: u16, why: String },
}

impl Controller {
    /// The controller at `host`, `[http[s]://]host[:port]`; without a scheme it is https, as for
    /// OpenWhisk's clients. Certificates of any origin do if they are not `checked`.
    ///
    /// # Errors
    ///
    /// If no host is named or the system has nothing to check certificates by.
    pub(crate) fn new(host: &str, checked: bool) -> Result<Self, ControllerError> {
        let host = host.trim().trim_end_matches('/');
        if host.is_empty() {
            return Err(ControllerError::NoHost);
        }
        let origin = match host.contains("://") {
            true => host.to_owned(),
            false => format!("https://{host}"),
        };
        // Another part of the program may have chosen a provider already: any does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(ACCEPT_TIMEOUT)
            .tls_danger_accept_invalid_certs(!checked)
            .build();
        match client {
            Ok(client) => Ok(Self { client, origin }),
            Err(source) => Err(ControllerError::Client { origin, source }),
        }
    }

    /// Invokes an action with these parameters, without waiting for its result.
    ///
    /// # Errors
    ///
    /// If the activation is not accepted.
    pub(crate) async fn invoke(
        &self,
        action: &ActionPath,
        key: &str,
        params: String,
    ) -> Result<(), InvokeError> {
        let (user, password) = key.split_once(':').unwrap_or((key, ""));
        let asked = self
            .client
            .post(self.url(action))
            .basic_auth(user, Some(password))
            .header(CONTENT_TYPE, "application/json")
            .body(params);
        let answer = asked.send().await?;
        let status = answer.status();
        if status == StatusCode::ACCEPTED || status == StatusCode::OK {
            return Ok(());
        }
        let body = answer.bytes().await.unwrap_or_default();
        Err(InvokeError::Refused {
            status: status.as_u16(),
            why: reason(&body),
        })
    }

    fn url(&self, action: &ActionPath) -> String {
        let ActionPath { namespace, name } = action;
        let mut url = format!("{}/api/v1/namespaces/", self.origin);
        push_encoded(&mut url, namespace);
        url.push_str("/actions");
        for part in name.split('/') {
            url.push('/');
            push_encoded(&mut url, part);
        }
        url.push_str("?blocking=false&result=false");
        url
    }
}

impl ActionPath {
    /// Parses `/namespace[/package]/name`, as `__OW_ACTION_NAME` has it.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let (namespace, name) = path.strip_prefix('/')?.split_once('/')?;
        let parts = name.split('/');
        let is_whole = !namespace.is_empty() && parts.clone().all(|part| !part.is_empty());
        (is_whole && parts.count() <= 2).then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// A segment of a path, with everything escaped that is not unreserved (RFC 3986, section 2.3).
fn push_encoded(url: &mut String, segment: &str) {
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(byte));
            }
            _ => write!(url, "%{byte:02X}").expect("a string takes every text"),
        }
    }
}

/// What the controller says against it.
fn reason(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(Value::Object(error)) if error.get("error").is_some_and(Value::is_string) => {
            error["error"].as_str().unwrap_or_default().to_owned()
        }
        _ => {
            let text = String::from_utf8_lossy(body);
            text.chars().take(QUOTE_CHARS_MAX).collect()
        }
    }
}

/// What went wrong, and all that it came from: the outermost alone says little.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[path = "controller_tests.rs"]
mod tests;
