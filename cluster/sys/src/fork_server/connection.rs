//! The node's end of the line to its fork server.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, Shutdown, shutdown};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, oneshot};

use super::datagram::{self, DESCRIPTORS_COUNT};
use super::ledger::{Ledger, Outcome};
use super::protocol::{ANSWER_BYTES_MAX, Answer, Order, Request, decode, encode};
use super::{LAUNCH_BYTES_MAX, SpawnError, aftermath};
use crate::group::Reaped;

/// What handles and groups hold on to: when the last of them goes, the line is hung up.
#[derive(Debug)]
pub(crate) struct Line {
    connection: Arc<Connection>,
}

/// What they share with the task that listens to the server.
#[derive(Debug)]
struct Connection {
    socket: AsyncFd<OwnedFd>,
    ledger: Mutex<Ledger>,
    /// What the socket had no room for.
    outbox: Mutex<VecDeque<Parcel>>,
    overflowed: Notify,
}

/// A request on its way.
#[derive(Debug)]
struct Parcel {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

impl Line {
    /// A line through `socket` to `server`, and a task that listens to it.
    pub(super) fn open(socket: AsyncFd<OwnedFd>, server: Child) -> Arc<Self> {
        let connection = Arc::new(Connection {
            socket,
            ledger: Mutex::default(),
            outbox: Mutex::default(),
            overflowed: Notify::new(),
        });
        let attendant = Attendant {
            connection: Arc::clone(&connection),
            server: Some(server),
        };
        tokio::spawn(attendant.attend());
        Arc::new(Self { connection })
    }

    /// Asks the server to start `order`: where its outcome will come.
    pub(super) fn launch(
        line: &Arc<Self>,
        program: &str,
        order: Order,
        descriptors: [OwnedFd; DESCRIPTORS_COUNT],
    ) -> Result<oneshot::Receiver<Outcome>, SpawnError> {
        let marker = order.marker.clone();
        let connection = &line.connection;
        let (ticket, outcome) = connection
            .ledger()
            .enter(program, marker, Arc::clone(line))?;
        let bytes = encode(&Request::Launch { ticket, order });
        if bytes.len() > LAUNCH_BYTES_MAX {
            connection.ledger().withdraw(ticket);
            return Err(SpawnError::TooLong {
                program: program.to_owned(),
                bytes: bytes.len(),
            });
        }
        connection.send(Parcel {
            bytes,
            descriptors: descriptors.into(),
        });
        Ok(outcome)
    }

    /// Tells the server to reap, once the leash is cut: where its answer will come.
    pub(crate) fn reap(&self, leader: Pid) -> oneshot::Receiver<Reaped> {
        let reaped = self.connection.ledger().on_condemned(leader);
        let leader = leader.as_raw();
        self.connection.send(Parcel {
            bytes: encode(&Request::Reap { leader }),
            descriptors: Vec::new(),
        });
        reaped
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.connection.hang_up();
    }
}

impl Connection {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Both ends see the end of the line, whoever still holds it.
    fn hang_up(&self) {
        // It may be hung up already.
        let _ = shutdown(self.socket.get_ref().as_raw_fd(), Shutdown::Both);
    }

    /// Sends at once if there is room, and never waits: else the task sends it, in its turn.
    fn send(&self, parcel: Parcel) {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        outbox.push_back(parcel);
        if outbox.len() == 1 && self.flush_into(&mut outbox).is_err() {
            self.overflowed.notify_one();
        }
    }

    fn flush(&self) -> io::Result<()> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_into(&mut outbox)
    }

    /// Sends until nothing is left, or fails with `WouldBlock`.
    fn flush_into(&self, outbox: &mut VecDeque<Parcel>) -> io::Result<()> {
        let socket = self.socket.get_ref().as_fd();
        while let Some(Parcel { bytes, descriptors }) = outbox.front() {
            match datagram::send(socket, bytes, descriptors, MsgFlags::MSG_DONTWAIT) {
                Err(Errno::EAGAIN) => return Err(io::ErrorKind::WouldBlock.into()),
                // If the server is gone, the listening task sees it too, and tells who waits.
                Ok(()) | Err(_) => drop(outbox.pop_front()),
            }
        }
        Ok(())
    }

    /// Sends what there was no room for, whenever there is.
    async fn relieve(&self) -> io::Result<()> {
        loop {
            self.overflowed.notified().await;
            self.socket
                .async_io(Interest::WRITABLE, |_| self.flush())
                .await?;
        }
    }

    /// Takes the server's answers to those who wait for them, until there are no more.
    async fn listen(&self) -> io::Result<()> {
        while let Some(answer) = self.next_answer().await? {
            self.on_answer(answer);
        }
        Ok(())
    }

    async fn next_answer(&self) -> io::Result<Option<Answer>> {
        let receive = |socket: &OwnedFd| {
            let mut buffer = [0; ANSWER_BYTES_MAX];
            let flags = MsgFlags::MSG_DONTWAIT;
            let received = datagram::receive(socket.as_fd(), &mut buffer, flags)?;
            Ok(received.map(|(length, _)| decode(&buffer[..length])))
        };
        self.socket.async_io(Interest::READABLE, receive).await
    }

    /// Whoever waits may have given up: what he is given is then dropped, and a group thus reaped.
    /// So it is given outside the lock.
    fn on_answer(&self, answer: Answer) {
        match answer {
            Answer::Ready => panic!("a server says only once that it is up"),
            Answer::Launched { ticket, leader } => {
                let leader = Pid::from_raw(leader);
                let (waiting, group) = self.ledger().on_launched(ticket, leader);
                drop(waiting.send(group));
            }
            Answer::Refused { ticket, refusal } => {
                let (waiting, error, line) = self.ledger().on_refused(ticket, refusal);
                drop(waiting.send(error));
                drop(line);
            }
            Answer::Exited { leader, exit } => {
                self.ledger().on_exited(Pid::from_raw(leader), exit);
            }
            Answer::Reaped { leader, exit, cpu } => {
                let waiting = self.ledger().on_reaped(Pid::from_raw(leader));
                let _ = waiting.send(Reaped { exit, cpu });
            }
        }
    }
}

/// The task that listens to the server; when it ends, however it ends, the server is lost.
struct Attendant {
    connection: Arc<Connection>,
    server: Option<Child>,
}

impl Attendant {
    async fn attend(self) {
        let connection = &self.connection;
        // Either ends when the line does: by an error, or by the end of the answers.
        tokio::select! {
            _ = connection.listen() => {}
            _ = connection.relieve() => {}
        }
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        self.connection.hang_up();
        let loss = self.connection.ledger().on_lost();
        let server = self.server.take().expect("it is taken only here");
        aftermath::attend_to(server, loss.markers.clone());
        // Who waits learns it now.
        drop(loss);
    }
}
