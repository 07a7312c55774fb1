//! What the postmaster counts, and under which names.

use metrics::{Counter, Gauge, counter, gauge};

use crate::transport::TransportCounters;

/// The one place in which the transport's metrics are named.
pub(super) struct Meter {
    associations: Gauge,
    peers: Gauge,
    envelopes_received: Counter,
    envelopes_posted: Counter,
    bytes_received: Counter,
    bytes_posted: Counter,
    posts_refused: Counter,
    peers_refused: Counter,
    datagrams_malformed: Counter,
    packets_stray: Counter,
    cookies_refused: Counter,
    associations_refused: Counter,
    packets_unsent: Counter,
}

impl Meter {
    /// Counts with the recorder that is installed now.
    pub(super) fn new() -> Self {
        Self {
            associations: gauge!("raptor_transport_associations"),
            peers: gauge!("raptor_transport_peers"),
            envelopes_received: counter!("raptor_transport_envelopes_received_total"),
            envelopes_posted: counter!("raptor_transport_envelopes_posted_total"),
            bytes_received: counter!("raptor_transport_bytes_received_total"),
            bytes_posted: counter!("raptor_transport_bytes_posted_total"),
            posts_refused: counter!("raptor_transport_posts_refused_total"),
            peers_refused: counter!("raptor_transport_peers_refused_total"),
            datagrams_malformed: counter!("raptor_transport_datagrams_malformed_total"),
            packets_stray: counter!("raptor_transport_packets_stray_total"),
            cookies_refused: counter!("raptor_transport_cookies_refused_total"),
            associations_refused: counter!("raptor_transport_associations_refused_total"),
            packets_unsent: counter!("raptor_transport_packets_unsent_total"),
        }
    }

    pub(super) fn on_sessions(&self, associations: usize, peers: usize) {
        self.associations.set(associations as f64);
        self.peers.set(peers as f64);
    }

    pub(super) fn on_received(&self, bytes: usize) {
        self.envelopes_received.increment(1);
        self.bytes_received.increment(bytes as u64);
    }

    pub(super) fn on_posted(&self, bytes: usize) {
        self.envelopes_posted.increment(1);
        self.bytes_posted.increment(bytes as u64);
    }

    pub(super) fn on_post_refused(&self) {
        self.posts_refused.increment(1);
    }

    pub(super) fn on_peer_refused(&self) {
        self.peers_refused.increment(1);
    }

    pub(super) fn on_transport(&self, counters: TransportCounters) {
        self.datagrams_malformed
            .absolute(counters.datagrams_malformed);
        self.packets_stray.absolute(counters.packets_stray);
        self.cookies_refused.absolute(counters.cookies_refused);
        self.associations_refused
            .absolute(counters.associations_refused);
        self.packets_unsent.absolute(counters.packets_unsent);
    }
}
