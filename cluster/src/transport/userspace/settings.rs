//! How the userspace SCTP is tuned: for a data centre, where a round trip takes less than a
//! millisecond and a dead peer must be noticed within seconds. The defaults of `dcsctp` are those of
//! WebRTC: they wait 400 ms before they send again, and five minutes before they give an idle peer up.

use std::net::IpAddr;
use std::time::Duration;

use dcsctp::api::Options;

use crate::transport::STREAMS;

/// A message is at most this long. All streams together may be in the middle of receiving one, which
/// must fit nine tenths of [`RECEIVE_WINDOW_BYTES`], or the association stalls and is given up.
pub(super) const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// What a peer may send before it hears from us. Much more than this fills the socket's buffer faster
/// than one thread empties it, and the round trip grows (150 ms with 32 MiB).
const RECEIVE_WINDOW_BYTES: usize = 3 * 1024 * 1024;
const _: () = assert!(
    MESSAGE_BYTES_MAX * (STREAMS as usize) < RECEIVE_WINDOW_BYTES / 10 * 9,
    "a window full of unfinished messages is given up"
);

/// The buffer asked of the operating system, so that a window arriving at once is not lost. It may
/// give less.
pub(super) const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// What a stream has sent and its peer not acknowledged, before it says that it is full. All of it may
/// lie in the peer's socket before a short message of another stream, 1.3 ms at 50 MB/s, which is what
/// `dcsctp` does; a path with a round trip of 1 ms carries 64 MB/s with it.
pub(super) const STREAM_WINDOW_BYTES: usize = 64 * 1024;

/// What waits in one stream inside `dcsctp`: never reached, the window holds first.
const STREAM_BUFFER_BYTES_MAX: usize = STREAM_WINDOW_BYTES + MESSAGE_BYTES_MAX;

/// The same for all streams together.
const SEND_BUFFER_BYTES_MAX: usize = STREAMS as usize * STREAM_BUFFER_BYTES_MAX;

/// A message shorter than this may share a packet with others; a longer one would only have them wait.
pub(super) const SHARING_BYTES_MAX: usize = 1024;

/// An SCTP packet that every IPv6 path carries whole, with room for tunnels around it.
const PACKET_BYTES_MAX: usize = 1191;

/// The same to a peer on this host: the loopback carries 64 KiB, and every packet has its price
/// (system calls, acknowledgements), whatever its length. Much longer ones keep short messages waiting,
/// since `dcsctp` takes 12 ns a byte on each side.
const LOOPBACK_PACKET_BYTES_MAX: usize = 8 * 1024;

/// The longest packet to a peer.
pub(super) fn packet_bytes_max(peer: IpAddr) -> usize {
    if peer.is_loopback() {
        LOOPBACK_PACKET_BYTES_MAX
    } else {
        PACKET_BYTES_MAX
    }
}

/// Before the round trip is known: how long until a message is sent again.
const RTO_INITIAL: Duration = Duration::from_millis(100);

/// An idle peer is asked this often whether it lives. It must exceed [`RTO_INITIAL`], or an answer
/// that is missing is never noticed.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(500);
const _: () = assert!(HEARTBEAT_INTERVAL.as_millis() > RTO_INITIAL.as_millis());

/// After so many unanswered tries a peer is given up: with data outstanding after at most ten waits of
/// 400 ms, idle after ten heartbeats (a stopped node was missed after 5.6 s).
///
/// A node that was killed is missed at the next packet, since its host says that nobody listens; this
/// is for hosts that are gone and links that are cut, and must not befall a node that waits for a
/// processor.
const RETRANSMISSIONS_MAX: u32 = 10;

/// A handshake is tried so often, at 0, 200 and 600 ms, and given up after 1.4 s. The waits double
/// without a bound, so whoever wants the peer does better to begin again.
const HANDSHAKE_RETRIES_MAX: u32 = 2;

/// The options of a socket between these SCTP ports, whose packets are no longer than that.
pub(super) fn options(local_port: u16, remote_port: u16, packet_bytes_max: usize) -> Options {
    Options {
        local_port,
        remote_port,
        announced_maximum_incoming_streams: STREAMS,
        announced_maximum_outgoing_streams: STREAMS,
        mtu: packet_bytes_max,
        max_message_size: MESSAGE_BYTES_MAX,
        max_receiver_window_buffer_size: RECEIVE_WINDOW_BYTES,
        max_send_buffer_size: SEND_BUFFER_BYTES_MAX,
        per_stream_send_queue_limit: STREAM_BUFFER_BYTES_MAX,
        rto_initial: RTO_INITIAL,
        rto_min: Duration::from_millis(20),
        rto_max: Duration::from_secs(1),
        t1_init_timeout: Duration::from_millis(200),
        t1_cookie_timeout: Duration::from_millis(200),
        t2_shutdown_timeout: Duration::from_millis(200),
        max_timer_backoff_duration: Some(Duration::from_millis(400)),
        max_retransmissions: Some(RETRANSMISSIONS_MAX),
        max_init_retransmits: Some(HANDSHAKE_RETRIES_MAX),
        heartbeat_interval: HEARTBEAT_INTERVAL,
        // An answer usually leaves within this, and then carries the acknowledgement with it.
        delayed_ack_max_timeout: Duration::from_millis(5),
        min_rtt_variance: Duration::from_millis(40),
        max_burst: 4,
        // Only a sender that is down to single packets needs acknowledgements at once; for others
        // they would double the packets of every request and answer.
        immediate_sack_under_cwnd_mtus: 4,
        // Everything is delivered or the association ends, so nobody may tell us to skip messages,
        // and `Message::lifetime` is not heeded (RFC 3758). dcsctp 0.1.16 would panic: of an expired
        // message in two packets it abandons both parts, but keeps the second among those to be sent
        // again if a packet is full just between them (`extract_chunks_that_can_fit`), and looks for
        // it after it was acknowledged. Short messages are cut in two as well where packets fill.
        enable_partial_reliability: false,
        // I-DATA (RFC 8260): a long message does not keep short ones waiting.
        enable_message_interleaving: true,
        ..Options::default()
    }
}
