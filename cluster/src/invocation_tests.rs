use super::*;

#[test]
fn what_may_be_secret_is_not_shown() {
    let bundle = Bundle::from_manifest(r#"{"f": {"depends": [], "exec": ["true"]}}"#).unwrap();
    let invocation = Invocation {
        context: vec![("api_key".to_owned(), "hush".to_owned())],
        env: vec![("TOKEN".to_owned(), "hush".to_owned())],
        ..Invocation::new(bundle)
    };
    let request = invocation.request(FlightId(1), true);
    for shown in [format!("{invocation:?}"), format!("{request:?}")] {
        assert!(
            shown.contains("api_key") && shown.contains("TOKEN"),
            "{shown}"
        );
        assert!(!shown.contains("hush"), "{shown}");
    }
}
