//! The operating system, and nothing else: processes here, SCTP sockets beside them.
//!
//! A node forks its attempts through one [`ForkServer`]: a small single-threaded process that is
//! parent, subreaper and guardian of every attempt. It outlives the node by just as long as it
//! takes to kill what the node left behind.
//!
//! | who | does |
//! | --- | --- |
//! | node, executor | [`ForkServer::spawn`], [`Group::exited`], [`Group::reap`] |
//! | node, coordinator | [`Leash::signal`]: directly, with no detour through the server |
//! | fork server | forks, watches, sweeps, reaps; and sweeps everything when the node is gone |
//!
//! A program becomes the fork server of its own nodes by calling [`serve_if_asked`] first
//! in its `main`:
//!
//! ```no_run
//! raptor_sys::serve_if_asked();
//! // Whatever the program is otherwise.
//! ```
//!
//! Linux 5.11 or later is needed (`close_range` with `CLOSE_RANGE_CLOEXEC`), and `/proc`.

mod address_watch;
mod addresses;
mod alarm;
mod arrivals;
mod directory_lock;
mod fork_server;
mod group;
mod hardening;
mod kernel_sctp;
mod launch;
mod pidfd;
mod signal;
mod unreachable;
mod unread;
mod wait;
mod watch;

pub use address_watch::AddressWatch;
pub use addresses::{host_addresses, source_towards};
pub use alarm::Alarm;
pub use arrivals::Arrivals;
pub use directory_lock::{DirectoryLock, DirectoryLockError, SweepError, sweep_unlocked};
pub use fork_server::{
    ForkServer, GROUPS_COUNT_MAX, LAUNCH_BYTES_MAX, SpawnError, StartError, Step, serve_if_asked,
};
pub use group::{ExitedError, Group, Leash, ReapError, Reaped, SignalError};
pub use hardening::{Credentials, HardenError, default_credentials, effective_uid, harden_process};
pub use kernel_sctp::{
    Readiness, Ready, SCTP_PR_SCTP_TTL, SctpHandle, SctpNotice, SctpOptions, SctpReceived,
    SctpSocket, sctp_udp_port,
};
pub use launch::{Launch, Program};
pub use pidfd::{Pidfd, PidfdError};
pub use signal::{Exit, Signal, ignore_broken_pipes};
pub use unreachable::{keep_unreachable, next_unreachable};
pub use unread::unread_bytes;
pub use watch::watch_udp;
