use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::{Asked, Malformed};

fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in all {
        let value = HeaderValue::from_str(value).expect("it is a value");
        headers.insert(HeaderName::from_static(name), value);
    }
    headers
}

const BINARY: &[(&str, &str)] = &[
    ("ce-specversion", "1.0"),
    ("ce-id", "7"),
    ("ce-source", "/shop"),
    ("ce-type", "order.placed"),
    ("ce-tenant", "a"),
    ("content-type", "application/json"),
];

#[test]
fn a_plain_body_is_the_parameters_to_the_byte() {
    let asked = Asked::read(&headers(&[]), b" {\"n\": 1.0} \n").expect("it is an object");
    assert_eq!(asked.value.get(), "{\"n\": 1.0}");
    assert!(asked.fields.is_empty());
    let nothing = Asked::read(&headers(&[]), b"").expect("nothing is an empty object");
    assert_eq!(nothing.value.get(), "{}");
}

#[test]
fn a_binary_event_is_its_data_and_its_attributes() {
    let asked = Asked::read(&headers(BINARY), br#"{"n":1}"#).expect("it is an event");
    assert_eq!(asked.value.get(), r#"{"n":1}"#);
    let find = |name: &str| asked.fields.iter().find(|(key, _)| key == name).cloned();
    assert_eq!(find("ce_type").expect("it has one").1, "order.placed");
    assert_eq!(find("ce_tenant").expect("extensions count").1, "a");
    let answer = asked.answer(StatusCode::OK, "/raptor", "{}");
    let header = |name: &str| answer.headers().get(name).expect("it is an event");
    assert_eq!(header("ce-type"), "order.placed.result");
    assert_eq!(header("ce-source"), "/raptor");
    assert!(!header("ce-id").is_empty());
}

#[test]
fn a_structured_event_is_answered_with_one() {
    let event = json!({
        "specversion": "1.0", "id": "7", "source": "/shop", "type": "order.placed",
        "datacontenttype": "application/json", "data": { "n": 1 },
    });
    let headers = headers(&[(
        "content-type",
        "application/cloudevents+json; charset=utf-8",
    )]);
    let asked = Asked::read(&headers, event.to_string().as_bytes()).expect("it is an event");
    assert_eq!(asked.value.get(), r#"{"n":1}"#);
    assert!(asked.fields.contains(&("ce_id".to_owned(), "7".to_owned())));
    let answer = asked.answer(StatusCode::OK, "/raptor", r#"{"ok":true}"#);
    let body = answer.into_body().try_into_bytes().expect("it is whole");
    let event: Value = serde_json::from_slice(&body).expect("it is JSON");
    assert_eq!(event["type"], "order.placed.result");
    assert_eq!(event["data"], json!({ "ok": true }));
}

#[test]
fn data_that_are_no_object_have_a_name() {
    let event = json!({ "specversion": "1.0", "id": "7", "source": "/s", "type": "t", "data": 5 });
    let structured = headers(&[("content-type", "application/cloudevents+json")]);
    let asked = Asked::read(&structured, event.to_string().as_bytes()).expect("it is an event");
    assert_eq!(asked.value.get(), r#"{"data":5}"#);
    let mut text = headers(BINARY);
    text.insert(
        HeaderName::from_static("content-type"),
        HeaderValue::from_static("text/plain"),
    );
    let asked = Asked::read(&text, b"hello").expect("it is an event");
    assert_eq!(asked.value.get(), r#"{"data":"hello"}"#);
}

#[test]
fn what_cannot_be_run_is_refused_with_its_reason() {
    let refused = |headers: &HeaderMap, body: &[u8]| {
        Asked::read(headers, body).expect_err("it cannot be run")
    };
    assert_eq!(refused(&headers(&[]), b"5"), Malformed::Scalar);
    assert!(matches!(refused(&headers(&[]), b"{"), Malformed::Json(_)));
    assert_eq!(
        refused(&headers(&[("ce-type", "t")]), b""),
        Malformed::Attribute("id")
    );
    let mut future = headers(BINARY);
    future.insert(
        HeaderName::from_static("ce-specversion"),
        HeaderValue::from_static("2.0"),
    );
    assert_eq!(refused(&future, b""), Malformed::Version("2.0".to_owned()));
    let structured = headers(&[("content-type", "application/cloudevents+json")]);
    assert!(matches!(refused(&structured, b"{}"), Malformed::Event(_)));
    let batch = headers(&[("content-type", "application/cloudevents-batch+json")]);
    assert_eq!(refused(&batch, b"[]"), Malformed::Batch);
}
