//! How fast postmasters are, beside plain UDP in the same run.
//!
//! `cargo run --release -p raptor-cluster --example transport_speed [round trips [long envelopes]]`
//!
//! Two threads on loopback: round trips of an envelope of 100 bytes between two postmasters, each on an
//! event loop of its own; of a datagram of 100 bytes between two threads that block in `recv`; and of one
//! between two event loops like the postmasters'. Then envelopes of 16 MiB in one direction, and round
//! trips beside them.

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use raptor_cluster::actor::postmaster::{
    Keep, PeerId, Post, Postmaster, PostmasterConfig, PostmasterEvent,
};
use raptor_cluster::link::{ENVELOPE_BYTES_MAX, Lane};
use raptor_cluster::transport::{Transport, Userspace, UserspaceLimits};
use raptor_core::{Incarnation, NodeRecord, Role};

const PAYLOAD_BYTES: usize = 100;

fn main() {
    let number = |at, default| {
        let text: Option<String> = std::env::args().nth(at);
        text.map_or(default, |text| text.parse().expect("a number"))
    };
    let (trips, long) = (number(1, 20_000), number(2, 16));
    let udp = plain_udp(trips);
    let looped = looped_udp(trips);
    let posted = postmasters(trips, long);
    report("plain UDP", &udp, &udp);
    report("UDP on event loops", &looped, &udp);
    report("postmasters", &posted.trips, &udp);
    if !posted.beside.is_empty() {
        report("beside 16 MiB", &posted.beside, &udp);
        println!("16 MiB envelopes: {:.1} MB/s", posted.megabytes_per_second);
    }
}

fn report(what: &str, trips: &[Duration], base: &[Duration]) {
    let at = |trips: &[Duration], share: f64| {
        let mut sorted = trips.to_vec();
        sorted.sort_unstable();
        sorted[(sorted.len() as f64 * share) as usize].as_secs_f64() * 1e6
    };
    let (p50, p99) = (at(trips, 0.5), at(trips, 0.99));
    let ratio = p50 / at(base, 0.5);
    println!("{what:>20}: p50 {p50:6.1} us, p99 {p99:6.1} us, {ratio:.2} times plain UDP");
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn plain_udp(trips: usize) -> Vec<Duration> {
    let (near, far) = (UdpSocket::bind(loopback()), UdpSocket::bind(loopback()));
    let (near, far) = (near.expect("a socket"), far.expect("a socket"));
    let address = far.local_addr().expect("bound");
    let echo = thread::spawn(move || {
        let mut buffer = [0; 2048];
        for _ in 0..trips {
            let (bytes, from) = far.recv_from(&mut buffer).expect("received");
            far.send_to(&buffer[..bytes], from).expect("sent");
        }
    });
    let mut buffer = [0; 2048];
    let measured = (0..trips)
        .map(|_| {
            let start = Instant::now();
            near.send_to(&[1; PAYLOAD_BYTES], address).expect("sent");
            near.recv_from(&mut buffer).expect("received");
            start.elapsed()
        })
        .collect();
    echo.join().expect("it echoed");
    measured
}

fn looped_udp(trips: usize) -> Vec<Duration> {
    let (sender, receiver) = mpsc::channel();
    let echo = thread::spawn(move || {
        on_a_loop(async move {
            let socket = tokio::net::UdpSocket::bind(loopback())
                .await
                .expect("a socket");
            sender
                .send(socket.local_addr().expect("bound"))
                .expect("somebody waits");
            let mut buffer = [0; 2048];
            for _ in 0..trips {
                let (bytes, from) = socket.recv_from(&mut buffer).await.expect("received");
                socket.send_to(&buffer[..bytes], from).await.expect("sent");
            }
        });
    });
    let address = receiver.recv().expect("an address");
    let measured = on_a_loop(async move {
        let socket = tokio::net::UdpSocket::bind(loopback())
            .await
            .expect("a socket");
        let mut buffer = [0; 2048];
        let mut measured = Vec::with_capacity(trips);
        for _ in 0..trips {
            let start = Instant::now();
            socket
                .send_to(&[1; PAYLOAD_BYTES], address)
                .await
                .expect("sent");
            socket.recv_from(&mut buffer).await.expect("received");
            measured.push(start.elapsed());
        }
        measured
    });
    echo.join().expect("it echoed");
    measured
}

fn on_a_loop<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

struct Posted {
    trips: Vec<Duration>,
    beside: Vec<Duration>,
    megabytes_per_second: f64,
}

fn postmasters(trips: usize, long: usize) -> Posted {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        System::new().block_on(async move {
            let (postmaster, address) = start("far", |postmaster| Echo { postmaster });
            sender.send(address).expect("somebody waits");
            let () = std::future::pending().await;
            drop(postmaster);
        });
    });
    let address = receiver.recv().expect("an address");
    System::new().block_on(async move {
        let (done, posted) = tokio::sync::oneshot::channel();
        let (postmaster, _) = start("near", |postmaster| Pinger {
            postmaster,
            trips: Vec::with_capacity(trips),
            trips_max: trips,
            beside: vec![],
            long,
            long_left: long,
            trip_start: Instant::now(),
            long_start: Instant::now(),
            done: Some(done),
        });
        postmaster.do_send(Keep { address });
        posted.await.expect("measured")
    })
}

/// Starts a postmaster that reports to the actor that `make` gives.
fn start<A>(
    name: &str,
    make: impl FnOnce(Option<Addr<Postmaster>>) -> A,
) -> (Addr<Postmaster>, SocketAddr)
where
    A: Actor<Context = Context<A>> + Handler<PostmasterEvent> + Handler<Meet>,
{
    let transport = Userspace::bind(loopback(), UserspaceLimits::default()).expect("a socket");
    let address = transport.local_address();
    let record = NodeRecord {
        node: name.parse().expect("a name"),
        zone: "z1".parse().expect("a name"),
        incarnation: Incarnation(1),
    };
    let config = PostmasterConfig::new("c1".parse().expect("a name"), record, Role::Node);
    let reporter = make(None).start();
    let reports = reporter.clone().recipient();
    let postmaster = Postmaster::new(Box::new(transport), config, reports).start();
    reporter.do_send(Meet(postmaster.clone()));
    (postmaster, address)
}

/// Here is your postmaster.
#[derive(Message)]
#[rtype(result = "()")]
struct Meet(Addr<Postmaster>);

/// Sends short envelopes back, and a short one for each long one.
struct Echo {
    postmaster: Option<Addr<Postmaster>>,
}

impl Actor for Echo {
    type Context = Context<Self>;
}

impl Handler<Meet> for Echo {
    type Result = ();

    fn handle(&mut self, meet: Meet, _: &mut Context<Self>) {
        self.postmaster = Some(meet.0);
    }
}

impl Handler<PostmasterEvent> for Echo {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, _: &mut Context<Self>) {
        if let PostmasterEvent::Arrived {
            peer,
            lane,
            mut envelope,
        } = event
        {
            envelope.truncate(PAYLOAD_BYTES);
            let postmaster = self.postmaster.as_ref().expect("they have met");
            postmaster.do_send(Post {
                to: peer.into(),
                lane,
                envelope,
            });
        }
    }
}

struct Pinger {
    postmaster: Option<Addr<Postmaster>>,
    trips: Vec<Duration>,
    trips_max: usize,
    /// Round trips while a long envelope was on its way.
    beside: Vec<Duration>,
    long: usize,
    long_left: usize,
    trip_start: Instant,
    long_start: Instant,
    done: Option<tokio::sync::oneshot::Sender<Posted>>,
}

impl Actor for Pinger {
    type Context = Context<Self>;
}

impl Handler<Meet> for Pinger {
    type Result = ();

    fn handle(&mut self, meet: Meet, _: &mut Context<Self>) {
        self.postmaster = Some(meet.0);
    }
}

impl Handler<PostmasterEvent> for Pinger {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, _: &mut Context<Self>) {
        match event {
            PostmasterEvent::PeerUp { peer, .. } => self.ping(peer),
            PostmasterEvent::Arrived { peer, lane, .. } => match lane {
                Lane::Flight(_) | Lane::Control => self.on_echo(peer),
                Lane::Bulk => self.on_long_echo(peer),
            },
            PostmasterEvent::PeerDown { reason, .. } | PostmasterEvent::Refused { reason, .. } => {
                panic!("the peer is down: {reason}")
            }
        }
    }
}

impl Pinger {
    fn post(&self, to: PeerId, lane: Lane, bytes: usize) {
        let (to, envelope) = (to.into(), Bytes::from(vec![1; bytes]));
        let postmaster = self.postmaster.as_ref().expect("they have met");
        postmaster.do_send(Post { to, lane, envelope });
    }

    fn ping(&mut self, peer: PeerId) {
        self.trip_start = Instant::now();
        self.post(peer, Lane::Flight(1), PAYLOAD_BYTES);
    }

    fn on_echo(&mut self, peer: PeerId) {
        let trip = self.trip_start.elapsed();
        if self.trips.len() < self.trips_max {
            self.trips.push(trip);
            if self.trips.len() == self.trips_max {
                self.long_start = Instant::now();
                self.go_on_with_long(peer);
            }
        } else {
            self.beside.push(trip);
        }
        if self.done.is_some() {
            self.ping(peer);
        }
    }

    fn on_long_echo(&mut self, peer: PeerId) {
        self.long_left -= 1;
        self.go_on_with_long(peer);
    }

    fn go_on_with_long(&mut self, peer: PeerId) {
        if self.long_left > 0 {
            self.post(peer, Lane::Bulk, ENVELOPE_BYTES_MAX);
        } else if let Some(done) = self.done.take() {
            let bytes = (self.long * ENVELOPE_BYTES_MAX) as f64;
            // Nobody waits if the program is ending.
            let _ = done.send(Posted {
                trips: std::mem::take(&mut self.trips),
                beside: std::mem::take(&mut self.beside),
                megabytes_per_second: bytes / self.long_start.elapsed().as_secs_f64() / 1e6,
            });
        }
    }
}
