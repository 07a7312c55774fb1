//! Two postmasters, each on a thread and an event loop of its own, as those of two nodes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use raptor_cluster::Shaping;
use raptor_cluster::actor::postmaster::{
    Keep, PeerId, Post, Postmaster, PostmasterConfig, PostmasterEvent,
};
use raptor_cluster::link::{ENVELOPE_BYTES_MAX, Lane};
use raptor_cluster::security::Security;
use raptor_cluster::transport::{Transport, Userspace, UserspaceLimits};
use raptor_core::{Incarnation, NodeRecord, Role};

use super::PAYLOAD_BYTES;
use crate::bench::{Failure, PATIENCE};

/// Two postmasters that have met.
pub(super) struct Pair {
    pinger: Addr<Pinger>,
}

impl Pair {
    /// Starts both, whose packets leave so much later; their threads end with the process.
    pub(super) fn start(delay: Duration) -> Result<Self, Failure> {
        let security = Security::generate()?;
        let of_far = security.clone();
        let (address, is_far_up) = mpsc::channel();
        on_a_thread(move || {
            let far = start("far", delay, of_far, |postmaster| Echo { postmaster });
            let _ = address.send(far.map(|(_, address)| address));
        });
        let far = is_far_up.recv_timeout(PATIENCE)??;
        let (pinger, is_near_up) = mpsc::channel();
        on_a_thread(move || {
            let near = start("near", delay, security, |postmaster| {
                postmaster.do_send(Keep { address: far });
                Pinger::new(postmaster)
            });
            let _ = pinger.send(near.map(|(pinger, _)| pinger));
        });
        let pinger = is_near_up.recv_timeout(PATIENCE)??;
        Ok(Self { pinger })
    }

    /// How long each of so many round trips took, from the post to the report of its echo.
    pub(super) fn trips(&self, count: u32) -> Result<Vec<Duration>, Failure> {
        self.volley(Until::Trips(count))
    }

    /// How long each round trip took as long as so many of the longest envelopes were on their way.
    pub(super) fn trips_beside_bulk(&self, envelopes: u32) -> Result<Vec<Duration>, Failure> {
        self.volley(Until::Bulk(envelopes))
    }

    fn volley(&self, until: Until) -> Result<Vec<Duration>, Failure> {
        let (trips, done) = mpsc::channel();
        self.pinger.do_send(Volley { until, trips });
        let trips = done.recv_timeout(PATIENCE);
        Ok(trips.map_err(|error| format!("hear all echoes: {error}"))?)
    }
}

/// Runs actors on a thread of their own, for ever.
fn on_a_thread(begin: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        System::new().block_on(async {
            begin();
            let () = std::future::pending().await;
        });
    });
}

/// A postmaster that reports to the actor that `make` gives.
fn start<A>(
    name: &str,
    delay: Duration,
    security: Security,
    make: impl FnOnce(Addr<Postmaster>) -> A,
) -> Result<(Addr<A>, SocketAddr), String>
where
    A: Actor<Context = Context<A>> + Handler<PostmasterEvent>,
{
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    let transport = Userspace::bind(listen, UserspaceLimits::default());
    let mut transport = transport.map_err(|error| error.to_string())?;
    let address = transport.local_address();
    let record = NodeRecord {
        node: name.parse().expect("it is a name"),
        zone: "zone".parse().expect("it is a name"),
        incarnation: Incarnation(1),
    };
    let shaped = transport.shape(&record.zone, &shaping(delay));
    shaped.map_err(|error| error.to_string())?;
    let cluster = "bench".parse().expect("it is a name");
    let config = PostmasterConfig::new(cluster, record, Role::Node, security);
    let context = Context::<A>::new();
    let reports = context.address().recipient();
    let postmaster = Postmaster::new(Box::new(transport), config, reports).start();
    Ok((context.run(make(postmaster)), address))
}

/// Everything leaves so much later, or at once.
fn shaping(delay: Duration) -> Shaping {
    let rule = format!("* <-> * delay={}us", delay.as_micros());
    let rule = (!delay.is_zero()).then(|| rule.parse().expect("it is a rule"));
    Shaping {
        rules: rule.into_iter().collect(),
        seed: 0,
    }
}

/// Sends short envelopes back, and a short one for each long one.
struct Echo {
    postmaster: Addr<Postmaster>,
}

impl Actor for Echo {
    type Context = Context<Self>;
}

impl Handler<PostmasterEvent> for Echo {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, _: &mut Context<Self>) {
        if let PostmasterEvent::Arrived {
            peer,
            lane,
            mut envelope,
            ..
        } = event
        {
            envelope.truncate(PAYLOAD_BYTES);
            let to = peer;
            self.postmaster.do_send(Post::new(to, lane, envelope));
        }
    }
}

/// How long a volley lasts.
#[derive(Clone, Copy)]
enum Until {
    /// So many round trips.
    Trips(u32),
    /// So many of the longest envelopes, one after the other, have arrived.
    Bulk(u32),
}

/// Make round trips, one after the other.
#[derive(Message)]
#[rtype(result = "()")]
struct Volley {
    until: Until,
    /// Where they are told when they are made.
    trips: mpsc::Sender<Vec<Duration>>,
}

/// Makes round trips.
struct Pinger {
    postmaster: Addr<Postmaster>,
    far: Option<PeerId>,
    /// Asked for, and how many trips or envelopes are missing.
    volley: Option<(Volley, u32)>,
    trips: Vec<Duration>,
    trip_start: Instant,
}

impl Pinger {
    fn new(postmaster: Addr<Postmaster>) -> Self {
        Self {
            postmaster,
            far: None,
            volley: None,
            trips: Vec::new(),
            trip_start: Instant::now(),
        }
    }

    /// Begins, as soon as both are there: a volley, and somebody to exchange it with.
    fn begin(&mut self) {
        if let (Some((volley, _)), Some(_)) = (&self.volley, self.far) {
            if let Until::Bulk(_) = volley.until {
                self.post(Lane::Bulk, ENVELOPE_BYTES_MAX);
            }
            self.ping();
        }
    }

    fn ping(&mut self) {
        self.trip_start = Instant::now();
        self.post(Lane::Flight(1), PAYLOAD_BYTES);
    }

    fn post(&self, lane: Lane, bytes: usize) {
        let to = self.far.expect("the other is there");
        let envelope = Bytes::from(vec![1; bytes]);
        self.postmaster.do_send(Post::new(to, lane, envelope));
    }

    fn on_echo(&mut self) {
        let Some((volley, left)) = &mut self.volley else {
            return;
        };
        self.trips.push(self.trip_start.elapsed());
        if let Until::Trips(_) = volley.until {
            *left -= 1;
        }
        match left {
            0 => self.finish(),
            _ => self.ping(),
        }
    }

    fn on_long_echo(&mut self) {
        let (_, left) = self.volley.as_mut().expect("a volley sent it");
        *left -= 1;
        // The last echo of a short one finishes it.
        if *left > 0 {
            self.post(Lane::Bulk, ENVELOPE_BYTES_MAX);
        }
    }

    fn finish(&mut self) {
        let trips = std::mem::take(&mut self.trips);
        if let Some((volley, _)) = self.volley.take() {
            // Whoever asked may have lost patience.
            let _ = volley.trips.send(trips);
        }
    }
}

impl Actor for Pinger {
    type Context = Context<Self>;
}

impl Handler<Volley> for Pinger {
    type Result = ();

    fn handle(&mut self, volley: Volley, _: &mut Context<Self>) {
        let (Until::Trips(left) | Until::Bulk(left)) = volley.until;
        self.volley = Some((volley, left));
        self.begin();
    }
}

impl Handler<PostmasterEvent> for Pinger {
    type Result = ();

    fn handle(&mut self, event: PostmasterEvent, _: &mut Context<Self>) {
        match event {
            PostmasterEvent::PeerUp { peer, .. } => {
                self.far = Some(peer);
                self.begin();
            }
            PostmasterEvent::Arrived { lane, .. } => match lane {
                Lane::Flight(_)
                | Lane::Mail(_)
                | Lane::Answer(_)
                | Lane::Gossip
                | Lane::Control => self.on_echo(),
                Lane::Bulk => self.on_long_echo(),
            },
            PostmasterEvent::PeerDown { reason, .. }
            | PostmasterEvent::Unreached { reason, .. }
            | PostmasterEvent::Refused { reason, .. } => {
                panic!("the peer is down: {reason}")
            }
        }
    }
}
