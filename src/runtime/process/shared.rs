//! A process whose activations overlap: lines in, and numbered lines out in any order.

use std::collections::HashMap;

use bytes::{Buf, Bytes, BytesMut};
use raptor_sys::unread_bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_local};

use super::{ANSWER_BYTES_MAX, Process, Unanswered};

type Answer = Result<Bytes, Unanswered>;

/// A process that many ask at a time. When it is dropped nobody waits for it any more, and it is
/// ended, with what it still does for those who have gone.
#[derive(Debug)]
pub(crate) struct Shared {
    asks: mpsc::UnboundedSender<Ask>,
    serving: JoinHandle<()>,
}

/// One activation, as it comes to the process.
#[derive(Debug)]
struct Ask {
    line: Box<[u8]>,
    answer: oneshot::Sender<Answer>,
}

impl Shared {
    /// Shares a process whose launcher numbers its answers.
    pub(crate) fn new(process: Process) -> Self {
        // Who asks waits for the answer, so there are no more than activations that may run.
        let (asks, asked) = mpsc::unbounded_channel();
        let desk = Desk {
            process,
            waiting: HashMap::new(),
            count: 0,
            unsent: BytesMut::new(),
            accepted_bytes: 0,
            is_cutting: false,
        };
        Self {
            asks,
            serving: spawn_local(desk.serve(asked)),
        }
    }

    /// Whether it could take an activation.
    pub(crate) fn is_up(&self) -> bool {
        !self.asks.is_closed()
    }

    /// Gives it an activation, a line that ends in a line break, and waits for its answer, which
    /// has none.
    ///
    /// If the future is dropped the others notice nothing: the answer is dropped when it comes.
    pub(crate) async fn ask(&self, line: &[u8]) -> Answer {
        let (answer, answered) = oneshot::channel();
        let ask = Ask {
            line: line.into(),
            answer,
        };
        // One that is gone is not written to, and then drops what was not.
        let _ = self.asks.send(ask);
        answered.await.unwrap_or(Err(Unanswered::Untouched))
    }

    /// Ends it, as [`Process::end`] does.
    pub(crate) async fn end(self) {
        drop(self.asks);
        // One that panicked has dropped its process, which ends it as well.
        let _ = self.serving.await;
    }
}

/// Who waits for an answer.
struct Waiting {
    answer: oneshot::Sender<Answer>,
    /// How many bytes the process was sent before this activation.
    begin_bytes: u64,
}

/// Where activations are handed in, and answers out.
struct Desk {
    process: Process,
    /// By the numbers of their lines. Those who have gone stay until their answers come.
    waiting: HashMap<u64, Waiting>,
    /// How many lines there were.
    count: u64,
    /// What there is no room for in the pipe.
    unsent: BytesMut,
    /// The length of all lines.
    accepted_bytes: u64,
    /// The rest of an answer is passed over that was too long.
    is_cutting: bool,
}

impl Desk {
    /// Serves until nobody can ask any more, or until the process is gone.
    async fn serve(mut self, mut asked: mpsc::UnboundedReceiver<Ask>) {
        loop {
            self.hand_out();
            self.process.make_room();
            let process = &mut self.process;
            tokio::select! {
                biased;
                read = process.answers.read_buf(&mut process.buffer) => {
                    if !matches!(read, Ok(1..)) {
                        return self.close();
                    }
                }
                written = process.input.write(&self.unsent), if !self.unsent.is_empty() => {
                    match written {
                        Ok(written) => self.unsent.advance(written),
                        Err(_) => return self.close(),
                    }
                }
                ask = asked.recv() => match ask {
                    Some(ask) => self.accept(ask),
                    None => return self.process.end().await,
                },
                _ = process.group.exited() => return self.close(),
            }
        }
    }

    fn accept(&mut self, Ask { line, answer }: Ask) {
        let waiting = Waiting {
            answer,
            begin_bytes: self.accepted_bytes,
        };
        self.waiting.insert(self.count, waiting);
        self.count += 1;
        self.accepted_bytes += line.len() as u64;
        self.unsent.extend_from_slice(&line);
    }

    /// Hands out the answers that have come.
    fn hand_out(&mut self) {
        while let Some(line) = self.process.take_line() {
            if !std::mem::take(&mut self.is_cutting) {
                self.answer(&line, Ok);
            }
        }
        if self.process.buffer.len() > ANSWER_BYTES_MAX {
            let begun = self.process.buffer.split().freeze();
            self.process.searched = 0;
            if !std::mem::replace(&mut self.is_cutting, true) {
                self.answer(&begun, |_| Err(Unanswered::TooLong));
            }
        }
    }

    /// Answers whom the line names. What names nobody the action wrote by itself.
    fn answer(&mut self, line: &Bytes, judge: impl FnOnce(Bytes) -> Answer) {
        let Some((number, text)) = numbered(line) else {
            return;
        };
        if let Some(waiting) = self.waiting.remove(&number) {
            // Nobody may wait any more.
            let _ = waiting.answer.send(judge(text));
        }
    }

    /// The process is gone: answers all with its last words, or with the lack of them.
    fn close(mut self) {
        // What it started may hold the pipe open, but has no answers.
        while let Some(line) = self.process.last_words() {
            if !std::mem::take(&mut self.is_cutting) {
                self.answer(&line, Ok);
            }
        }
        let unread = unread_bytes(&self.process.input).unwrap_or(0) + self.unsent.len();
        let read_bytes = self.accepted_bytes.saturating_sub(unread as u64);
        for (_, waiting) in self.waiting.drain() {
            let why = match waiting.begin_bytes >= read_bytes {
                true => Unanswered::Untouched,
                false => Unanswered::Exited,
            };
            let _ = waiting.answer.send(Err(why));
        }
    }
}

/// The number and the rest of an answer: `3 {"n":1}`.
fn numbered(line: &Bytes) -> Option<(u64, Bytes)> {
    let blank = line.iter().position(|byte| *byte == b' ')?;
    let number = str::from_utf8(&line[..blank]).ok()?.parse().ok()?;
    Some((number, line.slice(blank + 1..)))
}
