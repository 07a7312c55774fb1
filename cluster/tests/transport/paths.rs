//! Two hosts with two paths between them: what the kernel's SCTP makes of those that are cut.
//!
//! The other host is a network namespace, so these tests are for root on a machine of its own. Where
//! the suite runs on the kernel's SCTP; skipped elsewhere.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};
use raptor_cluster::Encapsulation;
use raptor_cluster::transport::{
    AssociationId, CloseReason, Kernel, KernelOptions, Message, Ppid, SendError, StreamId,
    Transport, TransportEvent,
};

use super::node::{HANG, is_on_kernel};

const PORT: u16 = 9899;
const FAR: &str = "raptor-far";
const STREAMS: u32 = 4;

/// The two paths. Dropping them takes them away.
struct Paths;

fn run(program: &str, arguments: &str) {
    let status = Command::new(program)
        .args(arguments.split(' '))
        .status()
        .unwrap_or_else(|error| panic!("failed to start {program}: {error}"));
    assert!(status.success(), "{program} {arguments}: {status}");
}

fn address(path: u8, host: u8) -> IpAddr {
    Ipv4Addr::new(10, 77, path, host).into()
}

impl Paths {
    fn lay() -> Option<Self> {
        if !is_on_kernel() {
            eprintln!("skipped: this test needs the kernel's SCTP");
            return None;
        }
        run("ip", &format!("netns add {FAR}"));
        for path in 1..=2 {
            let (near, far) = (address(path, 1), address(path, 2));
            let pair = format!("link add near{path} type veth peer name far{path} netns {FAR}");
            run("ip", &pair);
            run("ip", &format!("address add {near}/24 dev near{path}"));
            run("ip", &format!("link set near{path} up"));
            run(
                "ip",
                &format!("-n {FAR} address add {far}/24 dev far{path}"),
            );
            run("ip", &format!("-n {FAR} link set far{path} up"));
        }
        Some(Self)
    }

    /// Nothing passes any more, and nobody is told.
    fn cut(&self, path: u8) {
        let nothing = "root netem loss 100%";
        run("tc", &format!("qdisc add dev near{path} {nothing}"));
        run("tc", &format!("-n {FAR} qdisc add dev far{path} {nothing}"));
    }

    fn heal(&self, path: u8) {
        run("tc", &format!("qdisc del dev near{path} root"));
        run("tc", &format!("-n {FAR} qdisc del dev far{path} root"));
    }
}

impl Drop for Paths {
    fn drop(&mut self) {
        for path in 1..=2 {
            run("ip", &format!("link del near{path}"));
        }
        run("ip", &format!("netns del {FAR}"));
    }
}

fn listen(host: u8) -> Kernel {
    let options = KernelOptions {
        listen_also: vec![address(2, host)],
        encapsulation: Encapsulation::None,
    };
    let kernel = Kernel::bind(SocketAddr::new(address(1, host), PORT), options);
    kernel.unwrap_or_else(|refused| panic!("failed to listen: {refused}"))
}

/// What the host at the other end has heard: the streams and numbers of messages.
fn far_host() -> Receiver<(u16, u32)> {
    let (heard, messages) = channel();
    let (ready, is_ready) = channel();
    thread::spawn(move || {
        let namespace = File::open(format!("/run/netns/{FAR}")).expect("it was made");
        setns(namespace, CloneFlags::CLONE_NEWNET).expect("we are root");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async move {
            let mut far = listen(2);
            ready.send(()).expect("the test waits for it");
            loop {
                match std::future::poll_fn(|cx| far.poll(cx)).await {
                    TransportEvent::Received {
                        stream, payload, ..
                    } => {
                        let number = payload[..4].try_into().expect("four bytes");
                        if heard.send((stream.0, u32::from_be_bytes(number))).is_err() {
                            return;
                        }
                    }
                    TransportEvent::Closed { .. } => return,
                    TransportEvent::Connected { .. } | TransportEvent::Drained { .. } => {}
                }
            }
        });
    });
    is_ready.recv_timeout(HANG).expect("it listens");
    messages
}

/// A host that sends.
struct Near {
    kernel: Kernel,
    association: AssociationId,
    next: u32,
}

impl Near {
    async fn dial() -> Self {
        let mut kernel = listen(1);
        let association = kernel.connect(SocketAddr::new(address(1, 2), PORT));
        let mut near = Self {
            kernel,
            association,
            next: 0,
        };
        let connected = near.event(HANG).await;
        assert!(
            matches!(connected, Some(TransportEvent::Connected { .. })),
            "{connected:?}"
        );
        near
    }

    /// The next event within that time.
    async fn event(&mut self, within: Duration) -> Option<TransportEvent> {
        let event = std::future::poll_fn(|cx| self.kernel.poll(cx));
        tokio::time::timeout(within, event).await.ok()
    }

    /// Sends the next messages, as fast as there is room.
    async fn send(&mut self, count: u32, lifetime: Option<Duration>) {
        let end = self.next + count;
        while self.next < end {
            let mut payload = vec![0; 1_000];
            payload[..4].copy_from_slice(&self.next.to_be_bytes());
            let message = Message {
                stream: StreamId((self.next % STREAMS) as u16),
                ppid: Ppid(7),
                payload,
                lifetime,
            };
            match self.kernel.send(self.association, message) {
                Ok(()) => self.next += 1,
                Err(SendError::Full) => match self.event(HANG).await {
                    Some(TransportEvent::Drained { .. }) => {}
                    other => panic!("no room comes: {other:?}"),
                },
                Err(refused) => panic!("failed to send: {refused}"),
            }
        }
        self.kernel.flush();
    }

    /// Drives the transport until the kernel takes the path for good again.
    async fn until_used(&mut self, path: u8) {
        const ACTIVE: &str = "2";
        let far = address(path, 2).to_string();
        let is_used = || {
            let table = fs::read_to_string("/proc/net/sctp/remaddr").expect("there is SCTP");
            let mut lines = table.lines().map(str::split_whitespace);
            lines.any(|mut words| words.next() == Some(&far) && words.last() == Some(ACTIVE))
        };
        let started = Instant::now();
        while !is_used() {
            assert!(started.elapsed() < HANG, "the path stays unused");
            let news = self.event(Duration::from_millis(10)).await;
            assert!(news.is_none(), "{news:?}");
        }
    }

    /// Drives the transport until the other end has heard all of these, each stream in order.
    async fn until_heard(&mut self, messages: &Receiver<(u16, u32)>, numbers: &[u32]) {
        let mut missing: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for number in numbers.iter().rev() {
            let stream = (number % STREAMS) as u16;
            missing.entry(stream).or_default().push(*number);
        }
        let started = Instant::now();
        let mut count = numbers.len();
        while count > 0 {
            assert!(started.elapsed() < HANG, "{count} are not heard");
            if let Some(event) = self.event(Duration::from_millis(10)).await {
                assert!(matches!(event, TransportEvent::Drained { .. }), "{event:?}");
            }
            while let Ok((stream, number)) = messages.try_recv() {
                let next = missing.get_mut(&stream).and_then(Vec::pop);
                assert_eq!(next, Some(number), "stream {stream} is out of order");
                count -= 1;
            }
        }
    }
}

#[tokio::test]
async fn a_path_goes_and_comes_and_nothing_is_lost() {
    let Some(paths) = Paths::lay() else { return };
    let messages = far_host();
    let mut near = Near::dial().await;
    near.send(2_000, None).await;
    paths.cut(1);
    near.send(2_000, None).await;
    near.until_heard(&messages, &(0..4_000).collect::<Vec<_>>())
        .await;
    paths.heal(1);
    near.until_used(1).await;
    near.send(1_000, None).await;
    paths.cut(2);
    near.send(1_000, None).await;
    near.until_heard(&messages, &(4_000..6_000).collect::<Vec<_>>())
        .await;
}

#[tokio::test]
async fn a_host_that_is_cut_off_is_missed_within_seconds() {
    for is_idle in [false, true] {
        let Some(paths) = Paths::lay() else { return };
        let messages = far_host();
        let mut near = Near::dial().await;
        near.send(10, None).await;
        near.until_heard(&messages, &(0..10).collect::<Vec<_>>())
            .await;
        paths.cut(1);
        paths.cut(2);
        if !is_idle {
            near.send(10, None).await;
        }
        let started = Instant::now();
        let reason = loop {
            match near.event(HANG).await {
                Some(TransportEvent::Closed { reason, .. }) => break reason,
                Some(TransportEvent::Drained { .. }) => {}
                other => panic!("it is not missed: {other:?}"),
            }
        };
        assert_eq!(reason, CloseReason::Vanished);
        let missed = started.elapsed();
        println!("missed after {missed:?}, idle: {is_idle}");
        assert!(missed < Duration::from_secs(15), "{missed:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_late_is_abandoned_and_the_others_do_not_wait() {
    let Some(paths) = Paths::lay() else { return };
    let messages = far_host();
    let mut near = Near::dial().await;
    near.send(8, None).await;
    near.until_heard(&messages, &(0..8).collect::<Vec<_>>())
        .await;
    paths.cut(1);
    paths.cut(2);
    near.send(8, Some(Duration::from_millis(100))).await;
    let pending = near.event(Duration::from_millis(200)).await;
    assert_eq!(pending, None);
    near.send(8, None).await;
    paths.heal(1);
    paths.heal(2);
    near.until_heard(&messages, &(16..24).collect::<Vec<_>>())
        .await;
}
