//! Packets that leave later.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// What may wait at once, over all links: half a second at 512 Mbit/s. SCTP sends again what is
/// dropped beyond.
pub(super) const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a packet costs beside its bytes, so that many short ones are bounded too.
const OVERHEAD_BYTES: usize = 128;

/// The packets that leave later, in the order in which they leave; among those that leave at one
/// time, in the order in which they came.
#[derive(Default)]
pub(in super::super) struct Waiting {
    packets: BTreeMap<(Duration, u64), (SocketAddr, Vec<u8>)>,
    pushed: u64,
    bytes: usize,
}

impl Waiting {
    /// Keeps a packet until then; says whether there was room for it.
    #[must_use]
    pub(in super::super) fn push(&mut self, at: Duration, to: SocketAddr, packet: Vec<u8>) -> bool {
        let bytes = packet.len() + OVERHEAD_BYTES;
        if self.bytes + bytes > WAITING_BYTES_MAX {
            return false;
        }
        self.bytes += bytes;
        self.pushed += 1;
        self.packets.insert((at, self.pushed), (to, packet));
        true
    }

    /// Whether none waits.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// When the next one leaves.
    pub(in super::super) fn deadline(&self) -> Option<Duration> {
        self.packets.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out one that leaves now.
    pub(in super::super) fn pop_due(&mut self, now: Duration) -> Option<(SocketAddr, Vec<u8>)> {
        let first = self.packets.first_entry()?;
        let (at, _) = *first.key();
        if at > now {
            return None;
        }
        let (to, packet) = first.remove();
        self.bytes -= packet.len() + OVERHEAD_BYTES;
        Some((to, packet))
    }
}
