use super::*;

use Stream::{Stderr, Stdout};

const CUT: &str = "(the rest is left out";

fn transcript(bytes_max: usize, chunks: &[(Stream, &str)]) -> Vec<(u64, Stream, String)> {
    let mut transcript = Transcript::new(bytes_max);
    for (at, (stream, chunk)) in (1..).zip(chunks) {
        transcript.take(*stream, chunk.as_bytes(), Moment::from_micros(at));
    }
    let lines = transcript.finish(Moment::from_micros(99)).into_iter();
    let lines = lines.map(|line| (line.at.as_micros(), line.stream, line.text));
    lines.collect()
}

fn line(at: u64, stream: Stream, text: &str) -> (u64, Stream, String) {
    (at, stream, text.to_owned())
}

#[test]
fn lines_come_in_the_order_in_which_they_ended() {
    let chunks = [
        (Stdout, "one\ntw"),
        (Stderr, "oh\n"),
        (Stdout, "o\n\nthr"),
        (Stderr, "no"),
    ];
    let expected = [
        line(1, Stdout, "one"),
        line(2, Stderr, "oh"),
        line(3, Stdout, "two"),
        line(3, Stdout, ""),
        line(99, Stdout, "thr"),
        line(99, Stderr, "no"),
    ];
    assert_eq!(transcript(1_000, &chunks), expected);
}

#[test]
fn what_is_too_much_of_one_stream_is_left_out_and_that_is_said_last() {
    let chunks = [
        (Stdout, "four\nfive!"),
        (Stdout, "more\n"),
        (Stderr, "ok\n"),
    ];
    let lines = transcript(8, &chunks);
    let expected = [
        line(1, Stdout, "four"),
        line(1, Stdout, "fiv"),
        line(3, Stderr, "ok"),
    ];
    assert_eq!(lines[..3], expected);
    assert_eq!((lines.len(), lines[3].1), (4, Stdout));
    assert!(lines[3].2.starts_with(CUT), "{}", lines[3].2);
}

#[test]
fn what_fits_exactly_is_whole() {
    assert_eq!(
        transcript(3, &[(Stdout, "abc\n")]),
        [line(1, Stdout, "abc")]
    );
    assert_eq!(transcript(3, &[(Stdout, "abc")]), [line(99, Stdout, "abc")]);
}

#[test]
fn there_are_only_so_many_lines() {
    let many = "\n".repeat(LINES_MAX + 1);
    let lines = transcript(usize::MAX, &[(Stdout, &many)]);
    assert_eq!(lines.len(), LINES_MAX + 1);
    assert!(lines[LINES_MAX].2.starts_with(CUT));
}

#[test]
fn a_character_in_two_parts_is_one() {
    let mut transcript = Transcript::new(100);
    let dodo = "\u{1f9a4}\n".as_bytes();
    let now = Moment::from_micros(1);
    transcript.take(Stdout, &dodo[..2], now);
    transcript.take(Stdout, &dodo[2..], now);
    transcript.take(Stdout, b"\xff", now);
    let texts: Vec<_> = transcript
        .finish(now)
        .into_iter()
        .map(|line| line.text)
        .collect();
    assert_eq!(texts, ["\u{1f9a4}", "\u{fffd}"]);
}
