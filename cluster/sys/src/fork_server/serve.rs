//! The fork server's process.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;
use std::{mem, process};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{MsgFlags, SockType, getsockopt, sockopt};
use nix::unistd::{Pid, dup2_stdin, setsid};

use super::datagram::{self, DESCRIPTORS_COUNT};
use super::inheritance;
use super::launchpad::Launchpad;
use super::protocol::{Answer, Order, REQUEST_BYTES_MAX, Refusal, Request, decode, encode};
use super::wards::Wards;
use crate::hardening::forbid_core_files;
use crate::wait;

/// The name under which this program is executed to be a fork server: its `argv[0]`.
pub(super) const ROLE: &str = "raptor-forkserver";

/// Whether this process was started to be a fork server.
pub(super) fn is_asked() -> bool {
    std::env::args_os().next().is_some_and(|name| name == ROLE)
}

/// Becomes the fork server, and never returns, if this process was started for that. Otherwise
/// returns at once.
///
/// A program that uses [`super::ForkServer`] calls this first in its `main`: before it starts a
/// thread, opens a file or reads its arguments.
pub fn serve_if_asked() {
    let line = io::stdin();
    if !is_asked() || getsockopt(&line, sockopt::SockType) != Ok(SockType::SeqPacket) {
        return;
    }
    let done = Server::settle().and_then(Server::serve);
    if let Err(error) = &done {
        eprintln!("{ROLE}: {error}");
    }
    process::exit(i32::from(done.is_err()));
}

struct Server {
    line: OwnedFd,
    child_signals: SignalFd,
    launchpad: Launchpad,
    wards: Wards,
    buffer: Vec<u8>,
    /// The node is gone: everything is being killed.
    is_orphaned: bool,
    /// Something changed since the last sweep.
    is_sweep_due: bool,
}

impl Server {
    /// Makes a fork server of this process, whose standard input is the line to its node.
    fn settle() -> io::Result<Self> {
        inheritance::drop_descriptors()?;
        inheritance::reset_signals()?;
        // All are blocked for good: what a terminal or a service manager sends to a whole group
        // does not end the server before its node, and its children have nothing to reset.
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None)?;
        // Away from the node's terminal. Not one session per attempt: the scheduler weighs nice
        // values only within a session (autogroup).
        setsid()?;
        // Whoever froze node and server, as a container's host does, may kill the node alone: a server
        // that is stopped must go on to see that end.
        prctl::set_pdeathsig(Signal::SIGCONT)?;
        prctl::set_child_subreaper(true)?;
        prctl::set_dumpable(false)?;
        forbid_core_files()?;
        std::env::set_current_dir("/")?;

        let line = take_line()?;
        let own_program = File::options()
            .read(true)
            .custom_flags(libc::O_PATH)
            .open("/proc/self/exe")?;
        let child_signals = SigSet::from_iter([Signal::SIGCHLD]);
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(Self {
            line,
            child_signals: SignalFd::with_flags(&child_signals, flags)?,
            launchpad: Launchpad::new(own_program.into()),
            wards: Wards::new(),
            buffer: vec![0; REQUEST_BYTES_MAX],
            is_orphaned: false,
            is_sweep_due: false,
        })
    }

    /// Serves until the node is gone and nothing that it started is left.
    fn serve(mut self) -> io::Result<()> {
        self.answer(&Answer::Ready);
        while !(self.is_orphaned && self.wards.is_empty() && !wait::has_children()) {
            let (is_asked, is_bereaved) = self.wait()?;
            if is_bereaved {
                self.on_children_changed();
            }
            if is_asked {
                self.on_request();
            }
            if mem::take(&mut self.is_sweep_due) {
                self.sweep();
            }
        }
        Ok(())
    }

    /// Waits for the node and for children: whether the first said, and the second did something.
    fn wait(&mut self) -> Result<(bool, bool), Errno> {
        let mut sources = [
            PollFd::new(self.child_signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.line.as_fd(), PollFlags::POLLIN),
        ];
        // The closed line of a node that is gone would always be ready.
        let count = if self.is_orphaned { 1 } else { 2 };
        match poll(&mut sources[..count], self.patience()) {
            // The time for a look has come.
            Ok(0) => self.is_sweep_due = true,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
        let [signalled, asked] = sources.map(|source| source.any().unwrap_or(true));
        // Many exits may be one signal; it is taken before anybody is looked at.
        let is_bereaved = signalled && self.child_signals.read_signal()?.is_some();
        Ok((asked && !self.is_orphaned, is_bereaved))
    }

    /// How long to wait before the next sweep.
    fn patience(&self) -> PollTimeout {
        let wait = match self.is_sweep_due {
            true => Some(Duration::ZERO),
            false => self.wards.next_look(),
        };
        let wait = wait.map(|wait| PollTimeout::try_from(wait).expect("it is short"));
        wait.unwrap_or(PollTimeout::NONE)
    }

    fn on_children_changed(&mut self) {
        // The node is told at once, before the sweep.
        for (leader, exit) in self.wards.exits() {
            let leader = leader.as_raw();
            self.answer(&Answer::Exited { leader, exit });
        }
        self.is_sweep_due = true;
    }

    fn on_request(&mut self) {
        let flags = MsgFlags::MSG_DONTWAIT;
        let (length, descriptors) =
            match datagram::receive(self.line.as_fd(), &mut self.buffer, flags) {
                Ok(Some(message)) => message,
                Err(Errno::EAGAIN) => return,
                Ok(None) | Err(_) => return self.on_node_lost(),
            };
        match decode(&self.buffer[..length]) {
            Request::Launch { ticket, order } => {
                let descriptors = descriptors.try_into();
                let descriptors = descriptors.expect("a launch comes with its descriptors");
                self.on_launch(ticket, order, descriptors);
            }
            Request::Reap { leader } => {
                self.wards.condemn(Pid::from_raw(leader));
                self.is_sweep_due = true;
            }
        }
    }

    fn on_launch(&mut self, ticket: u64, order: Order, given: [OwnedFd; DESCRIPTORS_COUNT]) {
        let launched = if self.wards.know(&order.marker) {
            Err(Refusal::MarkerTaken)
        } else {
            self.launchpad.launch(&order, &given)
        };
        // Now the attempt alone has them, so that the node sees them close.
        drop(given);
        let answer = match launched {
            Ok(leader) => {
                self.wards.take_in(leader, order.marker);
                let leader = leader.as_raw();
                Answer::Launched { ticket, leader }
            }
            Err(refusal) => Answer::Refused { ticket, refusal },
        };
        self.answer(&answer);
    }

    fn sweep(&mut self) {
        for (leader, ended) in self.wards.sweep() {
            self.answer(&Answer::Reaped {
                leader: leader.as_raw(),
                exit: ended.exit,
                cpu: ended.cpu,
            });
        }
    }

    /// Tells the node. May wait for it: the node never waits for the server to listen.
    fn answer(&mut self, answer: &Answer) {
        if self.is_orphaned {
            return;
        }
        if datagram::send(self.line.as_fd(), &encode(answer), &[], MsgFlags::empty()).is_err() {
            self.on_node_lost();
        }
    }

    /// Everything dies.
    fn on_node_lost(&mut self) {
        self.is_orphaned = true;
        self.wards.condemn_all();
        self.is_sweep_due = true;
    }
}

/// Takes the line from standard input, and fills the places of an attempt's descriptors, so that
/// no descriptor that arrives is among them.
fn take_line() -> io::Result<OwnedFd> {
    const FIRST_FREE: i32 = DESCRIPTORS_COUNT as i32;
    loop {
        let null = File::open("/dev/null")?;
        if null.as_raw_fd() >= FIRST_FREE {
            break;
        }
        // It stays open for as long as the process lives.
        let _ = null.into_raw_fd();
    }
    let line = fcntl(io::stdin(), FcntlArg::F_DUPFD_CLOEXEC(FIRST_FREE))?;
    let null = File::open("/dev/null")?;
    dup2_stdin(&null)?;
    Ok(inheritance::own(line))
}
