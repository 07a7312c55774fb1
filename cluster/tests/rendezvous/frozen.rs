//! Nodes in processes of their own, which are stopped and go on, as containers are that are paused.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use raptor_cluster::{Bundle, FollowedEnd, Invitation, MemberIndex, Node, Progress};
use serde::{Deserialize, Serialize};

use super::party::{action_of, answer, end, follow, landed, lead, node, progress, until};

/// Makes this program a node that is told what to do by lines on its standard input.
const FAR: &str = "RAPTOR_TEST_FAR";

/// What such a node is told to do, one after the other.
#[derive(Serialize, Deserialize)]
enum Order {
    /// Lead a flight of two, which lands once there is this file.
    Lead(PathBuf),
    /// Say how that has ended.
    TellAnswer,
    /// Follow, as member 1, a flight that lands once there is this file.
    Follow(Box<Invitation>, PathBuf),
    /// Say how that has ended.
    TellEnd,
}

/// What it says.
#[derive(Debug, Serialize, Deserialize)]
enum Said {
    Leads(Box<Invitation>),
    Answered(String),
    Follows,
    Ended(String),
}

/// In a process that is to be the far node, this does not return.
pub(crate) fn be_far_if_asked() {
    let Ok(name) = std::env::var(FAR) else {
        return;
    };
    // What the node does, it does on a thread of its own.
    actix::System::new().block_on(be_far(&name));
    std::process::exit(0);
}

async fn be_far(name: &str) {
    let node = node(name).await;
    let (mut led, mut followed) = (None, None);
    // It lives as long as its parent, if nobody kills it.
    while let Some(order) = hear() {
        match order {
            Order::Lead(gate) => {
                let (activation, invitation) = lead(&node, &gated(&gate), 2);
                led = Some(activation);
                say(&Said::Leads(Box::new(invitation)));
            }
            Order::TellAnswer => {
                let activation = led.as_mut().expect("it leads");
                say(&Said::Answered(answer(activation).await.to_string()));
            }
            Order::Follow(invitation, gate) => {
                followed = Some(follow(&node, &invitation, 1, &gated(&gate)));
                say(&Said::Follows);
            }
            Order::TellEnd => {
                let part = followed.as_mut().expect("it follows");
                say(&Said::Ended(end(part).await.how.to_string()));
            }
        }
    }
    node.shutdown().await;
}

fn hear() -> Option<Order> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

fn say(said: &Said) {
    let line = serde_json::to_string(said).expect("it has string keys only");
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").expect("its parent listens");
}

/// A node in a process of its own.
struct Far {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Far {
    fn start(name: &str) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(program)
            .env(FAR, name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self {
            child,
            stdin,
            stdout,
        }
    }

    fn order(&mut self, order: &Order) {
        let line = serde_json::to_string(order).expect("it has string keys only");
        writeln!(self.stdin, "{line}").expect("it listens");
    }

    fn hear(&mut self) -> Said {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it speaks");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn ask(&mut self, order: &Order) -> Said {
        self.order(order);
        self.hear()
    }

    fn follow(&mut self, invitation: &Invitation, gate: &Gate) {
        let invitation = Box::new(invitation.clone());
        let said = self.ask(&Order::Follow(invitation, gate.0.clone()));
        assert!(matches!(said, Said::Follows), "{said:?}");
    }

    fn leads(&mut self, gate: &Gate) -> Invitation {
        match self.ask(&Order::Lead(gate.0.clone())) {
            Said::Leads(invitation) => *invitation,
            other => panic!("it does not lead: {other:?}"),
        }
    }

    fn end(&mut self) -> String {
        match self.ask(&Order::TellEnd) {
            Said::Ended(how) => how,
            other => panic!("it has not ended: {other:?}"),
        }
    }

    fn answer(&mut self) -> String {
        match self.ask(&Order::TellAnswer) {
            Said::Answered(answer) => answer,
            other => panic!("it has no answer: {other:?}"),
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("there is kill(1)").success());
    }

    async fn freeze(&self) {
        self.signal("-STOP");
        let stat = format!("/proc/{}/stat", self.child.id());
        let is_stopped = || {
            let stat = std::fs::read_to_string(&stat).expect("it is there");
            stat.rsplit(')')
                .next()
                .is_some_and(|rest| rest.trim_start().starts_with('T'))
        };
        until(is_stopped).await;
    }

    fn thaw(&self) {
        self.signal("-CONT");
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file, of which the functions of a test wait for the making.
struct Gate(PathBuf);

impl Gate {
    fn shut(name: &str) -> Self {
        let name = format!("raptor-gate-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self) {
        std::fs::write(&self.0, "").expect("there is room");
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        // It may never have been opened.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An action of one function, which gives a value on any member once there is a file.
fn gated(gate: &Path) -> Bundle {
    let gate = gate.display();
    action_of(&format!(
        "until test -e {gate}; do sleep 0.01; done; echo '{{\"by\":0}}' >&3"
    ))
}

/// That the far node can follow, and lead, as if nothing had been.
async fn flies_with(near: &Node, far: &mut Far, name: &str) {
    let gate = Gate::shut(name);
    let (mut activation, invitation) = lead(near, &gated(&gate.0), 2);
    far.follow(&invitation, &gate);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    gate.open();
    assert_eq!(answer(&mut activation).await, landed([0]));
    assert_eq!(far.end(), FollowedEnd::Landed.to_string());
    let invitation = far.leads(&gate);
    let mut part = follow(near, &invitation, 1, &gated(&gate.0));
    // It may have landed before we came.
    let how = end(&mut part).await.how;
    assert!(
        matches!(how, FollowedEnd::Landed | FollowedEnd::Over),
        "{how}"
    );
    assert!(far.answer().starts_with("landed"));
}

#[tokio::test]
async fn a_node_that_was_frozen_between_flights_flies_on() {
    let (near, mut far) = (node("near").await, Far::start("far"));
    flies_with(&near, &mut far, "before").await;
    far.freeze().await;
    // Longer than the end of a flight takes, and than its associations may take to part.
    tokio::time::sleep(Duration::from_secs(3)).await;
    far.thaw();
    flies_with(&near, &mut far, "after").await;
}

#[tokio::test]
async fn a_follower_that_freezes_is_flown_on_without_and_learns_that_it_is_over() {
    let (near, mut far) = (node("near").await, Far::start("far"));
    let gate = Gate::shut("frozen-follower");
    let action = gated(&gate.0);
    let (mut activation, invitation) = lead(&near, &action, 2);
    far.follow(&invitation, &gate);
    progress(&mut activation, Progress::Joined(MemberIndex(1))).await;
    far.freeze().await;
    gate.open();
    assert_eq!(answer(&mut activation).await, landed([0]));
    // Nobody waits for the log of a frozen member for long.
    let record = activation.record().await.expect("it leads");
    assert!(record.is_some());
    far.thaw();
    let refused = FollowedEnd::Refused(String::new()).to_string();
    assert!(!far.end().starts_with(&refused));
    flies_with(&near, &mut far, "thawed-follower").await;
}

#[tokio::test]
async fn a_leader_that_freezes_is_lost_to_its_follower_and_flies_on_alone() {
    let (near, mut far) = (node("near").await, Far::start("far"));
    let gate = Gate::shut("frozen-leader");
    let invitation = far.leads(&gate);
    let mut part = follow(&near, &invitation, 1, &gated(&gate.0));
    until(|| !near.live_attempts().is_empty()).await;
    far.freeze().await;
    let how = end(&mut part).await.how;
    // It may have been frozen before it was reached.
    let is_lost = matches!(how, FollowedEnd::LeaderLost | FollowedEnd::LeaderMissing);
    assert!(is_lost, "{how}");
    assert!(near.live_attempts().is_empty());
    far.thaw();
    gate.open();
    assert!(far.answer().starts_with("landed"));
    flies_with(&near, &mut far, "thawed-leader").await;
}
