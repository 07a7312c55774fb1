use std::io::Write;

use super::*;

fn arrivals(text: &str) -> Arrivals {
    text.parse().unwrap()
}

/// The first so many of them, in seconds.
fn first(text: &str, seed: u64, count: usize) -> Vec<f64> {
    let offsets = arrivals(text).offsets(seed).unwrap();
    offsets.take(count).map(|it| it.as_secs_f64()).collect()
}

/// The trace in a file of that content.
fn replayed(content: &str, terms: &str) -> Result<Vec<Duration>, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    let path = file.path().display();
    let offsets = arrivals(&format!("trace file={path} {terms}")).offsets(7);
    offsets
        .map(Iterator::collect)
        .map_err(|error| error.to_string())
}

#[test]
fn constant_arrivals_do_not_drift() {
    let times = first("constant rate=3/s", 0, 3_000_001);
    assert_eq!(times[0], 0.0);
    assert!((times[3_000_000] - 1e6).abs() < 1e-6);
}

#[test]
fn poisson_arrivals_have_the_rate_and_the_spread_of_exponential_gaps() {
    let times = first("poisson rate=1200/min", 1, 20_000);
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let square = gaps.iter().map(|gap| gap * gap).sum::<f64>() / gaps.len() as f64;
    assert!((mean * 20.0 - 1.0).abs() < 0.03, "{mean}");
    let cv = (square / (mean * mean) - 1.0).sqrt();
    assert!((cv - 1.0).abs() < 0.03, "{cv}");
}

#[test]
fn bursts_have_the_rate_of_the_whole_and_their_own_within() {
    let times = first("bursty rate=20/s burst=10 on=500ms", 2, 200_000);
    let rate = times.len() as f64 / times.last().unwrap();
    assert!((rate / 20.0 - 1.0).abs() < 0.05, "{rate}");
    let mut gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    // Nearly all gaps are within bursts, whose median is ln 2 / 200.
    let median = gaps[gaps.len() / 2];
    assert!(
        (median * 200.0 / 2.0_f64.ln() - 1.0).abs() < 0.05,
        "{median}"
    );
}

#[test]
fn the_same_seed_gives_the_same_arrivals() {
    for text in ["poisson rate=20/s", "bursty rate=20/s burst=5"] {
        assert_eq!(first(text, 3, 100), first(text, 3, 100));
        assert_ne!(first(text, 3, 100), first(text, 4, 100));
    }
}

#[test]
fn what_is_no_arrivals_is_refused_with_what_would_be() {
    for (text, says) in [
        ("", "poisson rate=20/s"),
        ("uniform rate=2/s", "there is no \"uniform\""),
        ("poisson", "it needs its rate"),
        ("poisson rate=20", "no rate such as 20/s"),
        ("poisson rate=0/s", "at least one a day"),
        ("poisson rate=1e-300/s", "at least one a day"),
        ("poisson rate=20/s burst=3", "it has no burst"),
        ("poisson rate=20/s rate=20/s", "twice"),
        ("poisson fast", "no term such as rate=20/s"),
        ("bursty rate=20/s", "it needs burst=10"),
        ("bursty rate=20/s burst=1", "above 1"),
        ("bursty rate=20/s burst=1e10", "up to 1000"),
        ("bursty rate=20/s burst=10 on=soon", "no duration"),
        ("bursty rate=20/s burst=10 on=1000years", "from 1ms to 1h"),
        ("bursty rate=20/s burst=10 on=1ns", "from 1ms to 1h"),
        ("bursty rate=1/s burst=10 on=1ms", "less than one arrives"),
        ("bursty rate=1000000/s burst=10", "lower rate or burst"),
        ("trace speed=2", "it needs file=PATH"),
        ("trace file=x speed=0", "from 0.001"),
        ("trace file=x speed=1e-300", "from 0.001"),
    ] {
        let refused = text.parse::<Arrivals>().unwrap_err().to_string();
        assert!(refused.contains(&format!("{text:?}")), "{refused}");
        assert!(refused.contains(says), "{refused}");
    }
}

const COUNTS: &str = "HashOwner,HashApp,HashFunction,Trigger,1,2,3,4\n\
    o,a,f,http,0,2,0,3\n\
    o,a,g,timer,0,1,0,0\n";

#[test]
fn counts_a_minute_are_spread_over_it_after_the_silence_before() {
    let times = replayed(COUNTS, "").unwrap();
    assert!(times.is_sorted());
    let minute = |at: u64| Duration::from_secs(60 * at)..Duration::from_secs(60 * (at + 1));
    let count = |at| {
        times
            .iter()
            .filter(|time| minute(at).contains(*time))
            .count()
    };
    assert_eq!([count(0), count(1), count(2)], [3, 0, 3]);
    assert_eq!(times.len(), 6);
    assert_eq!(times, replayed(COUNTS, "").unwrap());
}

#[test]
fn one_function_of_a_trace_may_be_replayed_faster() {
    let times = replayed(COUNTS, "function=f speed=60").unwrap();
    assert_eq!(times.len(), 5);
    assert!(times.iter().all(|time| *time < Duration::from_secs(3)));
    let refused = replayed(COUNTS, "function=h").unwrap_err();
    assert!(
        refused.contains("no arrivals of the function \"h\""),
        "{refused}"
    );
}

#[test]
fn invocations_began_at_their_end_less_their_duration() {
    let trace = "app,func,end_timestamp,duration\na,f,13.5,3.5\na,g,11,0.5\na,f,12,5\n";
    let times = replayed(trace, "").unwrap();
    let seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    assert_eq!(seconds, [0.0, 3.0, 3.5]);
    assert_eq!(replayed(trace, "function=g").unwrap(), [Duration::ZERO]);
}

#[test]
fn a_column_of_seconds_is_a_trace() {
    let times = replayed("id,at\nx,5\ny,4.5\n", "column=at speed=0.5").unwrap();
    assert_eq!(times, [Duration::ZERO, Duration::from_secs(1)]);
}

#[test]
fn mistakes_in_traces_are_told_with_line_and_column() {
    for (trace, terms, says) in [
        (
            "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,1,many\n",
            "",
            "line 2, column 2: \"many\" is no count",
        ),
        (
            "app,func,end_timestamp,duration\na,f,3,1\na,f,3,-1\n",
            "",
            "line 3, column duration: \"-1\" is no number of seconds",
        ),
        ("at\n1\nsoon\n", "column=at", "line 3, column at: \"soon\""),
        ("at\n1\n", "column=when", "no column when"),
        ("at\n1\n", "", "no column end_timestamp"),
        ("at,to\n1\n", "column=at", "line: 2"),
        ("at\n", "column=at", "no arrivals"),
        ("at\n0\n1e9\n", "column=at", "more than a year"),
        ("at\n1e300\n", "column=at", "line 2, column at: \"1e300\""),
        ("HashFunction,1\nf,many\n", "", "line 2, column 1: \"many\""),
        ("at\n1\n", "column=at function=f", "no column func"),
    ] {
        let refused = replayed(trace, terms).unwrap_err();
        assert!(refused.contains(says), "{refused}");
        assert!(refused.starts_with("read the trace "), "{refused}");
    }
}

#[test]
fn the_counts_of_a_trace_begin_at_their_first_column() {
    assert_eq!(replayed("HashFunction,1\nf,3\n", "").unwrap().len(), 3);
}

#[test]
fn the_times_of_a_trace_may_be_since_1970() {
    let times = replayed("at\n1600000000.5\n1600000002\n", "column=at").unwrap();
    assert_eq!(times, [Duration::ZERO, Duration::from_millis(1_500)]);
}

#[test]
fn short_runs_of_bursts_have_the_rate_of_the_whole() {
    const RUNS: u64 = 4_000;
    let of = |seed| {
        let offsets = arrivals("bursty rate=20/s burst=10 on=1s").offsets(seed);
        let soon = |it: &Duration| *it < Duration::from_millis(100);
        offsets.unwrap().take_while(soon).count()
    };
    let sum: usize = (0..RUNS).map(of).sum();
    // Most have none, and those that begin in a burst have 20: always begun so, all would.
    let mean = sum as f64 / RUNS as f64;
    assert!((mean / 2.0 - 1.0).abs() < 0.2, "{mean}");
}

#[test]
fn a_trace_that_is_not_there_is_named() {
    let mut trace = arrivals("trace file=nowhere.csv");
    let directory = tempfile::tempdir().unwrap();
    trace.seek_from(directory.path());
    let Err(refused) = trace.offsets(0) else {
        panic!("there is no such file");
    };
    assert!(refused.to_string().contains("nowhere.csv"), "{refused}");
}
