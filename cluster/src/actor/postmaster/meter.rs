//! What the postmaster counts, and under which names.

use metrics::{Counter, Gauge, Unit, counter, gauge};

use crate::observe::{Metric, MetricKind, metric};
use crate::transport::TransportCounters;

const ASSOCIATIONS: &str = "raptor_transport_associations";
const PEERS: &str = "raptor_transport_peers";
const ENVELOPES_RECEIVED: &str = "raptor_transport_envelopes_received_total";
const ENVELOPES_POSTED: &str = "raptor_transport_envelopes_posted_total";
const BYTES_RECEIVED: &str = "raptor_transport_bytes_received_total";
const BYTES_POSTED: &str = "raptor_transport_bytes_posted_total";
const POSTS_REFUSED: &str = "raptor_transport_posts_refused_total";
const ENVELOPES_EXPIRED: &str = "raptor_transport_envelopes_expired_total";
const PEERS_REFUSED: &str = "raptor_transport_peers_refused_total";
const DATAGRAMS_MALFORMED: &str = "raptor_transport_datagrams_malformed_total";
const PACKETS_STRAY: &str = "raptor_transport_packets_stray_total";
const COOKIES_REFUSED: &str = "raptor_transport_cookies_refused_total";
const ASSOCIATIONS_REFUSED: &str = "raptor_transport_associations_refused_total";
const HANDSHAKES_IGNORED: &str = "raptor_transport_handshakes_ignored_total";
const PACKETS_SHAPED_AWAY: &str = "raptor_transport_packets_shaped_away_total";
const PACKETS_UNSENT: &str = "raptor_transport_packets_unsent_total";

/// The metrics of the transport.
pub(crate) const TRANSPORT_METRICS: &[Metric] = &[
    metric(
        ASSOCIATIONS,
        MetricKind::Gauge,
        None,
        "Associations that are up or being closed, also with those who have not said who they are",
    ),
    metric(
        PEERS,
        MetricKind::Gauge,
        None,
        "Nodes and clients that have said who they are, and are up",
    ),
    metric(
        ENVELOPES_RECEIVED,
        MetricKind::Counter,
        None,
        "Envelopes that came from peers",
    ),
    metric(
        ENVELOPES_POSTED,
        MetricKind::Counter,
        None,
        "Envelopes that were handed to links with peers",
    ),
    metric(
        BYTES_RECEIVED,
        MetricKind::Counter,
        Some(Unit::Bytes),
        "Bytes of the envelopes that came from peers",
    ),
    metric(
        BYTES_POSTED,
        MetricKind::Counter,
        Some(Unit::Bytes),
        "Bytes of the envelopes that were handed to links with peers",
    ),
    metric(
        POSTS_REFUSED,
        MetricKind::Counter,
        None,
        "Envelopes that were not taken: no such peer is up, or too much waits for it",
    ),
    metric(
        ENVELOPES_EXPIRED,
        MetricKind::Counter,
        None,
        "Envelopes that were dropped because they could not leave before they were worthless",
    ),
    metric(
        PEERS_REFUSED,
        MetricKind::Counter,
        None,
        "Peers that were refused: without a key of ours, of another cluster or version, or not understood",
    ),
    metric(
        DATAGRAMS_MALFORMED,
        MetricKind::Counter,
        None,
        "Datagrams that were no SCTP packet, or one that no peer of ours sends",
    ),
    metric(
        PACKETS_STRAY,
        MetricKind::Counter,
        None,
        "Well-formed packets that belonged to no association",
    ),
    metric(
        COOKIES_REFUSED,
        MetricKind::Counter,
        None,
        "Handshakes refused because their cookie was not ours, or too old",
    ),
    metric(
        ASSOCIATIONS_REFUSED,
        MetricKind::Counter,
        None,
        "Handshakes refused because there were too many associations",
    ),
    metric(
        HANDSHAKES_IGNORED,
        MetricKind::Counter,
        None,
        "Handshakes that were not answered because too many were begun",
    ),
    metric(
        PACKETS_SHAPED_AWAY,
        MetricKind::Counter,
        None,
        "Packets that shaping has dropped, as its rules say or since too much waited",
    ),
    metric(
        PACKETS_UNSENT,
        MetricKind::Counter,
        None,
        "Packets that the system did not take; SCTP sends them again",
    ),
];

/// The one place in which the transport's metrics are named.
pub(super) struct Meter {
    associations: Gauge,
    peers: Gauge,
    envelopes_received: Counter,
    envelopes_posted: Counter,
    bytes_received: Counter,
    bytes_posted: Counter,
    posts_refused: Counter,
    envelopes_expired: Counter,
    peers_refused: Counter,
    datagrams_malformed: Counter,
    packets_stray: Counter,
    cookies_refused: Counter,
    associations_refused: Counter,
    handshakes_ignored: Counter,
    packets_shaped_away: Counter,
    packets_unsent: Counter,
}

impl Meter {
    /// Counts with the recorder that is installed now.
    pub(super) fn new() -> Self {
        Self {
            associations: gauge!(ASSOCIATIONS),
            peers: gauge!(PEERS),
            envelopes_received: counter!(ENVELOPES_RECEIVED),
            envelopes_posted: counter!(ENVELOPES_POSTED),
            bytes_received: counter!(BYTES_RECEIVED),
            bytes_posted: counter!(BYTES_POSTED),
            posts_refused: counter!(POSTS_REFUSED),
            envelopes_expired: counter!(ENVELOPES_EXPIRED),
            peers_refused: counter!(PEERS_REFUSED),
            datagrams_malformed: counter!(DATAGRAMS_MALFORMED),
            packets_stray: counter!(PACKETS_STRAY),
            cookies_refused: counter!(COOKIES_REFUSED),
            associations_refused: counter!(ASSOCIATIONS_REFUSED),
            handshakes_ignored: counter!(HANDSHAKES_IGNORED),
            packets_shaped_away: counter!(PACKETS_SHAPED_AWAY),
            packets_unsent: counter!(PACKETS_UNSENT),
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

    pub(super) fn on_expired(&self, envelopes: u64) {
        self.envelopes_expired.increment(envelopes);
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
        self.handshakes_ignored
            .absolute(counters.handshakes_ignored);
        self.packets_shaped_away
            .absolute(counters.packets_shaped_away);
        self.packets_unsent.absolute(counters.packets_unsent);
    }
}
