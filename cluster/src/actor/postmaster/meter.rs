//! What the postmaster counts, and under which names.

use metrics::{Counter, Gauge, Unit, counter, gauge};

use crate::observe::Metric;
use crate::transport::{Traffic, TransportCounters};

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
const PACKETS_SENT: &str = "raptor_transport_packets_sent_total";
const PACKETS_RECEIVED: &str = "raptor_transport_packets_received_total";
const PACKETS_RETRANSMITTED: &str = "raptor_transport_packets_retransmitted_total";
const PACKET_BYTES_SENT: &str = "raptor_transport_packet_bytes_sent_total";
const PACKET_BYTES_RECEIVED: &str = "raptor_transport_packet_bytes_received_total";

/// The metrics of the transport.
pub(crate) const TRANSPORT_METRICS: &[Metric] = &[
    Metric::gauge(
        ASSOCIATIONS,
        "Associations that are up or being closed, also with those who have not said who they are",
    ),
    Metric::gauge(
        PEERS,
        "Nodes and clients that have said who they are, and are up",
    ),
    Metric::counter(ENVELOPES_RECEIVED, "Envelopes that came from peers"),
    Metric::counter(
        ENVELOPES_POSTED,
        "Envelopes that were handed to links with peers",
    ),
    Metric::counter(
        BYTES_RECEIVED,
        "Bytes of the envelopes that came from peers",
    )
    .in_unit(Unit::Bytes),
    Metric::counter(
        BYTES_POSTED,
        "Bytes of the envelopes that were handed to links with peers",
    )
    .in_unit(Unit::Bytes),
    Metric::counter(
        POSTS_REFUSED,
        "Envelopes that were not taken: no such peer is up, or too much waits for it",
    ),
    Metric::counter(
        ENVELOPES_EXPIRED,
        "Envelopes that were dropped because they could not leave before they were worthless",
    ),
    Metric::counter(
        PEERS_REFUSED,
        "Peers that were refused: without a key of ours, of another cluster or version, or not understood",
    ),
    Metric::counter(
        DATAGRAMS_MALFORMED,
        "Datagrams that were no SCTP packet, or one that no peer of ours sends",
    ),
    Metric::counter(
        PACKETS_STRAY,
        "Well-formed packets that belonged to no association",
    ),
    Metric::counter(
        COOKIES_REFUSED,
        "Handshakes refused because their cookie was not ours, or too old",
    ),
    Metric::counter(
        ASSOCIATIONS_REFUSED,
        "Handshakes refused because there were too many associations",
    ),
    Metric::counter(
        HANDSHAKES_IGNORED,
        "Handshakes that were not answered because too many were begun",
    ),
    Metric::counter(
        PACKETS_SHAPED_AWAY,
        "Packets that shaping has dropped, as its rules say or since too much waited",
    ),
    Metric::counter(
        PACKETS_UNSENT,
        "Packets that the system did not take; SCTP sends them again",
    ),
    Metric::counter(
        PACKETS_SENT,
        "SCTP packets that were sent; not with the kernel's SCTP, see /proc/net/sctp/snmp",
    ),
    Metric::counter(
        PACKETS_RECEIVED,
        "Datagrams that came; not with the kernel's SCTP",
    ),
    Metric::counter(
        PACKETS_RETRANSMITTED,
        "SCTP packets sent with something that was sent before; not with the kernel's SCTP",
    ),
    Metric::counter(
        PACKET_BYTES_SENT,
        "Bytes of the packets sent, without headers of UDP and IP; not with the kernel's SCTP",
    )
    .in_unit(Unit::Bytes),
    Metric::counter(
        PACKET_BYTES_RECEIVED,
        "Bytes of the packets received, without headers of UDP and IP; not with the kernel's SCTP",
    )
    .in_unit(Unit::Bytes),
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

    /// Seldom enough to look the counters up: they are there only if the transport counts packets.
    pub(super) fn on_traffic(&self, traffic: Traffic) {
        let Traffic {
            packets_sent,
            packets_received,
            packets_retransmitted,
            bytes_sent,
            bytes_received,
        } = traffic;
        counter!(PACKETS_SENT).absolute(packets_sent);
        counter!(PACKETS_RECEIVED).absolute(packets_received);
        counter!(PACKETS_RETRANSMITTED).absolute(packets_retransmitted);
        counter!(PACKET_BYTES_SENT).absolute(bytes_sent);
        counter!(PACKET_BYTES_RECEIVED).absolute(bytes_received);
    }
}
