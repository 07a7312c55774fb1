use super::*;

/// A pool under test, at a time.
struct Pool {
    warming: Warming<&'static str>,
    now: u64,
}

type Step = (&'static str, &'static str, u16);

impl Pool {
    fn new(processes_max: usize) -> Self {
        Self {
            warming: Warming::new(processes_max),
            now: 0,
        }
    }

    fn on(&mut self, event: Event<&'static str>) -> Vec<Step> {
        self.warming.handle(Moment::from_micros(self.now), event);
        let commands = std::iter::from_fn(|| self.warming.poll_command());
        let step = |command| match command {
            Command::Start { action, function } => ("start", action, function.0),
            Command::End { action, function } => ("end", action, function.0),
        };
        commands.map(step).collect()
    }

    fn used(&mut self, action: &'static str, functions: u16) -> Vec<Step> {
        self.wanted(action, functions, false)
    }

    fn wanted(&mut self, action: &'static str, functions: u16, at_once: bool) -> Vec<Step> {
        let functions = (0..functions).map(FunctionIndex).collect();
        self.on(Event::Used {
            action,
            functions,
            at_once,
        })
    }

    fn started(&mut self, action: &'static str, function: u16) -> Vec<Step> {
        let function = FunctionIndex(function);
        self.on(Event::Started { action, function })
    }

    fn loaded(&mut self, action: &'static str, function: u16) -> Vec<Step> {
        let function = FunctionIndex(function);
        self.on(Event::Loaded { action, function })
    }

    fn taken(&mut self, action: &'static str, function: u16) -> Vec<Step> {
        let function = FunctionIndex(function);
        self.on(Event::Taken { action, function })
    }

    /// Brings an action's processes up.
    fn is_full(&mut self, action: &'static str, functions: u16) {
        self.used(action, functions);
        for function in 0..functions {
            self.started(action, function);
            self.loaded(action, function);
        }
    }
}

#[test]
fn processes_are_started_one_after_the_other_while_nothing_runs() {
    let mut pool = Pool::new(8);
    pool.on(Event::Began);
    assert_eq!(pool.used("a", 2), []);
    assert_eq!(pool.on(Event::Ended), [("start", "a", 0)]);
    assert_eq!(pool.started("a", 0), []);
    assert_eq!(pool.loaded("a", 0), [("start", "a", 1)]);
    assert_eq!(pool.started("a", 1), []);
    assert_eq!(pool.loaded("a", 1), []);
}

#[test]
fn what_is_taken_is_made_up_for_when_nothing_runs_any_more() {
    let mut pool = Pool::new(8);
    pool.is_full("a", 2);
    pool.on(Event::Began);
    pool.on(Event::Began);
    assert_eq!(pool.taken("a", 1), []);
    assert_eq!(pool.on(Event::Ended), []);
    assert_eq!(pool.on(Event::Ended), [("start", "a", 1)]);
}

#[test]
fn what_is_taken_while_it_loads_keeps_nothing_waiting() {
    let mut pool = Pool::new(8);
    pool.used("a", 1);
    pool.started("a", 0);
    pool.on(Event::Began);
    pool.taken("a", 0);
    assert_eq!(pool.loaded("a", 0), []);
    assert_eq!(pool.on(Event::Ended), [("start", "a", 0)]);
}

#[test]
fn what_is_waited_for_is_started_at_once_and_all_together() {
    let mut pool = Pool::new(2);
    pool.on(Event::Began);
    let starts = pool.wanted("a", 3, true);
    assert_eq!(starts, [("start", "a", 0), ("start", "a", 1)]);
    assert!(!pool.warming.is_settled(&"a"));
    pool.started("a", 0);
    assert!(!pool.warming.is_settled(&"a"));
    let function = FunctionIndex(1);
    pool.on(Event::NotStarted {
        action: "a",
        function,
    });
    assert!(pool.warming.is_settled(&"a"));
}

#[test]
fn the_latest_action_pushes_out_the_functions_of_the_oldest() {
    let mut pool = Pool::new(3);
    pool.is_full("a", 2);
    assert_eq!(pool.used("b", 2), [("end", "a", 1), ("start", "b", 0)]);
    // What is being started for an action that is out is ended as soon as it is there.
    let changes = pool.used("c", 4);
    assert_eq!(changes, [("end", "a", 0), ("start", "c", 0)]);
    assert_eq!(pool.started("b", 0), [("end", "b", 0)]);
    // An action that comes back wants all its functions again.
    pool.started("c", 0);
    assert_eq!(pool.used("b", 2), []);
    assert_eq!(pool.loaded("c", 0), [("start", "b", 0)]);
    pool.started("b", 0);
    assert_eq!(pool.loaded("b", 0), [("start", "b", 1)]);
}

#[test]
fn what_could_not_be_started_is_tried_again_at_the_next_use() {
    let mut pool = Pool::new(8);
    pool.used("a", 2);
    let function = FunctionIndex(0);
    let broken = pool.on(Event::NotStarted {
        action: "a",
        function,
    });
    assert_eq!(broken, [("start", "a", 1)]);
    pool.started("a", 1);
    assert_eq!(pool.loaded("a", 1), []);
    assert_eq!(pool.used("a", 2), [("start", "a", 0)]);
}

#[test]
fn what_is_not_used_for_long_is_ended() {
    let mut pool = Pool::new(8);
    pool.is_full("a", 1);
    pool.now = 5;
    pool.is_full("b", 1);
    let due = pool.warming.poll_timeout().expect("it waits");
    assert_eq!(due, Moment::default() + IDLE_MAX);
    pool.now = due.as_micros();
    assert_eq!(pool.on(Event::Tick), [("end", "a", 0)]);
    pool.now += 5;
    assert_eq!(pool.on(Event::Tick), [("end", "b", 0)]);
    assert_eq!(pool.warming.poll_timeout(), None);
}

#[test]
fn without_room_nothing_waits() {
    let mut pool = Pool::new(0);
    assert_eq!(pool.wanted("a", 2, true), []);
    assert!(pool.warming.is_settled(&"a"));
    assert_eq!(pool.warming.poll_timeout(), None);
}
