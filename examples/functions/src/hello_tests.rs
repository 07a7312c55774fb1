use serde_json::{Map, Value, json};

use super::*;

fn params(value: Value) -> Params {
    let object: Map<String, Value> = serde_json::from_value(value).unwrap();
    Params::from(object)
}

#[test]
fn the_sequence_greets_by_name() {
    let greeting = hello(&params(json!({ "name": "Ada" }))).unwrap();
    let letter = greet(&params(json!({ "hello": greeting }))).unwrap();
    assert_eq!(
        json!(letter),
        json!({ "text": "Hello, Ada! Raptor flies." })
    );
}

#[test]
fn without_a_name_the_world_is_greeted() {
    let greeting = hello(&Params::default()).unwrap();
    assert_eq!(json!(greeting), json!({ "greeting": "Hello, world!" }));
}

#[test]
fn greet_needs_the_greeting() {
    let error = greet(&Params::default()).unwrap_err().to_string();
    assert!(error.contains("depend on \"hello\""), "{error}");
}
