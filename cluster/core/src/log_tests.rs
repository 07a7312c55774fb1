use super::*;

#[test]
fn lines_that_are_too_much_are_left_out_and_that_is_said() {
    let line = |text: &str| LogLine {
        at: Moment::from_micros(1),
        stream: Stream::Stdout,
        text: text.to_owned(),
    };
    let all = vec![line("a"), line("b"), line("c")];
    let mut same = all.clone();
    cut(&mut same, bytes(&all));
    assert_eq!(same, all);
    let mut less = all.clone();
    cut(&mut less, bytes(&all) - 1);
    assert_eq!(less[..2], all[..2]);
    assert!(less[2].text.starts_with("(the rest is left out"));
    assert_eq!(less.len(), 3);
    cut(&mut less, 0);
    assert_eq!(less.len(), 1);
}
