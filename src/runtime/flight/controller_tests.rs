use super::{ActionPath, Controller, ControllerError, reason};

fn url(host: &str, path: &str) -> String {
    let controller = Controller::new(host, true).expect("a host is named");
    controller.url(&ActionPath::parse(path).expect("it is a path"))
}

#[test]
fn an_action_is_invoked_in_its_namespace_and_package() {
    assert_eq!(
        url("http://10.0.0.1:3233/", "/guest/flown"),
        "http://10.0.0.1:3233/api/v1/namespaces/guest/actions/flown?blocking=false&result=false"
    );
    assert_eq!(
        url("http://h", "/my ns/pkg/fl@wn & co"),
        "http://h/api/v1/namespaces/my%20ns/actions/pkg/fl%40wn%20%26%20co\
         ?blocking=false&result=false"
    );
}

#[test]
fn a_host_without_a_scheme_is_spoken_to_in_tls() {
    let url = url("openwhisk.example", "/_/a");
    assert!(
        url.starts_with("https://openwhisk.example/api/v1/"),
        "{url}"
    );
}

#[test]
fn without_a_host_there_is_no_controller() {
    let made = Controller::new(" ", true);
    assert!(matches!(made, Err(ControllerError::NoHost)), "{made:?}");
}

#[test]
fn what_is_no_path_of_an_action_is_none() {
    for path in ["", "a", "/a", "/a/", "//a", "/a//b", "/a/b/c/d", "a/b"] {
        assert_eq!(ActionPath::parse(path), None, "{path}");
    }
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_controller() {
    assert_eq!(reason(br#"{"error":"Too many","code":"x"}"#), "Too many");
    assert_eq!(reason(b"<html>"), "<html>");
}
