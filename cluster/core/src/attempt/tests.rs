use super::*;
use crate::{Signal, Value};

const TIMEOUT: Duration = Duration::from_secs(30);

/// An attempt and a clock. Every command must be expected: one more or less fails the test.
struct Trial {
    attempt: Attempt,
    now: Moment,
}

impl Trial {
    fn queued() -> Self {
        let terms = Terms {
            timeout: Some(TIMEOUT),
            result_bytes_max: 16,
            ladder: Ladder::default(),
        };
        Self {
            attempt: Attempt::new(terms),
            now: Moment::default(),
        }
    }

    fn launching() -> Self {
        let mut trial = Self::queued();
        trial.expect(Event::Admitted, &[Command::Launch]);
        trial
    }

    fn running() -> Self {
        let mut trial = Self::launching();
        trial.expect(Event::Launched { pid: 7 }, &[Command::Announce { pid: 7 }]);
        trial
    }

    #[track_caller]
    fn expect(&mut self, event: Event, commands: &[Command]) {
        self.attempt.handle(self.now, event);
        let given: Vec<_> = std::iter::from_fn(|| self.attempt.poll_command()).collect();
        assert_eq!(given, commands);
    }

    /// Waits until the attempt wants a tick.
    #[track_caller]
    fn expect_at_timeout(&mut self, commands: &[Command]) {
        self.now = self.attempt.poll_timeout().expect("it waits for a time");
        self.expect(Event::Tick, commands);
    }

    /// The end of every attempt that had a process.
    #[track_caller]
    fn expect_end(&mut self, event: Event, ending: Ending) {
        let commands = [Command::Report(ending), Command::Release, Command::Reap];
        self.expect(event, &commands);
        assert!(!self.attempt.is_over());
        self.expect(Event::Reaped, &[]);
        self.expect_over();
    }

    #[track_caller]
    fn expect_over(&self) {
        assert!(self.attempt.is_over());
        assert_eq!(self.attempt.poll_timeout(), None);
    }
}

fn exited(exit: Exit, result: &'static str) -> Event {
    let output = Output {
        result: result.into(),
        log: "oh\n".into(),
    };
    Event::Exited { exit, output }
}

fn fault(kind: FaultKind) -> Ending {
    Ending::Fault(Fault::new(kind, "oh\n"))
}

const fn stopped(signal: Option<Signal>) -> Ending {
    Ending::Stopped { signal }
}

const LADDER_OPENING: [Command; 2] = [
    Command::Signal(Signal::Terminate),
    Command::Signal(Signal::Continue),
];

#[test]
fn a_value_is_reported_before_the_process_is_reaped() {
    let mut trial = Trial::running();
    let value = Ending::Value(Value::new("{}"));
    trial.expect_end(exited(Exit::Code(0), "{}\n"), value);
}

#[test]
fn a_fault_carries_the_log() {
    let mut trial = Trial::running();
    trial.expect_end(exited(Exit::Code(2), ""), fault(FaultKind::Exited(2)));
}

#[test]
fn a_full_queue_is_a_fault_and_there_is_no_slot_to_release() {
    let mut trial = Trial::queued();
    let busy = Ending::Fault(FaultKind::Busy.into());
    trial.expect(Event::Refused, &[Command::Report(busy)]);
    trial.expect_over();
}

#[test]
fn a_launch_that_fails_is_a_fault() {
    let mut trial = Trial::launching();
    let why = "no such file".to_owned();
    let ending = Ending::Fault(FaultKind::NotStarted(why.clone()).into());
    trial.expect(
        Event::LaunchFailed { why },
        &[Command::Report(ending), Command::Release],
    );
    trial.expect_over();
}

#[test]
fn preempted_in_the_queue_it_is_never_launched() {
    for answer in [Event::Admitted, Event::Refused] {
        let mut trial = Trial::queued();
        trial.expect(
            Event::Preempted {
                opening_sent: false,
            },
            &[Command::Report(stopped(None)), Command::Release],
        );
        trial.expect_over();
        trial.expect(answer, &[]);
    }
}

#[test]
fn preempted_during_its_launch_it_climbs_the_whole_ladder() {
    let mut trial = Trial::launching();
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &[],
    );
    let [terminate, go_on] = LADDER_OPENING;
    let commands = [Command::Announce { pid: 7 }, terminate, go_on];
    trial.expect(Event::Launched { pid: 7 }, &commands);
    let signal = Some(Signal::Terminate);
    trial.expect_end(exited(Exit::Signal(15), ""), stopped(signal));
}

#[test]
fn preempted_during_a_launch_that_fails_it_was_stopped() {
    let mut trial = Trial::launching();
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &[],
    );
    let why = "no such file".to_owned();
    trial.expect(
        Event::LaunchFailed { why },
        &[Command::Report(stopped(None)), Command::Release],
    );
    trial.expect_over();
}

#[test]
fn preempted_by_the_coordinator_only_the_kill_remains() {
    let mut trial = Trial::running();
    trial.expect(Event::Preempted { opening_sent: true }, &[]);
    assert_eq!(
        trial.attempt.poll_timeout(),
        Some(trial.now + GRACE_DEFAULT)
    );
    trial.expect_at_timeout(&[Command::Signal(Signal::Kill)]);
    assert_eq!(trial.attempt.poll_timeout(), None);
    trial.expect_end(exited(Exit::Signal(9), ""), stopped(Some(Signal::Kill)));
}

#[test]
fn preempted_before_its_pid_was_heard_of_it_climbs_the_whole_ladder() {
    let mut trial = Trial::running();
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &LADDER_OPENING,
    );
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &[],
    );
    trial.expect_at_timeout(&[Command::Signal(Signal::Kill)]);
    trial.expect_end(exited(Exit::Signal(9), ""), stopped(Some(Signal::Kill)));
}

#[test]
fn what_a_preempted_attempt_gives_is_not_believed() {
    let mut trial = Trial::running();
    trial.expect(Event::Preempted { opening_sent: true }, &[]);
    trial.expect_end(exited(Exit::Code(0), "{}"), stopped(None));
}

#[test]
fn a_preemption_that_crosses_the_report_changes_nothing() {
    let mut trial = Trial::running();
    trial.expect(
        exited(Exit::Code(0), "{}"),
        &[
            Command::Report(Ending::Value(Value::new("{}"))),
            Command::Release,
            Command::Reap,
        ],
    );
    trial.expect(Event::Preempted { opening_sent: true }, &[]);
    trial.expect(Event::Reaped, &[]);
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &[],
    );
    trial.expect_over();
}

#[test]
fn a_timeout_climbs_the_ladder_and_is_a_fault_even_if_a_value_comes_then() {
    let mut trial = Trial::running();
    assert_eq!(trial.attempt.poll_timeout(), Some(trial.now + TIMEOUT));
    trial.expect_at_timeout(&LADDER_OPENING);
    let timed_out = fault(FaultKind::TimedOut(TIMEOUT));
    trial.expect_end(exited(Exit::Code(0), "{}"), timed_out);
}

#[test]
fn an_early_tick_does_nothing() {
    let mut trial = Trial::running();
    trial.expect(Event::Tick, &[]);
    trial.expect(Event::Preempted { opening_sent: true }, &[]);
    trial.expect(Event::Tick, &[]);
}

#[test]
fn a_late_tick_sends_all_that_is_due() {
    let mut trial = Trial::running();
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &LADDER_OPENING,
    );
    trial.now = trial.now + Duration::from_secs(1);
    trial.expect(Event::Tick, &[Command::Signal(Signal::Kill)]);
}

#[test]
fn preempted_after_its_timeout_it_was_stopped() {
    let mut trial = Trial::running();
    trial.expect_at_timeout(&LADDER_OPENING);
    trial.expect(Event::Preempted { opening_sent: true }, &[]);
    trial.expect_at_timeout(&[Command::Signal(Signal::Kill)]);
    trial.expect_end(exited(Exit::Signal(9), ""), stopped(Some(Signal::Kill)));
}

#[test]
fn a_result_that_overflows_ends_the_process() {
    let mut trial = Trial::running();
    trial.expect(Event::ResultOverflowed, &LADDER_OPENING);
    let oversized = fault(FaultKind::Oversized { bytes_max: 16 });
    trial.expect_end(exited(Exit::Signal(15), ""), oversized);
}

#[test]
fn a_process_that_is_lost_is_a_fault() {
    let lost = || Event::Lost {
        why: "the fork server died".into(),
    };
    let ending = Ending::Fault(FaultKind::Lost("the fork server died".into()).into());
    let mut trial = Trial::running();
    trial.expect(lost(), &[Command::Report(ending), Command::Release]);
    trial.expect_over();

    let mut trial = Trial::running();
    trial.expect(Event::Preempted { opening_sent: true }, &[]);
    let report = Command::Report(stopped(None));
    trial.expect(lost(), &[report, Command::Release]);
    trial.expect_over();
}

#[test]
fn a_process_that_is_lost_after_its_exit_is_gone() {
    let mut trial = Trial::running();
    let report = Command::Report(fault(FaultKind::Exited(1)));
    trial.expect(
        exited(Exit::Code(1), ""),
        &[report, Command::Release, Command::Reap],
    );
    trial.expect(Event::Lost { why: String::new() }, &[]);
    trial.expect_over();
}

#[test]
fn without_grace_the_ladder_is_the_kill() {
    let ladder = Ladder::with_grace(Duration::ZERO);
    assert_eq!(ladder.opening().collect::<Vec<_>>(), [Signal::Kill]);
    let mut trial = Trial::running();
    trial.attempt.terms.ladder = ladder;
    let kill = [Command::Signal(Signal::Kill)];
    trial.expect(
        Event::Preempted {
            opening_sent: false,
        },
        &kill,
    );
    assert_eq!(trial.attempt.poll_timeout(), None);
}

#[test]
#[should_panic(expected = "drain the commands before the next event")]
fn an_event_before_the_drain_is_a_bug() {
    let mut trial = Trial::queued();
    trial.attempt.handle(trial.now, Event::Admitted);
    trial.attempt.handle(trial.now, Event::Tick);
}

#[test]
#[should_panic(expected = "a process is reaped after its exit was seen")]
fn reaping_a_running_process_is_a_bug() {
    Trial::running().expect(Event::Reaped, &[]);
}
