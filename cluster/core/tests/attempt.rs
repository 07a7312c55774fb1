//! Whatever happens to an attempt, it reports once and leaves nothing behind.

use std::time::Duration;

use proptest::prelude::*;
use raptor_core::attempt::{Attempt, Command, Event, Exit, Ladder, Output, Terms};
use raptor_core::{Ending, Moment, Signal};

const TIMEOUT: Duration = Duration::from_millis(50);

/// What the world does next, if it can.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The node answers the request for a slot.
    Answer { grants: bool },
    /// The launch that was asked for ends.
    Launch { works: bool },
    /// The coordinator preempts.
    Preempt,
    /// The process exits by itself.
    Exit { code: i32 },
    /// The process writes too much.
    Overflow,
    /// The process is lost sight of.
    Lose,
    /// What was asked to be reaped is.
    Reap,
    /// Time passes; a tick comes if it is due.
    Wait { millis: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(|grants| Step::Answer { grants }),
        any::<bool>().prop_map(|works| Step::Launch { works }),
        Just(Step::Preempt),
        (0..2).prop_map(|code| Step::Exit { code }),
        Just(Step::Overflow),
        Just(Step::Lose),
        Just(Step::Reap),
        (0_u64..40).prop_map(|millis| Step::Wait { millis }),
    ];
    proptest::collection::vec(step, 0..24)
}

/// An executor, a coordinator and a process that obeys signals: what an attempt meets.
struct World {
    attempt: Attempt,
    now: Moment,
    asks_slot: bool,
    is_launching: bool,
    is_running: bool,
    ignores_terminate: bool,
    is_preempted: bool,
    knows_pid: bool,
    died_of: Option<i32>,
    reaps: bool,
    reports: Vec<Ending>,
    releases: u32,
    was_refused: bool,
}

impl World {
    fn new(ignores_terminate: bool) -> Self {
        let terms = Terms {
            timeout: Some(TIMEOUT),
            result_bytes_max: 64,
            ladder: Ladder::default(),
        };
        Self {
            attempt: Attempt::new(terms),
            now: Moment::default(),
            asks_slot: true,
            is_launching: false,
            is_running: false,
            ignores_terminate,
            is_preempted: false,
            knows_pid: false,
            died_of: None,
            reaps: false,
            reports: Vec::new(),
            releases: 0,
            was_refused: false,
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Answer { grants } if std::mem::take(&mut self.asks_slot) => {
                self.was_refused = !grants && !self.attempt.is_over();
                self.tell(if grants {
                    Event::Admitted
                } else {
                    Event::Refused
                });
            }
            Step::Launch { works } if std::mem::take(&mut self.is_launching) => {
                self.is_running = works;
                let why = "no such file".into();
                self.tell(if works {
                    Event::Launched { pid: 7 }
                } else {
                    Event::LaunchFailed { why }
                });
            }
            Step::Preempt if !self.is_preempted => self.preempt(),
            Step::Exit { code } if self.is_running => self.exit(Exit::Code(code)),
            Step::Overflow if self.is_running => self.tell(Event::ResultOverflowed),
            Step::Lose if self.is_running || self.reaps => {
                (self.is_running, self.reaps) = (false, false);
                self.tell(Event::Lost { why: "gone".into() });
            }
            Step::Reap if std::mem::take(&mut self.reaps) => self.tell(Event::Reaped),
            Step::Wait { millis } => self.wait(Duration::from_millis(millis)),
            Step::Answer { .. }
            | Step::Launch { .. }
            | Step::Preempt
            | Step::Exit { .. }
            | Step::Overflow
            | Step::Lose
            | Step::Reap => {}
        }
    }

    /// As a coordinator does it: with the ladder's opening itself, if it knows the PID.
    fn preempt(&mut self) {
        self.is_preempted = true;
        let opening_sent = self.knows_pid;
        if opening_sent {
            Ladder::default()
                .opening()
                .for_each(|signal| self.signal(signal));
        }
        self.tell(Event::Preempted { opening_sent });
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
        if self.attempt.poll_timeout().is_some_and(|at| at <= self.now) {
            self.tell(Event::Tick);
        }
    }

    fn tell(&mut self, event: Event) {
        self.attempt.handle(self.now, event);
        while let Some(command) = self.attempt.poll_command() {
            match command {
                Command::Launch => self.is_launching = true,
                Command::Announce { pid } => self.knows_pid = pid == 7,
                Command::Signal(signal) => self.signal(signal),
                Command::Report(ending) => self.reports.push(ending),
                Command::Release => self.releases += 1,
                Command::Reap => self.reaps = true,
            }
        }
        if let Some(signal) = self.died_of.take()
            && self.is_running
        {
            self.exit(Exit::Signal(signal));
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Terminate if !self.ignores_terminate => self.died_of = Some(15),
            Signal::Terminate | Signal::Continue => {}
            Signal::Kill => self.died_of = Some(9),
        }
    }

    fn exit(&mut self, exit: Exit) {
        self.is_running = false;
        let output = Output {
            result: "{}".into(),
            log: String::new(),
        };
        self.tell(Event::Exited { exit, output });
    }

    /// All that must come comes.
    fn conclude(&mut self) {
        self.apply(Step::Answer { grants: true });
        self.apply(Step::Launch { works: true });
        while self.is_running {
            let at = self.attempt.poll_timeout().expect("a process has a limit");
            self.wait(at.since(self.now));
        }
        self.apply(Step::Reap);
    }
}

proptest! {
    #[test]
    fn an_attempt_reports_once_and_leaves_nothing(steps in steps(), ignores_terminate in any::<bool>()) {
        let mut world = World::new(ignores_terminate);
        for step in steps {
            world.apply(step);
            prop_assert!(world.reports.len() <= 1);
            prop_assert!(world.releases <= 1);
        }
        let was_stopped = world.is_preempted && world.reports.is_empty();
        world.conclude();
        prop_assert!(world.attempt.is_over());
        prop_assert_eq!(world.attempt.poll_timeout(), None);
        prop_assert_eq!(world.reports.len(), 1);
        prop_assert_eq!(world.releases, u32::from(!world.was_refused));
        let was_reported_stopped = matches!(world.reports[0], Ending::Stopped { .. });
        prop_assert!(was_reported_stopped || !was_stopped, "a preempted attempt is not believed");
    }
}
