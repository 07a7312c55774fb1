//! From a request to an activation, and from a result to an answer: plain JSON, or a CloudEvent
//! (CloudEvents 1.0, HTTP Protocol Binding, sections 3.1 "binary" and 3.2 "structured").

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{HttpResponse, HttpResponseBuilder};
use cloudevents::{AttributesReader, Data, Event, EventBuilder, EventBuilderV10};
use serde_json::value::RawValue;

/// What a structured event is sent as.
const STRUCTURED: &str = "application/cloudevents+json";

/// What many events are sent as.
const BATCH: &str = "application/cloudevents-batch+json";

const JSON: &str = "application/json";

/// What attributes of a binary event are called in headers.
const PREFIX: &str = "ce-";

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The parameters: a JSON object or array.
    pub(super) value: Box<RawValue>,
    /// An event's attributes, as `ce_type`.
    pub(super) fields: Vec<(String, String)>,
    form: Form,
}

/// How it came, and how it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Binary { kind: String },
    Structured { kind: String },
}

/// A request asks for nothing that can be run. The text goes to whoever asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// An attribute that every event has is missing.
    #[error("the event has no attribute \"{0}\": send it as header ce-{0}")]
    Attribute(&'static str),
    /// Its version is another.
    #[error("the event has specversion {0:?}: there are \"1.0\" and \"0.3\"")]
    Version(String),
    /// A structured event is none.
    #[error("the body is no CloudEvent: {0}")]
    Event(String),
    /// Several events at once.
    #[error("batches of events are not taken: send them one by one")]
    Batch,
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    Json(String),
    /// It is JSON of another kind.
    #[error("the body must be a JSON object or array")]
    Scalar,
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// If nothing in it can be run.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Malformed> {
        let content_type = header(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
        if content_type.starts_with(BATCH) {
            return Err(Malformed::Batch);
        }
        if content_type.starts_with(STRUCTURED) {
            return Self::structured(body);
        }
        if headers.contains_key("ce-specversion") || headers.contains_key("ce-type") {
            return Self::binary(headers, content_type, body);
        }
        Ok(Self {
            value: parameters(body)?,
            fields: Vec::new(),
            form: Form::Plain,
        })
    }

    fn binary(headers: &HeaderMap, content_type: &str, body: &[u8]) -> Result<Self, Malformed> {
        for name in ["id", "source", "type", "specversion"] {
            if header(headers, &format!("{PREFIX}{name}")).is_none() {
                return Err(Malformed::Attribute(name));
            }
        }
        let version = header(headers, "ce-specversion").unwrap_or_default();
        if !matches!(version, "1.0" | "0.3") {
            return Err(Malformed::Version(version.to_owned()));
        }
        let attributes = headers.iter().filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(PREFIX)?;
            Some((field(name), value.to_str().ok()?.to_owned()))
        });
        let is_json = content_type.is_empty() || content_type.contains("json");
        let value = match is_json {
            true => parameters(body)?,
            false => wrapped(&String::from_utf8_lossy(body).into()),
        };
        Ok(Self {
            value,
            fields: attributes.collect(),
            form: Form::Binary {
                kind: header(headers, "ce-type").unwrap_or_default().to_owned(),
            },
        })
    }

    fn structured(body: &[u8]) -> Result<Self, Malformed> {
        let event: Event =
            serde_json::from_slice(body).map_err(|error| Malformed::Event(error.to_string()))?;
        let mut fields: Vec<(String, String)> = event
            .iter()
            .map(|(name, value)| (field(name), value.to_string()))
            .collect();
        fields.sort();
        let value = match event.data() {
            None => parameters(b"")?,
            Some(Data::Json(value)) if value.is_object() || value.is_array() => raw(value),
            Some(Data::Json(value)) => wrapped(value),
            Some(Data::String(text)) => wrapped(&text.clone().into()),
            Some(Data::Binary(bytes)) => wrapped(&String::from_utf8_lossy(bytes).into()),
        };
        Ok(Self {
            value,
            fields,
            form: Form::Structured {
                kind: event.ty().to_owned(),
            },
        })
    }

    /// The answer with this result, the text of JSON, from the service `source`. An event is
    /// answered with an event in the same mode, whose type is that of the request with `.result`
    /// after it.
    pub(super) fn answer(&self, status: StatusCode, source: &str, result: &str) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        match &self.form {
            Form::Plain => response.content_type(JSON).body(result.to_owned()),
            Form::Binary { kind } => {
                attributes(&mut response, kind, source);
                response.content_type(JSON).body(result.to_owned())
            }
            Form::Structured { kind } => {
                let data: serde_json::Value = serde_json::from_str(result).unwrap_or_default();
                let event = EventBuilderV10::new()
                    .id(uuid::Uuid::new_v4().to_string())
                    .source(source)
                    .ty(format!("{kind}.result"))
                    .data(JSON, data)
                    .build();
                match event {
                    Ok(event) => {
                        let text = serde_json::to_string(&event).unwrap_or_default();
                        response.content_type(STRUCTURED).body(text)
                    }
                    Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
                }
            }
        }
    }
}

fn attributes(response: &mut HttpResponseBuilder, kind: &str, source: &str) {
    response.insert_header(("ce-specversion", "1.0"));
    response.insert_header(("ce-id", uuid::Uuid::new_v4().to_string()));
    response.insert_header(("ce-source", source));
    response.insert_header(("ce-type", format!("{kind}.result")));
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then_some(value)
}

fn field(attribute: &str) -> String {
    format!("ce_{attribute}")
}

/// The body as parameters; of nothing, none.
fn parameters(body: &[u8]) -> Result<Box<RawValue>, Malformed> {
    let body = match body.trim_ascii() {
        b"" => b"{}",
        body => body,
    };
    let value: Box<RawValue> =
        serde_json::from_slice(body).map_err(|error| Malformed::Json(error.to_string()))?;
    match value.get().starts_with(['{', '[']) {
        true => Ok(value),
        false => Err(Malformed::Scalar),
    }
}

/// Data that are no object: under a name.
fn wrapped(data: &serde_json::Value) -> Box<RawValue> {
    raw(&serde_json::json!({ "data": data }))
}

fn raw(value: &serde_json::Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("a value is JSON")
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
