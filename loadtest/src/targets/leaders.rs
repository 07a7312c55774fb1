//! The nodes that lead workflows in turns, as they go and come back.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use raptor_cluster::{Client, NodeRecord};
use tokio::sync::Notify;

use super::search::Search;

/// How long after a node was lost, or was not found, it is looked for again: less often than a
/// container starts, and more often than anybody who watches a run loses patience.
const SEARCH_INTERVAL: Duration = Duration::from_millis(500);

/// How long a node that is looked for may take to answer. One that is gone does not.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(2);

/// The nodes that lead workflows in turns.
#[derive(Debug)]
pub(super) struct Leaders {
    seats: RefCell<Vec<Seat>>,
    /// How those are found that are away; none: they are not looked for.
    search: Option<Rc<Search>>,
    is_searching: Cell<bool>,
    /// Somebody came.
    came: Notify,
}

/// A node that leads when it is its turn.
#[derive(Debug)]
struct Seat {
    node: NodeRecord,
    address: SocketAddr,
    /// None while it is away.
    line: Option<Rc<Line>>,
    /// When it came, if that was not at the start.
    came: Option<Instant>,
    absences: Vec<Absence>,
}

/// A time in which a node was not asked.
#[derive(Debug)]
struct Absence {
    began: Instant,
    why: String,
    ended: Option<Instant>,
}

/// A client of a node, which does not keep its thread waiting when its node is lost.
#[derive(Debug)]
pub(super) struct Line {
    /// None once it is dropped.
    client: Option<Client>,
    is_lost: Cell<bool>,
}

/// The node whose turn it is, for one workflow.
#[derive(Debug)]
pub(super) struct Leader {
    seat: usize,
    line: Rc<Line>,
}

impl Leaders {
    /// These nodes, reached at these addresses. With a search, those that are lost are looked for.
    pub(super) fn new(clients: Vec<(SocketAddr, Client)>, search: Option<Search>) -> Rc<Self> {
        let leaders = Self {
            seats: RefCell::default(),
            search: search.map(Rc::new),
            is_searching: Cell::new(false),
            came: Notify::new(),
        };
        for (address, client) in clients {
            leaders.seat(address, client, None);
        }
        Rc::new(leaders)
    }

    /// How many there are, also of those that are away.
    pub(super) fn len(&self) -> usize {
        self.seats.borrow().len()
    }

    /// Who they are.
    pub(super) fn nodes(&self) -> Vec<NodeRecord> {
        let seats = self.seats.borrow();
        seats.iter().map(|seat| seat.node.clone()).collect()
    }

    /// The node whose turn it is, or the next that is there; if none is, the first that comes.
    ///
    /// # Errors
    ///
    /// If none comes in time: what is to be said of that.
    pub(super) async fn lead(&self, turn: usize, patience: Duration) -> Result<Leader, String> {
        let until = tokio::time::Instant::now() + patience;
        loop {
            let came = self.came.notified();
            if let Some(leader) = self.next(turn) {
                return Ok(leader);
            }
            if tokio::time::timeout_at(until, came).await.is_err() {
                return Err(format!("no node of the cluster was there for {patience:?}"));
            }
        }
    }

    fn next(&self, turn: usize) -> Option<Leader> {
        let seats = self.seats.borrow();
        let turns = (0..seats.len()).map(|further| turn.wrapping_add(further) % seats.len());
        let mut there = turns.filter_map(|seat| {
            let line = seats[seat].line.clone()?;
            Some(Leader { seat, line })
        });
        there.next()
    }

    /// A node did not end what it led: others lead until it is found again. Without a search it
    /// keeps its turns.
    pub(super) fn lose(self: &Rc<Self>, leader: &Leader, why: &str) {
        let Some(search) = &self.search else { return };
        let seats = &mut *self.seats.borrow_mut();
        let seat = &mut seats[leader.seat];
        // It may have been lost, and even found again, since this workflow was sent.
        let lost = seat.line.take_if(|line| Rc::ptr_eq(line, &leader.line));
        let Some(lost) = lost else { return };
        lost.is_lost.set(true);
        seat.absences.push(Absence {
            began: Instant::now(),
            why: why.to_owned(),
            ended: None,
        });
        if !self.is_searching.replace(true) {
            tokio::task::spawn_local(look_for(Rc::downgrade(self), Rc::clone(search)));
        }
    }

    /// Gives a node its seat, the one that it had if it had one.
    fn seat(&self, address: SocketAddr, client: Client, came: Option<Instant>) {
        let node = client.node().clone();
        let seats = &mut *self.seats.borrow_mut();
        let known = seats.iter_mut().find(|seat| seat.node.node == node.node);
        if let Some(seat) = known {
            if seat.line.is_some() {
                // The same node at another address.
                return Line::new(client).give_up();
            }
            if let Some(absence) = seat.absences.last_mut() {
                absence.ended = Some(Instant::now());
            }
            seat.node = node;
            seat.address = address;
            seat.line = Some(Rc::new(Line::new(client)));
        } else {
            seats.push(Seat {
                node,
                address,
                line: Some(Rc::new(Line::new(client))),
                came,
                absences: Vec::new(),
            });
        }
        self.came.notify_waiters();
    }

    fn are_all_there(&self) -> bool {
        self.seats.borrow().iter().all(|seat| seat.line.is_some())
    }

    /// Where nobody is to be looked for, because somebody is there.
    fn taken(&self) -> Vec<SocketAddr> {
        let seats = self.seats.borrow();
        let there = seats.iter().filter(|seat| seat.line.is_some());
        there.map(|seat| seat.address).collect()
    }

    /// Who was away and who came late, with times since `epoch`.
    pub(super) fn notes(&self, epoch: Instant) -> Vec<String> {
        let seats = self.seats.borrow();
        seats.iter().filter_map(|seat| seat.note(epoch)).collect()
    }
}

/// Looks for those that are away until all are back. Whoever else is found at the names comes, too.
async fn look_for(leaders: Weak<Leaders>, search: Rc<Search>) {
    loop {
        tokio::time::sleep(SEARCH_INTERVAL).await;
        let Some(taken) = leaders.upgrade().map(|leaders| leaders.taken()) else {
            return;
        };
        // A name without an address is one that may have one later.
        let addresses = search.addresses().await.unwrap_or_default();
        let free = addresses.into_iter().flatten();
        let free = free.filter(|it| !taken.contains(it));
        let found = search.connect_all(free, SEARCH_TIMEOUT).await;
        let Some(leaders) = leaders.upgrade() else {
            return;
        };
        for (address, client) in found.clients {
            leaders.seat(address, client, Some(Instant::now()));
        }
        if leaders.are_all_there() {
            leaders.is_searching.set(false);
            return;
        }
    }
}

impl Seat {
    fn note(&self, epoch: Instant) -> Option<String> {
        let since = |at: Instant| at.saturating_duration_since(epoch).as_secs_f64();
        let came = self
            .came
            .map(|at| format!("came {:.1} s after the beginning", since(at)));
        let absences = self.absences.first().map(|first| {
            let away = self.absences.iter().map(Absence::length).sum::<Duration>();
            let times = match self.absences.len() {
                1 => "once".to_owned(),
                count => format!("{count} times"),
            };
            let last = self.absences.last().map_or("", |last| &last.why);
            let end = match first.ended {
                Some(ended) => format!("to {:.1} s", since(ended)),
                None => "to the end".to_owned(),
            };
            format!(
                "was lost {times}, for {:.1} s in all (first from {:.1} s {end}; last: {last}): \
                 others led meanwhile",
                away.as_secs_f64(),
                since(first.began),
            )
        });
        let told: Vec<_> = [came, absences].into_iter().flatten().collect();
        let NodeRecord { node, zone, .. } = &self.node;
        (!told.is_empty()).then(|| format!("node {node} in {zone} {}", told.join(", and ")))
    }
}

impl Absence {
    fn length(&self) -> Duration {
        let ended = self.ended.unwrap_or_else(Instant::now);
        ended.saturating_duration_since(self.began)
    }
}

impl Line {
    fn new(client: Client) -> Self {
        Self {
            client: Some(client),
            is_lost: Cell::new(false),
        }
    }

    /// Drops it without waiting.
    fn give_up(self) {
        self.is_lost.set(true);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let client = self.client.take();
        if self.is_lost.get() {
            // It says goodbye to a node that may not hear it, which takes a while. This thread has
            // workflows to send.
            std::thread::spawn(move || drop(client));
        }
    }
}

impl Leader {
    /// The client that asks it.
    pub(super) fn client(&self) -> &Client {
        let client = self.line.client.as_ref();
        client.expect("only what is dropped has none")
    }
}
