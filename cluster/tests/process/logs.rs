//! What functions write is in the record of the flight.

use std::fs;

use raptor_cluster::{AttemptOutcome, Bundle, Invocation, LogLine, NodeConfig, Stream};

use super::stage::{HANG, Stage, flown, landed};

fn texts(log: &[LogLine]) -> Vec<(Stream, &str)> {
    let lines = log.iter();
    lines.map(|line| (line.stream, &*line.text)).collect()
}

#[tokio::test]
async fn lines_have_their_stream_and_their_time() {
    let source = "\
import sys, time
print('loaded')
def main(args):
  print('out', flush=True)
  time.sleep(args['pause'])
  print('err', file=sys.stderr, flush=True)
  time.sleep(args['pause'])
  print('unended', end='')
  return {}
";
    let Some(stage) = Stage::of(source).await else {
        return;
    };
    let (answer, record) = stage.fly(&stage.single("main"), r#"{"pause": 0.05}"#).await;
    assert_eq!(landed(&answer), "{}");
    let [attempt] = &record.attempts[..] else {
        panic!("it took more than one attempt: {record:?}");
    };
    let (out, err): (Vec<_>, Vec<_>) = texts(&attempt.log)
        .into_iter()
        .partition(|(stream, _)| *stream == Stream::Stdout);
    assert_eq!(
        out.iter().map(|(_, text)| *text).collect::<Vec<_>>(),
        ["loaded", "out", "unended"]
    );
    assert_eq!(err, [(Stream::Stderr, "err")]);
    let times: Vec<i64> = attempt.log.iter().map(|line| line.at_us).collect();
    assert!(times.is_sorted(), "{times:?}");
    let (end, _) = attempt.end.expect("it ended");
    assert!(attempt.start_us <= times[0] && times[3] <= end, "{times:?}");
}

#[tokio::test]
async fn a_fault_has_its_log_twice_and_a_long_one_is_cut() {
    let source = "\
def main(args):
  for n in range(1000): print(n)
  raise KeyError('gone')
";
    let change = |config: &mut NodeConfig| config.limits.log_bytes_max = 100;
    let Some(stage) = Stage::with(source, change).await else {
        return;
    };
    let (answer, record) = stage.fly(&stage.single("main"), "{}").await;
    let answer = answer.to_string();
    assert!(answer.contains("KeyError: 'gone'"), "{answer}");
    let log = texts(&record.attempts[0].log);
    // Which stream is read first, if both have something, is open.
    let mut printed = log.iter().filter(|(stream, _)| *stream == Stream::Stdout);
    assert_eq!(printed.next(), Some(&(Stream::Stdout, "0")));
    assert!(log.len() < 60, "{log:?}");
    let (_, last) = log.last().expect("it wrote");
    assert!(
        last.contains("limits.log_bytes_max of the node is 100"),
        "{last}"
    );
    assert!(
        log.iter().any(|(_, text)| text.starts_with("Traceback")),
        "{log:?}"
    );
}

#[tokio::test]
async fn the_leaders_record_has_the_logs_of_its_followers_who_know_the_context() {
    let source = "\
import os, time
def work(args):
  print('by', *(os.environ[name] for name in ('RAPTOR_MEMBER', 'MORE', '__OW_API_KEY')))
  time.sleep(0.2)
  return {}
a = b = work
";
    let Some(stage) = Stage::of(source).await else {
        return;
    };
    let manifest = r#"{"a": {"depends": [], "file": "action.py"},
        "b": {"depends": [], "file": "action.py"}, "__OW_NUM_CONCURRENCY": 2}"#;
    fs::write(
        stage.directory.path().join("action-manifest.json"),
        manifest,
    )
    .unwrap();
    let (bundle, _) = Bundle::from_directory(stage.directory.path()).expect("an action");
    let other = stage.another_node().await;
    let mut activation = stage.node.invoke(Invocation {
        context: vec![("api_key".to_owned(), "k".to_owned())],
        env: vec![("MORE".to_owned(), "m".to_owned())],
        timeout: HANG,
        ..Invocation::new(bundle)
    });
    let (answer, record) = flown(&mut activation).await;
    assert_eq!(landed(&answer), r#"{"a":{},"b":{}}"#);
    let mut members = Vec::new();
    for attempt in &record.attempts {
        let (_, outcome) = attempt.end.expect("it ended");
        if outcome == AttemptOutcome::Value {
            let by = format!("by {} m k", attempt.attempt.member.0);
            assert_eq!(texts(&attempt.log), [(Stream::Stdout, &*by)]);
            members.push(attempt.attempt.member.0);
        } else {
            assert_eq!(attempt.log, [], "{attempt:?}");
        }
    }
    members.sort_unstable();
    assert_eq!(members, [0, 1], "each has won one: {record:?}");
    other.shutdown().await;
}
