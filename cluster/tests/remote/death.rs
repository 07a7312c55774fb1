//! Nodes that are real processes, and die.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use raptor_cluster::remote::{EndCause, Terminated};

use super::*;

/// Makes this program a node that knows the node at this address, and has an actor.
const SEED: &str = "RAPTOR_TEST_SEED";

/// The keys of that node's cluster, as in a file.
const KEYS: &str = "RAPTOR_TEST_KEYS";

/// In a process that is to be the far node, this does not return.
pub(super) fn be_far_if_asked() {
    let Ok(seed) = std::env::var(SEED) else {
        return;
    };
    System::new().block_on(async {
        let seed = seed.parse().expect("an address");
        let keys = std::env::var(KEYS).expect("its parent has keys");
        let keys = Security::Keys(keys.parse().expect("keys"));
        let node = start_with("far", &[seed], keys).await;
        let (counted, _) = channel();
        let parrot = Parrot { counted }.start();
        node.register::<Echo>("parrot", parrot.clone().recipient());
        node.register::<Silence>("parrot", parrot.recipient());
        // It lives as long as its parent, if nobody kills it.
        let (gone, is_gone) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read(&mut [0]);
            let _ = gone.send(());
        });
        let _ = is_gone.await;
    });
    std::process::exit(0);
}

/// A node here, and one in a process of its own.
struct Duo {
    here: Node,
    far: Child,
}

impl Duo {
    async fn start() -> Self {
        let here = start("here", &[]).await;
        let Security::Keys(keys) = raptor_cluster::testing::keys() else {
            panic!("nodes here have keys");
        };
        let program = std::env::current_exe().expect("this program has a path");
        let far = Command::new(program)
            .env(SEED, here.address().to_string())
            .env(KEYS, keys.to_text())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        met(&here, 1).await;
        let duo = Self { here, far };
        let mut is_registered = false;
        while !is_registered {
            is_registered = duo.parrot::<Echo>().ask(&echo(), HANG).await.is_ok();
        }
        duo
    }

    fn parrot<M: RemoteMessage>(&self) -> RemoteRecipient<M>
    where
        M::Result: Send,
    {
        let far = "far".parse().expect("a name");
        self.here.remote(far, "parrot")
    }
}

impl Drop for Duo {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.far.kill();
        let _ = self.far.wait();
    }
}

#[actix::test]
async fn asks_in_flight_when_a_process_is_killed_are_lost_and_its_actors_missed_once() {
    let mut duo = Duo::start().await;
    let (recipient, ends) = Listener::<Terminated>::start();
    let parrot = duo.parrot::<Silence>();
    parrot.watch(recipient);
    let asks: Vec<_> = (0..64)
        .map(|_| {
            let parrot = parrot.clone();
            actix::spawn(async move { parrot.ask(&Silence, HANG).await })
        })
        .collect();
    // Behind them, so that they are in flight, and it is watched.
    for _ in 0..2 {
        let answer = duo.parrot::<Echo>().ask(&echo(), HANG).await;
        assert_eq!(answer, Ok("abab".to_owned()));
    }
    duo.far.kill().expect("it lives");
    for asked in asks {
        let asked = tokio::time::timeout(HANG, asked).await;
        let asked = asked.expect("it resolves").expect("nothing panics");
        assert!(matches!(asked, Err(RemoteError::Lost(_))), "{asked:?}");
    }
    assert_eq!(next(&ends).await.why, EndCause::NodeDown);
    // At first it may only be slow; once it is held for dead it is not written to.
    until(|| matches!(parrot.tell(&Silence), Err(RemoteError::Unreachable(_)))).await;
    assert!(ends.try_recv().is_err(), "it has ended already");
}

#[actix::test]
async fn at_the_deadline_a_process_that_does_not_answer_is_waited_for_no_more() {
    let duo = Duo::start().await;
    let deadline = Duration::from_millis(50);
    let asked = duo.parrot::<Silence>().ask(&Silence, deadline).await;
    assert!(
        matches!(asked, Err(RemoteError::TimedOut { .. })),
        "{asked:?}"
    );
    let answer = duo.parrot::<Echo>().ask(&echo(), HANG).await;
    assert_eq!(answer, Ok("abab".to_owned()));
}
