//! The end that asks.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

use super::{BUFFER_BYTES, Frame};
use crate::bench::Failure;
use crate::bench::messaging::load::{Courier, Load, Payloads, Volley};

/// So many frames may wait to be written.
const WAITING_FRAMES_MAX: usize = 1024;

/// How many messages are told between two looks at the clock.
const TELLS_PER_TURN: u64 = 64;

/// A connection and what asks over it.
pub(in super::super) struct Tcp {
    runtime: Runtime,
    line: Arc<Line>,
}

/// What the tasks of a connection share.
struct Line {
    output: mpsc::Sender<Frame>,
    pending: Mutex<HashMap<u64, oneshot::Sender<Bytes>>>,
    asked: AtomicU64,
}

impl Tcp {
    /// Connects to the end that answers.
    pub(in super::super) fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.enable_all().build()?;
        let line = runtime.block_on(async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (input, output) = stream.into_split();
            let (frames, waiting) = mpsc::channel(WAITING_FRAMES_MAX);
            tokio::spawn(write(output, waiting));
            let line = Arc::new(Line {
                output: frames,
                pending: Mutex::default(),
                asked: AtomicU64::default(),
            });
            tokio::spawn(Arc::clone(&line).read(input));
            io::Result::Ok(line)
        })?;
        Ok(Self { runtime, line })
    }
}

impl Courier for Tcp {
    fn volley(&mut self, load: Load, lasts: Duration) -> Result<Volley, Failure> {
        let line = Arc::clone(&self.line);
        Ok(self.runtime.block_on(async {
            match load {
                Load::Asks { in_flight, bytes } => line.asks(in_flight, bytes, lasts).await,
                Load::Tells { bytes } => line.tells(bytes, lasts).await,
            }
        })?)
    }
}

/// Writes what waits, and lets it leave when nothing more does.
async fn write(stream: OwnedWriteHalf, mut waiting: mpsc::Receiver<Frame>) -> io::Result<()> {
    let mut stream = BufWriter::with_capacity(BUFFER_BYTES, stream);
    while let Some(frame) = waiting.recv().await {
        stream.write_all(&frame.encode()).await?;
        while let Ok(frame) = waiting.try_recv() {
            stream.write_all(&frame.encode()).await?;
        }
        stream.flush().await?;
    }
    Ok(())
}

impl Line {
    /// Reads answers and hands them to whoever asked.
    async fn read(self: Arc<Self>, mut stream: OwnedReadHalf) -> io::Result<()> {
        let mut input = BytesMut::with_capacity(BUFFER_BYTES);
        while stream.read_buf(&mut input).await? > 0 {
            while let Some(frame) = Frame::take_from(&mut input) {
                if let Frame::Answer { number, body } = frame
                    && let Some(asker) = self.pending().remove(&number)
                {
                    // Whoever asked may have gone.
                    let _ = asker.send(body);
                }
            }
            input.reserve(BUFFER_BYTES);
        }
        // Nobody waits in vain.
        self.pending().clear();
        Ok(())
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Bytes>>> {
        self.pending.lock().expect("nobody panics with it")
    }

    async fn ask(&self, frame: impl FnOnce(u64) -> Frame + Send) -> io::Result<Bytes> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let (asker, answer) = oneshot::channel();
        self.pending().insert(number, asker);
        self.post(frame(number)).await?;
        answer.await.map_err(io::Error::other)
    }

    async fn post(&self, frame: Frame) -> io::Result<()> {
        self.output.send(frame).await.map_err(io::Error::other)
    }

    async fn asks(
        self: Arc<Self>,
        in_flight: usize,
        bytes: usize,
        lasts: Duration,
    ) -> io::Result<Volley> {
        let payloads = Payloads::new();
        let start = Instant::now();
        let asker =
            |_| tokio::spawn(Arc::clone(&self).ask_on(bytes, payloads.clone(), start + lasts));
        let askers: Vec<_> = (0..in_flight).map(asker).collect();
        let mut volley = Volley::default();
        for asker in askers {
            let trips = asker.await.expect("an asker does not panic")?;
            volley.count += trips.len() as u64;
            volley.trips.extend(trips);
        }
        volley.took = start.elapsed();
        Ok(volley)
    }

    async fn ask_on(
        self: Arc<Self>,
        bytes: usize,
        payloads: Payloads,
        until: Instant,
    ) -> io::Result<Vec<Duration>> {
        let mut trips = Vec::new();
        let mut start = Instant::now();
        while start < until {
            let body = payloads.next(bytes);
            self.ask(|number| Frame::Ask { number, body }).await?;
            let end = Instant::now();
            trips.push(end - start);
            start = end;
        }
        Ok(trips)
    }

    async fn tells(self: Arc<Self>, bytes: usize, lasts: Duration) -> io::Result<Volley> {
        let before = self.count().await?;
        let payloads = Payloads::new();
        let start = Instant::now();
        while start.elapsed() < lasts {
            for _ in 0..TELLS_PER_TURN {
                let body = payloads.next(bytes);
                self.post(Frame::Tell { body }).await?;
            }
        }
        let count = self.count().await? - before;
        Ok(Volley {
            count,
            took: start.elapsed(),
            trips: Vec::new(),
        })
    }

    async fn count(&self) -> io::Result<u64> {
        let answer = self.ask(|number| Frame::Count { number }).await?;
        let bytes = answer.as_ref().try_into();
        Ok(u64::from_le_bytes(bytes.map_err(io::Error::other)?))
    }
}
