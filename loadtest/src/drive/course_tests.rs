use std::cell::{Cell, RefCell};

use rand::SeedableRng;
use tokio::task::LocalSet;

use crate::policy::Policy;

use super::super::order::order;
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn landed() -> Reply {
    Reply {
        ending: Ending::Landed,
        done: Instant::now(),
        zone: None,
        attempts: Vec::new(),
    }
}

/// Runs it with a course that asks so, and gives the samples.
fn drive<F>(
    time_max: Duration,
    ask: F,
    run: impl AsyncFnOnce(&mut Course<F>) -> Result<(), Cut>,
) -> (Result<(), Cut>, Vec<Sample>)
where
    F: AsyncFn(Turn) -> Reply + 'static,
{
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let policies: Vec<Policy> = vec!["flight:1".parse().unwrap()];
        let board = Board::new(&policies, 100, true);
        let stop = Stop::catch(time_max).unwrap();
        let mut course = Course::new(ask, Instant::now(), board, stop);
        let ended = run(&mut course).await;
        (ended, std::mem::take(&mut course.board.samples))
    })
}

fn millis(count: u64) -> Vec<Duration> {
    (0..count).map(Duration::from_millis).collect()
}

#[test]
fn an_open_loop_that_stalls_counts_from_the_intended_start() {
    let is_first = Cell::new(true);
    let ask = async move |_| {
        if is_first.take() {
            // Nothing else can be sent while this blocks the only thread.
            std::thread::sleep(Duration::from_millis(100));
        }
        landed()
    };
    let turns = order(1, 0, 50, 1);
    let (ended, samples) = drive(MINUTE, ask, async |course| {
        course.open(&turns, millis(50), 1_000).await
    });
    assert_eq!(ended, Ok(()));
    assert_eq!(samples.len(), 50);
    let stalled = samples[0].sent + Duration::from_millis(100);
    for (at, sample) in samples.iter().enumerate().skip(1) {
        assert!(sample.sent >= stalled, "{at}: {sample:?}");
        assert_eq!(
            sample.intended - samples[0].intended,
            Duration::from_millis(at as u64)
        );
        // Whoever was to be sent during the stall has waited for its end.
        assert!(
            sample.latency() >= stalled - sample.intended,
            "{at}: {sample:?}"
        );
        assert!(
            sample.lateness() >= stalled - sample.intended,
            "{at}: {sample:?}"
        );
    }
}

#[test]
fn nothing_is_sent_before_its_moment() {
    let turns = order(1, 0, 30, 1);
    let (_, samples) = drive(
        MINUTE,
        async |_| landed(),
        async |course| course.open(&turns, millis(30), 1_000).await,
    );
    assert_eq!(samples.len(), 30);
    assert!(samples.iter().all(|sample| sample.sent >= sample.intended));
}

#[test]
fn an_open_loop_records_what_it_does_not_send() {
    let (busy, busiest) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let most = Rc::clone(&busiest);
    let ask = async move |_| {
        busy.set(busy.get() + 1);
        most.set(most.get().max(busy.get()));
        tokio::time::sleep(Duration::from_millis(50)).await;
        busy.set(busy.get() - 1);
        landed()
    };
    let turns = order(1, 0, 100, 1);
    let (ended, samples) = drive(MINUTE, ask, async |course| {
        course.open(&turns, vec![Duration::ZERO; 100], 2).await
    });
    assert_eq!((ended, samples.len(), busiest.get()), (Ok(()), 100, 2));
    let refused: Vec<_> = samples
        .iter()
        .filter(|sample| !sample.has_landed())
        .collect();
    assert!(!refused.is_empty());
    for sample in refused {
        let why = "not sent: 2 are under way already".to_owned();
        assert_eq!(sample.ending, Ending::Refused(why));
    }
}

#[test]
fn clients_of_a_closed_loop_wait_for_their_last() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let (busy, seen) = (Cell::new(0), Rc::clone(&asked));
    let ask = async move |turn: Turn| {
        busy.set(busy.get() + 1);
        seen.borrow_mut().push((turn.number, busy.get()));
        tokio::task::yield_now().await;
        busy.set(busy.get() - 1);
        landed()
    };
    let turns = order(1, 5, 20, 1);
    let (ended, samples) = drive(MINUTE, ask, async |course| {
        let mut dice = StdRng::seed_from_u64(1);
        course.closed(&turns, 3, &Think::default(), &mut dice).await
    });
    assert_eq!((ended, samples.len()), (Ok(()), 25));
    assert_eq!(samples.iter().filter(|sample| sample.is_warm_up).count(), 5);
    assert!(samples.iter().all(|sample| sample.intended == sample.sent));
    let asked = asked.borrow();
    assert!(
        asked
            .iter()
            .enumerate()
            .all(|(at, (number, _))| at == *number)
    );
    assert_eq!(asked.iter().map(|(_, busy)| *busy).max(), Some(3));
}

#[test]
fn a_client_that_has_thought_is_meant_to_ask_when_it_has() {
    let turns = order(1, 0, 10, 1);
    let pause = Duration::from_millis(3);
    let think = Think::Constant(pause);
    let (_, samples) = drive(
        MINUTE,
        async |_| landed(),
        async |course| {
            let mut dice = StdRng::seed_from_u64(1);
            course.closed(&turns, 1, &think, &mut dice).await
        },
    );
    assert_eq!(samples.len(), 10);
    for pair in samples.windows(2) {
        assert!(pair[1].intended >= pair[0].done + pause, "{pair:?}");
        assert!(pair[1].sent >= pair[1].intended, "{pair:?}");
    }
    // A timer that is never late by a microsecond would be none.
    assert!(samples.iter().any(|sample| !sample.lateness().is_zero()));
}

#[test]
fn who_thinks_when_the_time_is_over_asks_no_more() {
    let turns = order(1, 0, 20, 1);
    let hour = Think::Constant(60 * MINUTE);
    let soon = Duration::from_millis(20);
    let (ended, samples) = drive(
        soon,
        async |_| landed(),
        async |course| {
            let mut dice = StdRng::seed_from_u64(1);
            course.closed(&turns, 3, &hour, &mut dice).await
        },
    );
    assert_eq!(ended, Err(Cut::TimeOver));
    assert_eq!(samples.len(), 3, "the first of each client");
}

#[test]
fn an_open_loop_ends_with_its_time() {
    let turns = order(1, 0, 2, 1);
    let soon = Duration::from_millis(20);
    let (ended, samples) = drive(
        soon,
        async |_| landed(),
        async |course| {
            course
                .open(&turns, vec![Duration::ZERO, 60 * MINUTE], 10)
                .await
        },
    );
    assert_eq!(ended, Err(Cut::TimeOver));
    assert!(samples.len() < 2, "the second was to be sent in an hour");
}
