use super::*;

#[test]
fn durations_have_units() {
    let parsed = [
        ("30s", Duration::from_secs(30)),
        ("1m30s", Duration::from_secs(90)),
        ("250ms", Duration::from_millis(250)),
        ("24h", TIMEOUT_MAX),
    ];
    for (text, duration) in parsed {
        assert_eq!(parse_duration(text), Ok(duration), "{text}");
    }
    for text in [
        "",
        "30",
        "s",
        "-1s",
        "0s",
        "25h",
        "1 fortnight",
        "99999999999999999999s",
    ] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

#[test]
fn memory_counts_in_powers_of_two() {
    let parsed = [
        ("256m", 256 << 20),
        ("256MB", 256 << 20),
        ("1GiB", 1 << 30),
        ("2 g", 2 << 30),
        ("1t", 1 << 40),
        ("2048k", 2 << 20),
        ("1048576", 1 << 20),
        ("1048576b", 1 << 20),
    ];
    for (text, bytes) in parsed {
        assert_eq!(parse_memory(text), Ok(bytes), "{text}");
    }
    for text in [
        "",
        "m",
        "256x",
        "1.5g",
        "-1m",
        "256",
        "1023k",
        "99999999999t",
    ] {
        assert!(parse_memory(text).is_err(), "{text}");
    }
}
