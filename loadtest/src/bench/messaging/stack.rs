//! The second floor: the SCTP stack alone. The transport of a node, with nothing above it: no names, no
//! codec, no encryption, no actors.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use raptor_cluster::transport::{
    AssociationId, ListenError, Message, Ppid, StreamId, Transport, TransportEvent, Userspace,
    UserspaceLimits,
};
use tokio::runtime::Runtime;
use tokio::task::spawn_local;

use super::load::{Courier, Load, PAYLOAD_BYTES, Payloads, Volley};
use crate::bench::{Failure, PATIENCE};

/// All messages are of one stream, as those to one actor are.
const STREAM: StreamId = StreamId(20);

/// Long questions, and many short messages, are sent in pieces of this, as links do.
const PIECE_BYTES: usize = 16 * 1024;

/// The last piece of a question; answered with its beginning.
const QUESTION: Ppid = Ppid(1);
/// A piece of a question that is not the last.
const PART: Ppid = Ppid(2);
/// Messages of [`PAYLOAD_BYTES`], one after the other; not answered.
const NOTES: Ppid = Ppid(3);
/// Answered with the number of bytes of all notes.
const COUNT: Ppid = Ppid(4);

/// One end.
struct End {
    transport: Userspace,
    noted_bytes: u64,
}

impl End {
    fn bind() -> Result<Self, ListenError> {
        let listen = (Ipv4Addr::LOCALHOST, 0).into();
        let transport = Userspace::bind(listen, UserspaceLimits::default())?;
        Ok(Self {
            transport,
            noted_bytes: 0,
        })
    }

    /// Gives `take` all events that there are, then lets leave what it has sent; ready when `take` says
    /// so.
    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&mut Self, Option<TransportEvent>) -> Poll<T>,
    ) -> Poll<T> {
        loop {
            match self.transport.poll(cx) {
                Poll::Ready(event) => {
                    if let Poll::Ready(end) = take(self, Some(event)) {
                        return Poll::Ready(end);
                    }
                }
                Poll::Pending => {
                    let is_over = take(self, None);
                    self.transport.flush();
                    return is_over;
                }
            }
        }
    }

    fn send(&mut self, to: AssociationId, ppid: Ppid, payload: Vec<u8>) {
        let message = Message {
            stream: STREAM,
            ppid,
            payload,
            lifetime: None,
        };
        // Whoever sends has looked whether there is room, or sends no more than there always is.
        self.transport.send(to, message).expect("there is room");
    }

    /// Answers what the other end asks.
    fn answer(&mut self, event: Option<TransportEvent>) -> Poll<()> {
        if let Some(TransportEvent::Received {
            association,
            ppid,
            payload,
            ..
        }) = event
        {
            match ppid {
                QUESTION => {
                    let answer = payload[..payload.len().min(PAYLOAD_BYTES)].to_vec();
                    self.send(association, QUESTION, answer);
                }
                NOTES => self.noted_bytes += payload.len() as u64,
                COUNT => {
                    let count = self.noted_bytes.to_le_bytes().to_vec();
                    self.send(association, COUNT, count);
                }
                _ => {}
            }
        }
        Poll::Pending
    }
}

/// Listens on a free port of the loopback, and answers whoever comes.
pub(super) fn serve() -> Result<SocketAddr, ListenError> {
    let mut end = End::bind()?;
    let address = end.transport.local_address();
    spawn_local(async move {
        poll_fn(|cx| end.poll(cx, End::answer)).await;
    });
    Ok(address)
}

/// The end that asks.
pub(super) struct Stack {
    runtime: Runtime,
    end: End,
    far: AssociationId,
}

impl Stack {
    /// Begins an association with the end that answers.
    pub(super) fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build()?;
        let (end, far) = runtime.block_on(async {
            let mut end = End::bind()?;
            let far = end.transport.connect(address);
            let connected = poll_fn(|cx| end.transport.poll(cx));
            match tokio::time::timeout(PATIENCE, connected).await {
                Ok(TransportEvent::Connected { .. }) => Ok((end, far)),
                other => Err(Failure::from(format!("connect to {address}: {other:?}"))),
            }
        })?;
        Ok(Self { runtime, end, far })
    }

    fn run<T>(
        &mut self,
        lasts: Duration,
        mut take: impl FnMut(&mut End, Option<TransportEvent>) -> Poll<T>,
    ) -> Result<T, Failure> {
        let end = &mut self.end;
        self.runtime.block_on(async {
            let ended = poll_fn(|cx| end.poll(cx, &mut take));
            let ended = tokio::time::timeout(lasts + PATIENCE, ended).await;
            ended.map_err(|_| "hear from the far end of the stack".into())
        })
    }

    fn asks(&mut self, in_flight: usize, bytes: usize, lasts: Duration) -> Result<Volley, Failure> {
        let mut questions = Questions::new(self.far, in_flight, bytes, lasts);
        let mut begins = true;
        self.run(lasts, |end, event| {
            if std::mem::take(&mut begins) {
                questions.begin();
            }
            match event {
                Some(TransportEvent::Received { .. }) => questions.on_answer(),
                None => questions.send(end),
                Some(_) => {}
            }
            questions.end()
        })
    }

    /// Notes until the time is over, then asks how many have come.
    fn tells(&mut self, bytes: usize, lasts: Duration) -> Result<Volley, Failure> {
        let far = self.far;
        let payloads = Payloads::new();
        let piece_bytes = PIECE_BYTES / bytes * bytes;
        let before = self.count()?;
        let start = Instant::now();
        self.run(lasts, |end, _| {
            while end.transport.has_room(far, STREAM) {
                if start.elapsed() >= lasts {
                    return Poll::Ready(());
                }
                end.send(far, NOTES, payloads.next(piece_bytes).to_vec());
            }
            Poll::Pending
        })?;
        let count = (self.count()? - before) / bytes as u64;
        Ok(Volley {
            count,
            took: start.elapsed(),
            trips: Vec::new(),
        })
    }

    fn count(&mut self) -> Result<u64, Failure> {
        let far = self.far;
        let mut is_asked = false;
        self.run(Duration::ZERO, |end, event| {
            if let Some(TransportEvent::Received { payload, .. }) = event {
                let bytes = payload.as_ref().try_into().expect("it is a number");
                return Poll::Ready(u64::from_le_bytes(bytes));
            }
            if !is_asked && end.transport.has_room(far, STREAM) {
                is_asked = true;
                end.send(far, COUNT, vec![0]);
            }
            Poll::Pending
        })
    }
}

impl Courier for Stack {
    fn volley(&mut self, load: Load, lasts: Duration) -> Result<Volley, Failure> {
        match load {
            Load::Asks { in_flight, bytes } => self.asks(in_flight, bytes, lasts),
            Load::Tells { bytes } => self.tells(bytes, lasts),
        }
    }
}

/// Questions under way.
struct Questions {
    far: AssociationId,
    bytes: usize,
    payloads: Payloads,
    lasts: Duration,
    in_flight: usize,
    begun: Instant,
    /// When those that wait for an answer were asked, the first first: answers keep the order.
    asked: VecDeque<Instant>,
    /// How many are to be asked, and how much of the first of them has left.
    waiting: usize,
    sent_bytes: usize,
    volley: Volley,
}

impl Questions {
    fn new(far: AssociationId, in_flight: usize, bytes: usize, lasts: Duration) -> Self {
        Self {
            far,
            bytes,
            payloads: Payloads::new(),
            lasts,
            in_flight,
            begun: Instant::now(),
            asked: VecDeque::new(),
            waiting: 0,
            sent_bytes: 0,
            volley: Volley::default(),
        }
    }

    fn begin(&mut self) {
        self.begun = Instant::now();
        for _ in 0..self.in_flight {
            self.ask();
        }
    }

    fn ask(&mut self) {
        self.asked.push_back(Instant::now());
        self.waiting += 1;
    }

    fn on_answer(&mut self) {
        let asked = self.asked.pop_front().expect("answers are to questions");
        self.volley.count += 1;
        self.volley.trips.push(asked.elapsed());
        if self.begun.elapsed() < self.lasts {
            self.ask();
        }
    }

    /// Sends as much as there is room for.
    fn send(&mut self, end: &mut End) {
        while self.waiting > 0 && end.transport.has_room(self.far, STREAM) {
            let piece = PIECE_BYTES.min(self.bytes - self.sent_bytes);
            let piece = self.payloads.next(piece).to_vec();
            self.sent_bytes += piece.len();
            if self.sent_bytes < self.bytes {
                end.send(self.far, PART, piece);
            } else {
                end.send(self.far, QUESTION, piece);
                self.sent_bytes = 0;
                self.waiting -= 1;
            }
        }
    }

    fn end(&mut self) -> Poll<Volley> {
        if !self.asked.is_empty() {
            return Poll::Pending;
        }
        let took = self.begun.elapsed();
        Poll::Ready(Volley {
            took,
            ..std::mem::take(&mut self.volley)
        })
    }
}
