//! Activations, one after the other from each of several clients, while something happens to nodes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::blocking_wait::until;
use crate::client::{Answer, Client};
use crate::testbed::Node;

/// How one activation ended.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    /// Whom it was asked of: a node's name, or "gateway".
    pub(crate) of: String,
    pub(crate) how: How,
}

#[derive(Clone, Debug)]
pub(crate) enum How {
    /// With its result.
    Landed,
    /// With an answer that says why not.
    Refused { status: u16, body: String },
    /// The connection was refused, or ended without an answer.
    Cut(#[expect(dead_code, reason = "shown where a test fails")] String),
}

/// Clients that never stop asking, until they are told to.
pub(crate) struct Traffic {
    is_over: Arc<AtomicBool>,
    endings: Arc<Mutex<Vec<Ending>>>,
    clients: Vec<JoinHandle<()>>,
}

impl Traffic {
    /// A client for each node, which leads what that asks for.
    pub(crate) fn at_nodes(nodes: &[Node], action: &'static str) -> Self {
        let clients = nodes.iter();
        Self::of(
            clients.map(|node| (node.name.clone(), node.client.clone())),
            action,
        )
    }

    /// So many clients of the gateway.
    pub(crate) fn at_gateway(gateway: &Client, count: usize, action: &'static str) -> Self {
        let one = ("gateway".to_owned(), gateway.clone());
        Self::of(std::iter::repeat_n(one, count), action)
    }

    fn of(clients: impl Iterator<Item = (String, Client)>, action: &'static str) -> Self {
        let (is_over, endings) = (
            Arc::<AtomicBool>::default(),
            Arc::<Mutex<Vec<Ending>>>::default(),
        );
        let start = |(of, client): (String, Client)| {
            let (is_over, endings) = (Arc::clone(&is_over), Arc::clone(&endings));
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let how = how_ended(client.invoke(action));
                    let has_landed = matches!(how, How::Landed);
                    let of = of.clone();
                    let ending = Ending { of, how };
                    let mut all = endings.lock().unwrap_or_else(PoisonError::into_inner);
                    all.push(ending);
                    drop(all);
                    if !has_landed {
                        // Whoever is refused at once would ask many thousand times.
                        await_ready(&client, &is_over);
                    }
                }
            })
        };
        let clients = clients.map(start).collect();
        Self {
            is_over,
            endings,
            clients,
        }
    }

    /// What has ended so far.
    pub(crate) fn endings(&self) -> Vec<Ending> {
        let endings = self.endings.lock();
        endings.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many more have landed with each of these.
    #[track_caller]
    pub(crate) fn lands<'a>(&self, more: usize, with: impl Iterator<Item = &'a str> + Clone) {
        let count = |name: &str| {
            let endings = self.endings();
            let landed = endings.iter().filter(|ending| ending.has_landed());
            landed.filter(|ending| ending.of == name).count()
        };
        let before: Vec<_> = with.clone().map(count).collect();
        until("activations that land", || {
            let mut all = with.clone().zip(&before);
            all.all(|(name, before)| count(name) >= before + more)
                .then_some(())
        });
    }

    /// Has every client end what it has begun, and gives all endings.
    pub(crate) fn end(mut self) -> Vec<Ending> {
        self.is_over.store(true, Ordering::Relaxed);
        for client in std::mem::take(&mut self.clients) {
            client.join().expect("a client does not panic");
        }
        self.endings()
    }
}

impl Drop for Traffic {
    /// A test that gives up leaves no client that asks on.
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// Waits until whoever has refused takes activations again, or nobody wants to know any more.
fn await_ready(client: &Client, is_over: &AtomicBool) {
    until("a node that takes activations again", || {
        (is_over.load(Ordering::Relaxed) || client.is_ready()).then_some(())
    });
}

fn how_ended(answer: std::io::Result<Answer>) -> How {
    match answer {
        Ok(answer) if answer.is_success() => How::Landed,
        Ok(answer) => How::Refused {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        },
        Err(error) => How::Cut(error.to_string()),
    }
}

impl Ending {
    pub(crate) fn has_landed(&self) -> bool {
        matches!(self.how, How::Landed)
    }
}

/// Those that did not land.
pub(crate) fn lost(endings: &[Ending]) -> Vec<Ending> {
    let lost = endings.iter().filter(|ending| !ending.has_landed());
    lost.cloned().collect()
}

/// Checks that the gateway said of each that was lost why, and what to do.
#[track_caller]
pub(crate) fn are_told_clearly(lost: &[Ending]) {
    for ending in lost {
        let How::Refused { status, body } = &ending.how else {
            panic!("a client of the gateway got no answer: {ending:?}");
        };
        assert!(matches!(status, 502..=504), "{ending:?}");
        let error: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
        let text = error["error"].as_str().expect("it says why");
        assert!(text.contains("nvoke it again"), "{text}");
    }
}
