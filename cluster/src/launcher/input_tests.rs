use super::*;

fn line(input: Input, parameters: &str, fields: &[(&str, &str)]) -> String {
    String::from_utf8(input.line(parameters.as_bytes(), fields)).unwrap()
}

#[test]
fn a_native_program_gets_the_parameters_alone() {
    let fields = [("activation_id", "1")];
    assert_eq!(line(Input::Parameters, "{\"a\":1}", &fields), "{\"a\":1}\n");
}

#[test]
fn a_launcher_gets_the_activation_beside_them() {
    let fields = [("activation_id", "0f"), ("action_name", "/_/say \"hi\"")];
    assert_eq!(
        line(Input::ActionLoop, "{\"a\":1}", &fields),
        "{\"value\":{\"a\":1},\"activation_id\":\"0f\",\"action_name\":\"/_/say \\\"hi\\\"\"}\n"
    );
}

#[test]
fn parameters_over_several_lines_become_one() {
    let pretty = "{\r\n  \"a\": \"x\\n\"\n}";
    for input in [Input::Parameters, Input::ActionLoop] {
        let line = line(input, pretty, &[]);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.contains("\"x\\n\""), "{line}");
    }
}
