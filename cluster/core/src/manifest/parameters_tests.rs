use super::*;

const PARAMS: Bytes = Bytes::from_static(br#"{"text": "a b"}"#);

fn word_count() -> Manifest {
    Manifest::from_depends(&[&[], &[0], &[0]]).with_function(FunctionIndex(2), |f| f.params = true)
}

/// No function is expected to be asked for.
fn nothing<'a>(function: FunctionIndex) -> &'a Value {
    panic!("the value of {function:?} is not needed")
}

#[test]
fn a_function_without_dependencies_gets_the_parameters_as_they_stand() {
    let given = word_count().parameters(FunctionIndex(0), &PARAMS, nothing);
    assert_eq!(given, Ok(PARAMS));
}

#[test]
fn a_function_with_dependencies_gets_their_values_by_name() {
    let value = Value::new(" { \"n\": 1.50 } ");
    let given = word_count().parameters(FunctionIndex(1), &PARAMS, |_| &value);
    assert_eq!(given.unwrap(), r#"{"f0":{ "n": 1.50 }}"#);
}

#[test]
fn a_function_that_asks_gets_the_parameters_too() {
    let value = Value::new("{}");
    let given = word_count().parameters(FunctionIndex(2), &PARAMS, |_| &value);
    assert_eq!(given.unwrap(), r#"{"f0":{},"$params":{"text": "a b"}}"#);
}

#[test]
fn names_are_escaped() {
    let manifest = Manifest::from_depends(&[&[], &[0]])
        .with_function(FunctionIndex(0), |f| f.name = "a\"b".into());
    let value = Value::new("{}");
    let given = manifest.parameters(FunctionIndex(1), &PARAMS, |_| &value);
    assert_eq!(given.unwrap(), r#"{"a\"b":{}}"#);
}

#[test]
fn what_is_given_is_one_line() {
    let pretty = Bytes::from_static(b"{\r\n  \"a\": \"\\n\"\n}\n");
    let given = word_count().parameters(FunctionIndex(0), &pretty, nothing);
    assert_eq!(given.unwrap(), "{    \"a\": \"\\n\" }");
    let value = Value::new(pretty);
    let given = word_count().parameters(FunctionIndex(1), &PARAMS, |_| &value);
    assert_eq!(given.unwrap(), "{\"f0\":{    \"a\": \"\\n\" }}");
}

#[test]
fn the_result_is_an_object_of_the_sinks() {
    let values = [1, 2, 3].map(|n| Value::new(format!("{{\"n\":{n}}}")));
    let result = word_count().result(|function| &values[function.at()]);
    assert_eq!(result.unwrap(), r#"{"f1":{"n":2},"f2":{"n":3}}"#);
}

#[test]
fn the_result_of_an_action_without_a_manifest_is_its_value() {
    let manifest = Manifest::single("main", super::super::Program::File("main.py".into()));
    let value = Value::new(r#"{ "n": 1 }"#);
    assert_eq!(manifest.result(|_| &value).unwrap(), r#"{ "n": 1 }"#);
}

#[test]
fn texts_that_are_no_json_are_refused() {
    let broken = Bytes::from_static(b"{");
    let refusal = word_count().parameters(FunctionIndex(0), &broken, nothing);
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "read the activation's parameters as JSON: EOF while parsing an object at line 1 column 1"
    );
    let value = Value::new(r#"{} , "x": {}"#);
    let refusal = word_count().parameters(FunctionIndex(1), &PARAMS, |_| &value);
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "read the value of function \"f0\" as JSON: trailing characters at line 1 column 4"
    );
}
