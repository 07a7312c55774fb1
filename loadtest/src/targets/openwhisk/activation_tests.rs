use super::*;

fn parsed(text: &str) -> Option<Activation> {
    Activation::parse(text.as_bytes())
}

#[test]
fn a_record_gives_result_duration_and_zone() {
    let text = r#"{ "activationId": "0123", "start": 1000, "end": 1402, "logs": [],
        "annotations": [ { "key": "limits", "value": { "timeout": 60000 } },
                         { "key": "zone", "value": "zone-b" } ],
        "response": { "status": "success", "success": true, "size": 9,
                      "result": { "a" : [1, 2.50] } } }"#;
    let activation = parsed(text).expect("it is a record");
    assert_eq!(activation.duration, Duration::from_millis(402));
    assert_eq!(activation.zone.as_deref(), Some("zone-b"));
    // The text itself, so that numbers stay as they were written.
    let result = Bytes::from_static(br#"{ "a" : [1, 2.50] }"#);
    assert_eq!(activation.end, End::Success(result));
}

#[test]
fn an_error_is_told_with_its_status_whatever_form_it_has() {
    let failed = |result: &str| {
        let text = format!(
            r#"{{ "start": 1, "end": 2, "annotations": [ {{ "key": "timeout", "value": false }} ],
                 "response": {{ "status": "application error", "success": false,
                                "result": {result} }} }}"#
        );
        parsed(&text).expect("it is a record").end
    };
    let error = |text: &str| End::Error(format!("application error: {text}"));
    assert_eq!(failed(r#"{ "error": "no" }"#), error("no"));
    let of_a_flight = r#"{ "error": { "message": "the flight failed", "function": "a" } }"#;
    assert_eq!(failed(of_a_flight), error("the flight failed"));
    assert_eq!(failed(r#"{ "error": [1] }"#), error("[1]"));
    assert_eq!(failed(r#"{"x":1}"#), error(r#"{"x":1}"#));
}

#[test]
fn who_was_ended_by_the_host_took_too_long() {
    let text = r#"{ "start": 1, "end": 60001,
        "annotations": [ { "key": "timeout", "value": true } ],
        "response": { "status": "action developer error", "success": false,
                      "result": { "error": "The action exceeded its time limits." } } }"#;
    assert_eq!(parsed(text).expect("it is a record").end, End::TimedOut);
}

#[test]
fn what_goes_on_has_a_name_and_is_no_record_yet() {
    let text = r#"{ "activationId": "0123", "start": 1, "annotations": [] }"#;
    assert!(parsed(text).is_none());
    assert_eq!(accepted(text.as_bytes()).as_deref(), Some("0123"));
    assert!(parsed("[1, 2]").is_none());
    assert!(accepted(b"<html>").is_none());
}
