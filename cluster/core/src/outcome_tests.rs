use super::*;

#[test]
fn a_fault_keeps_the_end_of_its_log_in_whole_characters() {
    let log = format!("{}é{}", "a".repeat(9), "b".repeat(FAULT_LOG_BYTES_MAX - 1));
    let fault = Fault::new(FaultKind::Exited(1), log);
    assert_eq!(fault.log, "b".repeat(FAULT_LOG_BYTES_MAX - 1));
}

#[test]
fn a_short_log_is_kept_whole() {
    assert_eq!(Fault::new(FaultKind::Busy, "oh").log, "oh");
}

#[test]
fn faults_read_well_after_a_function_name() {
    let texts = [
        (FaultKind::Exited(3), "exited with status 3"),
        (FaultKind::Signalled(11), "was killed by signal 11"),
        (
            FaultKind::TimedOut(Duration::from_secs(30)),
            "was still running after its timeout of 30s",
        ),
        (
            FaultKind::Application(Value::new(r#"{"error":"no"}"#)),
            r#"gave an error: {"error":"no"}"#,
        ),
        (
            FaultKind::Oversized { bytes_max: 10 },
            "gave a result of more than 10 bytes",
        ),
    ];
    for (kind, text) in texts {
        assert_eq!(kind.to_string(), text);
    }
}

#[test]
fn a_fault_shows_the_last_line_of_its_log() {
    let fault = Fault::new(FaultKind::Exited(1), "Traceback\nValueError: no\n");
    assert_eq!(
        fault.to_string(),
        "exited with status 1 (its log ends: ValueError: no)"
    );
}

#[test]
fn a_long_application_error_is_quoted_in_part() {
    let value = Value::new(format!(r#"{{"error":"{}"}}"#, "x".repeat(1000)));
    let text = FaultKind::Application(value).to_string();
    assert!(text.ends_with("xxx..."));
    assert!(text.len() < 300);
}
