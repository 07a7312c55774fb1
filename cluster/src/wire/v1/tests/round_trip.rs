//! Whatever is said is heard as it was said.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn body() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..10).prop_map(String::from_iter)
}

fn member() -> impl Strategy<Value = MemberIndex> {
    any::<u16>().prop_map(MemberIndex)
}

fn function() -> impl Strategy<Value = FunctionIndex> {
    any::<u16>().prop_map(FunctionIndex)
}

fn attempt() -> impl Strategy<Value = AttemptId> {
    (member(), any::<u32>()).prop_map(|(member, number)| AttemptId { member, number })
}

fn digests() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

fn micros() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_micros)
}

fn faults() -> impl Strategy<Value = Fault> {
    let kind = prop_oneof![
        any::<i32>().prop_map(FaultKind::Exited),
        any::<i32>().prop_map(FaultKind::Signalled),
        micros().prop_map(FaultKind::TimedOut),
        text().prop_map(FaultKind::Invalid),
        body().prop_map(|body| FaultKind::Application(Value::new(body))),
        text().prop_map(FaultKind::NotStarted),
        text().prop_map(FaultKind::Lost),
        Just(FaultKind::Busy),
        any::<usize>().prop_map(|bytes_max| FaultKind::Oversized { bytes_max }),
    ];
    (kind, text()).prop_map(|(kind, log)| Fault::new(kind, log))
}

fn outcomes() -> impl Strategy<Value = AttemptOutcome> {
    let signal = prop_oneof![
        Just(None),
        Just(Some(Signal::Terminate)),
        Just(Some(Signal::Continue)),
        Just(Some(Signal::Kill)),
    ];
    let stopped = signal.prop_flat_map(|signal| {
        prop_oneof![
            Just(AttemptOutcome::Preempted { signal }),
            Just(AttemptOutcome::Cancelled { signal }),
        ]
    });
    prop_oneof![
        Just(AttemptOutcome::Value),
        Just(AttemptOutcome::Fault),
        stopped
    ]
}

fn streams() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Stdout), Just(Stream::Stderr)]
}

fn finding() -> impl Strategy<Value = Finding> {
    let outcome = prop_oneof![
        body().prop_map(|body| Outcome::Value(Value::new(body))),
        faults().prop_map(Outcome::Fault),
    ];
    (attempt(), function(), vec(digests(), 0..4), outcome).prop_map(
        |(attempt, function, inputs, outcome)| Finding {
            attempt,
            function,
            inputs,
            outcome,
        },
    )
}

fn logged() -> impl Strategy<Value = AttemptRecord> {
    let moment = || any::<u64>().prop_map(Moment::from_micros);
    let end = option::of((moment(), outcomes()));
    let line = (moment(), streams(), text());
    let line = line.prop_map(|(at, stream, text)| raptor_core::LogLine { at, stream, text });
    let log = vec(line, 0..3);
    let pid = any::<Option<u32>>();
    let times = (moment(), option::of(moment()));
    (attempt(), function(), pid, times, end, log).prop_map(
        |(attempt, function, pid, (launched, started), end, log)| AttemptRecord {
            attempt,
            function,
            pid,
            launched,
            started,
            end,
            log,
        },
    )
}

fn reports() -> impl Strategy<Value = Report> {
    let started = (attempt(), function(), any::<u32>());
    let sealed = (function(), attempt(), digests());
    prop_oneof![
        started.prop_map(|(attempt, function, pid)| Report::Started {
            attempt,
            function,
            pid
        }),
        finding().prop_map(Report::Finished),
        sealed.prop_map(|(function, attempt, digest)| Report::Sealed {
            function,
            attempt,
            digest
        }),
        member().prop_map(|member| Report::Out { member }),
        Just(Report::Ended),
        vec(logged(), 0..4).prop_map(Report::Logged),
        Just(Report::Closed),
    ]
}

fn records() -> impl Strategy<Value = Record> {
    let log = (any::<i64>(), streams(), text());
    let log = log.prop_map(|(at_us, stream, text)| LogLine {
        at_us,
        stream,
        text,
    });
    let line = (
        attempt(),
        text(),
        any::<Option<u32>>(),
        any::<(i64, Option<i64>)>(),
        option::of((any::<i64>(), outcomes())),
        vec(log, 0..3),
    );
    let line = line.prop_map(
        |(attempt, function, pid, (start_us, started_us), end, log)| AttemptLine {
            attempt,
            function,
            pid,
            start_us,
            started_us,
            end,
            log,
        },
    );
    let record = (any::<u128>(), any::<u16>(), micros(), vec(line, 0..4));
    record.prop_map(|(activation, size_wanted, duration, attempts)| Record {
        activation: FlightId(activation),
        size_wanted,
        duration,
        attempts,
        ..super::record()
    })
}

fn envelopes() -> impl Strategy<Value = Envelope> {
    let news = prop_oneof![
        vec(reports(), 0..4).prop_map(News::Welcome),
        reports().prop_map(News::Report),
    ];
    let flight = (any::<u128>(), member(), news);
    let invoke = (
        any::<u128>(),
        body(),
        option::of(body()),
        any::<Option<u16>>(),
    );
    let answer = prop_oneof![
        body().prop_map(Answer::Landed),
        text().prop_map(Answer::Refused),
    ];
    prop_oneof![
        flight.prop_map(|(flight, from, news)| Envelope::Flight {
            flight: FlightId(flight),
            from,
            news
        }),
        invoke.prop_map(|(flight, params, inline, size)| {
            Envelope::Invoke(Box::new(Invoke {
                flight: FlightId(flight),
                bundle: BundleRef {
                    digest: digest(),
                    inline,
                },
                params,
                size,
                ..super::invoke()
            }))
        }),
        records().prop_map(|record| Envelope::Recorded(Box::new(record))),
        answer.prop_map(|answer| Envelope::Settled {
            flight: FLIGHT,
            answer
        }),
        body().prop_map(|body| Envelope::Bundle { body }),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_to_the_same(envelope in envelopes()) {
        prop_assert_eq!(decode(&encode(&envelope)).unwrap(), envelope);
    }
}
