use super::*;

#[test]
fn a_stall_is_read_as_it_is_written() {
    let stall = Stall {
        at: Duration::from_millis(1_500),
        lasts: Duration::from_secs(2),
    };
    assert_eq!("stall=2s&at=1500ms".parse(), Ok(stall));
    assert_eq!(stall.to_string().parse(), Ok(stall));
    assert_eq!("".parse(), Ok(Stall::default()));
    assert_eq!(Stall::default().to_string(), "");
}

#[test]
fn what_is_no_stall_is_refused_with_what_would_be() {
    for text in [
        "stall",
        "stall=2",
        "at=soon",
        "pause=2s",
        "stall=1000years",
        "stall=2s&",
    ] {
        let error = text.parse::<Stall>().expect_err(text);
        let error = error.to_string();
        assert!(error.contains(&format!("{text:?}")), "{error}");
        assert!(error.contains("stall=2s&at=1s"), "{error}");
    }
}
