use super::*;

#[test]
fn policies_are_read_as_they_are_written() {
    for text in ["flight:1", "flight:128", "fork-join:3"] {
        assert_eq!(text.parse::<Policy>().unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_policy_is_refused_with_what_would_be() {
    for text in ["", "flight", "flight:0", "flight:129", "flight:x", "fork:3"] {
        let refused = text.parse::<Policy>().unwrap_err().to_string();
        assert!(refused.contains(&format!("{text:?}")), "{refused}");
        assert!(refused.contains("flight:N or fork-join:N"), "{refused}");
    }
}
