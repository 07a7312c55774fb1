use serde_json::json;

use super::*;

fn read(text: &str) -> Result<Params, ParamsError> {
    Params::read_from(text.as_bytes())
}

#[test]
fn parameters_are_one_line_and_what_follows_is_left() {
    let mut input = "{\"bits\": 1024}\nnext".as_bytes();
    let params = Params::read_from(&mut input).unwrap();
    assert_eq!(params.get::<u32>("bits").unwrap(), Some(1024));
    assert_eq!(input, b"next");
}

#[test]
fn the_last_line_needs_no_newline() {
    assert_eq!(read("{}").unwrap(), Params::default());
}

#[test]
fn an_empty_input_says_what_is_missing() {
    let error = read("").unwrap_err().to_string();
    assert!(error.contains("one line with a JSON object"), "{error}");
}

#[test]
fn what_is_no_object_is_refused() {
    for text in ["[]", "7", "{\"a\":", "\n"] {
        assert!(
            matches!(read(text), Err(ParamsError::NotAnObject(_))),
            "{text}"
        );
    }
}

#[test]
fn an_absent_parameter_and_a_null_one_are_the_same() {
    let params = read("{\"name\": null}").unwrap();
    assert_eq!(params.get::<String>("name").unwrap(), None);
    assert_eq!(params.get::<String>("other").unwrap(), None);
}

#[test]
fn a_parameter_of_another_type_is_refused_by_its_name() {
    let error = read("{\"bits\": \"many\"}").unwrap();
    let error = error.get::<u32>("bits").unwrap_err().to_string();
    assert!(error.starts_with("use the parameter \"bits\":"), "{error}");
}

#[test]
fn parameters_keep_their_order() {
    let object = read("{\"b\": 1, \"a\": 2}").unwrap().into_object();
    assert_eq!(json!(object).to_string(), "{\"b\":1,\"a\":2}");
}
