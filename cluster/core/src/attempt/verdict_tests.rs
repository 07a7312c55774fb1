use super::*;

const BYTES_MAX: usize = 64;

fn verdict(exit: Exit, result: &'static [u8]) -> Result<Value, FaultKind> {
    judge(exit, &Bytes::from_static(result), BYTES_MAX)
}

#[test]
fn status_zero_and_one_object_or_array_is_a_value() {
    let values: [(&[u8], &str); 5] = [
        (b"{}\n", "{}"),
        (b"\0{\"n\":1}", "{\"n\":1}"),
        (b"[{\"error\":1}]", "[{\"error\":1}]"),
        (b" {\"n\":\n1}\r\n", "{\"n\": 1}"),
        (b"{\"a\":{\"error\":1}}", "{\"a\":{\"error\":1}}"),
    ];
    for (result, body) in values {
        let value = verdict(Exit::Code(0), result).expect("it is a value");
        assert_eq!(value.body(), body);
    }
}

#[test]
fn an_object_with_the_key_error_is_an_application_error_whatever_the_status() {
    for code in [0, 1] {
        let fault = verdict(Exit::Code(code), b"{\"n\":1,\"\\u0065rror\":null}\n");
        let value = Value::new(&b"{\"n\":1,\"\\u0065rror\":null}"[..]);
        assert_eq!(fault, Err(FaultKind::Application(value)));
    }
}

#[test]
fn a_status_or_a_signal_is_a_fault_although_there_is_a_result() {
    assert_eq!(verdict(Exit::Code(3), b"{}"), Err(FaultKind::Exited(3)));
    assert_eq!(verdict(Exit::Code(3), b"!"), Err(FaultKind::Exited(3)));
    assert_eq!(
        verdict(Exit::Signal(11), b"{}"),
        Err(FaultKind::Signalled(11))
    );
}

#[test]
fn what_is_neither_one_object_nor_array_is_a_fault_that_says_what_it_is() {
    let faults: [(&[u8], &str); 7] = [
        (b"", "nothing was written to descriptor 3"),
        (b"\0\n", "nothing was written to descriptor 3"),
        (
            b"7",
            "invalid type: integer `7`, expected an object or array at line 1 column 1",
        ),
        (b"{} {}", "trailing characters at line 1 column 4"),
        (b"{\"n\":", "EOF while parsing a value at line 1 column 5"),
        (b"\0\0{}", "expected value at line 1 column 1"),
        (
            b"{\"n\":\"\xff\"}",
            "invalid utf-8 sequence of 1 bytes from index 6",
        ),
    ];
    for (result, why) in faults {
        let fault = verdict(Exit::Code(0), result);
        assert_eq!(fault, Err(FaultKind::Invalid(why.into())));
    }
}

#[test]
fn a_result_beyond_the_limit_is_a_fault() {
    let body = Bytes::from(format!("{{\"n\":\"{}\"}}", "x".repeat(BYTES_MAX)));
    let bytes_max = BYTES_MAX;
    assert_eq!(
        judge(Exit::Code(0), &body, bytes_max),
        Err(FaultKind::Oversized { bytes_max })
    );
}

#[test]
fn a_result_may_be_nested_deeper_than_the_stack() {
    let depth = 1_000_000;
    let body = format!("{{\"n\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(judge(Exit::Code(0), &body.into(), usize::MAX).is_ok());
}
