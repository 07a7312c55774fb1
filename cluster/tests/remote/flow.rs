//! Queues that fill, and what becomes of what they took.

use super::*;

/// How many bytes a message has that fills queues soon.
const FILLER_BYTES: usize = 64 * 1024;

/// Handled only when the test says so.
#[derive(Serialize, Deserialize)]
struct Chore(u32, Vec<u8>);

impl Message for Chore {
    type Result = ();
}

impl RemoteMessage for Chore {
    const KIND: &'static str = "chore";
}

/// Does chores one after the other, on a thread of its own, each when the test lets it.
struct Worker {
    leave: Receiver<()>,
    done: Sender<u32>,
}

impl Actor for Worker {
    type Context = Context<Self>;
}

impl Handler<Chore> for Worker {
    type Result = ();

    fn handle(&mut self, Chore(number, _): Chore, _: &mut Self::Context) {
        let leave = self.leave.recv_timeout(HANG);
        if leave.is_ok() {
            // The test may have ended.
            let _ = self.done.send(number);
        }
    }
}

fn chore(number: u32) -> Chore {
    Chore(number, vec![0; FILLER_BYTES])
}

/// A node with a worker, whom a node tells chores: the same, or another.
struct Workplace {
    node: Node,
    /// The other, if there is one.
    _office: Option<Node>,
    worker: RemoteRecipient<Chore>,
    leave: Sender<()>,
    done: Receiver<u32>,
    _arbiter: Arbiter,
}

impl Workplace {
    async fn open() -> Self {
        Self::of(start("workplace", &[]).await, None)
    }

    /// With an office on another node.
    async fn open_afar() -> Self {
        let node = start("workplace", &[]).await;
        let office = start("office", &[node.address()]).await;
        met(&office, 1).await;
        Self::of(node, Some(office))
    }

    fn of(node: Node, office: Option<Node>) -> Self {
        let arbiter = Arbiter::new();
        let (leave, allowed) = channel();
        let (doer, done) = channel();
        let worker = Worker::start_in_arbiter(&arbiter.handle(), |_| Worker {
            leave: allowed,
            done: doer,
        });
        node.register::<Chore>("worker", worker.recipient());
        let teller = office.as_ref().unwrap_or(&node);
        let worker = teller.remote(node.record().node.clone(), "worker");
        Self {
            node,
            _office: office,
            worker,
            leave,
            done,
            _arbiter: arbiter,
        }
    }

    /// Tells as many chores as are taken; gives their number, which is not taken any more.
    fn fill(&self) -> u32 {
        self.fill_from(0)
    }

    /// The same, if so many are taken already.
    fn fill_from(&self, mut taken: u32) -> u32 {
        loop {
            match self.worker.tell(&chore(taken)) {
                Ok(()) => taken += 1,
                Err(RemoteError::Backlogged(node)) => {
                    assert_eq!(node, self.node.record().node);
                    return taken;
                }
                Err(other) => panic!("it is up: {other}"),
            }
            assert!(taken < 10_000, "it takes everything");
        }
    }
}

/// As much as may wait at a gate, and as much as a peer takes before its actors have handled any.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;

#[actix::test]
async fn a_slow_actor_on_another_node_is_told_only_so_much_and_nothing_is_lost() {
    let workplace = Workplace::open_afar().await;
    let (mut taken, mut refused_in_a_row) = (0, 0);
    // Until for some time nothing more has been taken: what had left its queue waits there.
    while refused_in_a_row < 50 {
        let more = workplace.fill_from(taken);
        refused_in_a_row = if more == taken {
            refused_in_a_row + 1
        } else {
            0
        };
        taken = more;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let limit = (2 * WINDOW_BYTES / FILLER_BYTES) as u32;
    assert!((limit / 2..=limit + 8).contains(&taken), "{taken}");
    for expected in 0..taken {
        workplace.leave.send(()).expect("it works");
        let done = workplace.done.recv_timeout(HANG);
        assert_eq!(done.expect("it was taken"), expected);
    }
}

/// Asks back before it is handled.
#[derive(Serialize, Deserialize)]
struct Errand(Vec<u8>);

impl Message for Errand {
    type Result = ();
}

impl RemoteMessage for Errand {
    const KIND: &'static str = "errand";
}

/// Does errands: waits until it may, and asks whoever sent it.
struct Runner {
    may_run: tokio::sync::watch::Receiver<bool>,
    office: RemoteRecipient<Echo>,
    done: Sender<()>,
}

impl Actor for Runner {
    type Context = Context<Self>;
}

impl Handler<Errand> for Runner {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Errand, _: &mut Self::Context) -> Self::Result {
        let (mut may_run, office, done) =
            (self.may_run.clone(), self.office.clone(), self.done.clone());
        Box::pin(async move {
            may_run.wait_for(|may| *may).await.expect("the test lives");
            let answer = office.ask(&echo(), HANG).await;
            assert_eq!(answer, Ok("abab".to_owned()));
            // The test may have ended.
            let _ = done.send(());
        })
    }
}

#[actix::test]
async fn an_actor_that_is_behind_with_its_mail_is_still_answered() {
    let trial = Trial::start().await;
    let (run, may_run) = tokio::sync::watch::channel(false);
    let (doer, done) = channel();
    let office = trial.third.record().node.clone();
    trial
        .third
        .register::<Echo>("parrot", trial.parrot.clone().recipient());
    let office = trial.there.remote(office, "parrot");
    let runner = Runner {
        may_run,
        office,
        done: doer,
    };
    let recipient = runner.start().recipient();
    trial.there.register::<Errand>("runner", recipient);
    let there = trial.there.record().node.clone();
    let runner = trial.third.remote::<Errand>(there, "runner");
    let errand = Errand(vec![0; FILLER_BYTES]);
    let mut taken = 0;
    while runner
        .tell_when_room(&errand, Duration::from_millis(100))
        .await
        .is_ok()
    {
        taken += 1;
    }
    run.send(true).expect("it waits");
    for _ in 0..taken {
        next(&done).await;
    }
}

#[actix::test]
async fn a_slow_actor_is_told_only_so_much_and_nothing_that_was_taken_is_lost() {
    let workplace = Workplace::open().await;
    let taken = workplace.fill();
    let limit = (WINDOW_BYTES / FILLER_BYTES) as u32;
    assert!((limit / 2..=2 * limit).contains(&taken), "{taken}");
    for expected in 0..taken {
        workplace.leave.send(()).expect("it works");
        let done = workplace.done.recv_timeout(HANG);
        assert_eq!(done.expect("it was taken"), expected);
    }
    // What is handled makes room.
    until(|| workplace.worker.tell(&chore(taken)).is_ok()).await;
    workplace.leave.send(()).expect("it works");
    let done = workplace.done.recv_timeout(HANG);
    assert_eq!(done.expect("it was taken"), taken);
}

#[actix::test]
async fn whoever_can_wait_waits_for_room() {
    let workplace = Workplace::open().await;
    let taken = workplace.fill();
    let deadline = Duration::from_millis(20);
    let early = workplace
        .worker
        .tell_when_room(&chore(taken), deadline)
        .await;
    assert!(
        matches!(early, Err(RemoteError::TimedOut { .. })),
        "{early:?}"
    );
    let behind = chore(taken);
    let waits = workplace.worker.tell_when_room(&behind, HANG);
    let works = async {
        for _ in 0..=taken {
            workplace.leave.send(()).expect("it works");
        }
    };
    let (told, ()) = tokio::join!(waits, works);
    told.expect("there is room at last");
    let mut last = None;
    for _ in 0..=taken {
        last = workplace.done.recv_timeout(HANG).ok();
    }
    assert_eq!(last, Some(taken), "one was refused, none was lost");
}

#[actix::test]
async fn whoever_waits_for_room_at_a_node_that_goes_is_told_so() {
    let workplace = Workplace::open().await;
    workplace.fill();
    let worker = workplace.worker.clone();
    let last = chore(0);
    let waits = worker.tell_when_room(&last, HANG);
    let goes = async {
        tokio::task::yield_now().await;
        drop(workplace);
    };
    let (told, ()) = tokio::join!(waits, goes);
    let refused = told.expect_err("nobody is there any more");
    assert!(
        matches!(refused, RemoteError::Unreachable(_) | RemoteError::Stopped),
        "{refused}"
    );
    assert_eq!(worker.tell(&last), Err(RemoteError::Stopped));
}

#[actix::test]
async fn a_burst_to_another_node_arrives_but_for_what_was_refused() {
    let trial = Trial::start().await;
    let remote = trial.parrot::<Count>();
    let (mut taken, mut refused) = (Vec::new(), 0);
    for number in 0..100_000 {
        match remote.tell(&Count(number)) {
            Ok(()) => taken.push(number),
            Err(RemoteError::Backlogged(_)) => refused += 1,
            Err(other) => panic!("it is up: {other}"),
        }
    }
    assert_eq!(taken.len() + refused, 100_000);
    for expected in taken {
        let number = trial.counted.recv_timeout(HANG).expect("it was taken");
        assert_eq!(number, expected);
    }
    assert!(
        trial.counted.try_recv().is_err(),
        "what was refused is not sent"
    );
}

#[actix::test]
async fn with_patience_all_arrives() {
    let trial = Trial::start().await;
    let remote = trial.parrot::<Count>();
    for number in 0..100_000 {
        let told = remote.tell_when_room(&Count(number), HANG).await;
        told.expect("there is room at last");
    }
    for expected in 0..100_000 {
        let number = trial.counted.recv_timeout(HANG).expect("it was taken");
        assert_eq!(number, expected);
    }
}

#[actix::test]
async fn asks_from_many_threads_are_all_answered() {
    let trial = Trial::start().await;
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let parrot = trial.parrot::<Echo>();
            std::thread::spawn(move || {
                System::new().block_on(async move {
                    for number in 0..200 {
                        let text = format!("{thread}.{number} ");
                        let answer = parrot.ask(&Echo(text.clone()), HANG).await;
                        assert_eq!(answer, Ok(text.repeat(2)));
                    }
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("all are answered");
    }
}
