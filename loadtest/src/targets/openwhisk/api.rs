//! The REST interface of an OpenWhisk host, as `wsk` calls it.

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::Key;
use super::activation::{Activation, accepted};

/// How long a host may take to create or to delete an action.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the first wait for the record of an activation is that its caller was not kept for.
const POLL_INTERVAL_MIN: Duration = Duration::from_millis(10);

/// How long such waits become: each is twice the one before.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(1);

/// How long a connection is kept that nobody needs: servers close theirs after 5 s (Raptor's
/// gateway) or more, and what is sent at that moment is lost.
const CONNECTION_IDLE_MAX: Duration = Duration::from_secs(3);

/// How much of an answer that is no error of OpenWhisk's is quoted.
const QUOTE_CHARS_MAX: usize = 200;

/// The REST interface of a host, for one namespace.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: reqwest::Client,
    key: Key,
    /// `http://HOST[:PORT]/api/v1/namespaces/_`.
    base: String,
}

/// There can be no client. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("make a client for {origin}: {}", with_causes(source))]
pub(crate) struct ClientError {
    origin: String,
    source: reqwest::Error,
}

/// The host did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// It says no.
    #[error("{status}: {why}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        why: String,
    },
    /// It did not answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// It is not reached, or the connection is lost.
    #[error("{0}")]
    Lost(String),
}

impl Api {
    /// The interface of the host at `origin`, `http[s]://HOST[:PORT]`. Certificates of any origin
    /// do if they are not `checked`. Connections are kept, as many as there are requests at once.
    ///
    /// # Errors
    ///
    /// If the system has nothing to check certificates by.
    pub(crate) fn new(origin: &str, key: Key, checked: bool) -> Result<Self, ClientError> {
        // Another part of the program may have chosen a provider already: any does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .pool_idle_timeout(CONNECTION_IDLE_MAX)
            .tls_danger_accept_invalid_certs(!checked)
            .build()
            .map_err(|source| ClientError {
                origin: origin.to_owned(),
                source,
            })?;
        Ok(Self {
            client,
            key,
            base: format!("{origin}/api/v1/namespaces/_"),
        })
    }

    /// Creates an action; one that is there stays as it is.
    ///
    /// # Errors
    ///
    /// If it is not created.
    pub(crate) async fn create(&self, name: &str, action: String) -> Result<(), ApiError> {
        let path = format!("actions/{name}?overwrite=false");
        let asked = self.request(Method::PUT, &path, CHANGE_TIMEOUT);
        let asked = asked.header(CONTENT_TYPE, "application/json").body(action);
        match answer(asked).await? {
            (StatusCode::OK, _) => Ok(()),
            (status, body) => Err(refused(status, &body)),
        }
    }

    /// Deletes an action; one that is not there does not matter.
    ///
    /// # Errors
    ///
    /// If it may still be there.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), ApiError> {
        let path = format!("actions/{name}");
        let asked = self.request(Method::DELETE, &path, CHANGE_TIMEOUT);
        match answer(asked).await? {
            (StatusCode::OK | StatusCode::NOT_FOUND, _) => Ok(()),
            (status, body) => Err(refused(status, &body)),
        }
    }

    /// Invokes an action and waits for what comes of it: as long as the host keeps the request,
    /// then by asking for the record again and again.
    ///
    /// # Errors
    ///
    /// If nothing is heard of it until `deadline`; it may then go on.
    pub(crate) async fn invoke(
        &self,
        name: &str,
        params: Bytes,
        deadline: Instant,
    ) -> Result<Activation, ApiError> {
        let path = format!("actions/{name}?blocking=true&result=false");
        let asked = self.request(Method::POST, &path, until(deadline));
        let asked = asked.header(CONTENT_TYPE, "application/json").body(params);
        let (status, body) = answer(asked).await?;
        if status == StatusCode::ACCEPTED {
            let id = accepted(&body);
            let id = id.ok_or_else(|| ApiError::Lost(format!("{status}: {}", quote(&body))))?;
            return self.record(&id, deadline).await;
        }
        // An activation that failed is answered with a record too, and 502.
        Activation::parse(&body).ok_or_else(|| refused(status, &body))
    }

    /// Asks for the record of an activation until there is one.
    async fn record(&self, id: &str, deadline: Instant) -> Result<Activation, ApiError> {
        let mut pause = POLL_INTERVAL_MIN;
        loop {
            let asked = self.request(Method::GET, &format!("activations/{id}"), until(deadline));
            match answer(asked).await? {
                (StatusCode::OK, body) => {
                    if let Some(activation) = Activation::parse(&body) {
                        return Ok(activation);
                    }
                }
                // There is no record before the activation has ended.
                (StatusCode::NOT_FOUND, _) => {}
                (status, body) => return Err(refused(status, &body)),
            }
            if until(deadline) <= pause {
                tokio::time::sleep(until(deadline)).await;
                return Err(ApiError::TimedOut);
            }
            tokio::time::sleep(pause).await;
            pause = POLL_INTERVAL_MAX.min(pause * 2);
        }
    }

    fn request(&self, method: Method, path: &str, timeout: Duration) -> RequestBuilder {
        let asked = self.client.request(method, format!("{}/{path}", self.base));
        let Key { user, password } = &self.key;
        asked.basic_auth(user, Some(password)).timeout(timeout)
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

async fn answer(asked: RequestBuilder) -> Result<(StatusCode, Bytes), ApiError> {
    let answered = async {
        let answer = asked.send().await?;
        Ok((answer.status(), answer.bytes().await?))
    };
    answered.await.map_err(|error: reqwest::Error| {
        if error.is_timeout() {
            return ApiError::TimedOut;
        }
        ApiError::Lost(with_causes(&error))
    })
}

/// What the host says against it.
fn refused(status: StatusCode, body: &[u8]) -> ApiError {
    let error = serde_json::from_slice::<Value>(body).ok();
    let text = error.as_ref().and_then(|error| error["error"].as_str());
    ApiError::Refused {
        status: status.as_u16(),
        why: text.map_or_else(|| quote(body), str::to_owned),
    }
}

fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().take(QUOTE_CHARS_MAX).collect()
}

/// What went wrong, and all that it came from: the outermost alone says little.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
