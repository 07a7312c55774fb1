use super::*;

#[test]
fn terms_are_taken_by_their_keys_in_any_order() {
    let mut terms = Terms::read(" b=2  a=x=y ", "a=1").unwrap();
    assert_eq!(terms.left(), Some("a"));
    assert_eq!(terms.take("a").as_deref(), Some("x=y"));
    assert_eq!(terms.number("b", |it| it > 1.0, "above 1"), Ok(Some(2.0)));
    assert_eq!(terms.number("b", |_| true, ""), Ok(None));
    assert_eq!(terms.left(), None);
}

#[test]
fn what_is_no_term_or_no_fitting_number_is_told() {
    let refused = |text| Terms::read(text, "a=1").unwrap_err();
    assert_eq!(refused("a=1 b"), "\"b\" is no term such as a=1");
    assert_eq!(refused("a=1 a=2"), "a stands there twice");
    for number in ["0.5", "x", "inf", "NaN", ""] {
        let mut terms = Terms::read(&format!("a={number}"), "a=1").unwrap();
        let refused = terms.number("a", |it| it > 1.0, "above 1").unwrap_err();
        assert_eq!(refused, format!("a={number} must be a number above 1"));
    }
}
