//! The Noise handshake of a link, and the cipher that every message goes through after it.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use snow::params::NoiseParams;
use snow::{Builder, HandshakeState, StatelessTransportState};

use super::{SIZES_BYTES, payload};

/// As links have it.
const PATTERN: &str = "Noise_NKpsk0_25519_AESGCM_SHA256";

/// The pre-shared key.
const KEY: [u8; 32] = [7; 32];

/// The longest message of Noise.
const MESSAGE_BYTES_MAX: usize = 65_535;

pub(super) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("noise");
    group.bench_function("handshake", |bench| {
        let keys = Builder::new(pattern()).generate_keypair();
        let keys = keys.expect("there are random numbers");
        bench.iter(|| handshake(&keys));
    });
    let keys = Builder::new(pattern()).generate_keypair();
    let (sealing, opening) = handshake(&keys.expect("there are random numbers"));
    for bytes in SIZES_BYTES {
        let plain = payload(bytes);
        let mut sealed = vec![0; MESSAGE_BYTES_MAX];
        let mut opened = vec![0; MESSAGE_BYTES_MAX];
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::new("seal", bytes), |bench| {
            bench.iter(|| sealing.write_message(0, black_box(&plain), &mut sealed));
        });
        let length = sealing.write_message(0, &plain, &mut sealed);
        let sealed = &sealed[..length.expect("it fits")];
        group.bench_function(BenchmarkId::new("open", bytes), |bench| {
            bench.iter(|| {
                let read = opening.read_message(0, black_box(sealed), &mut opened);
                read.expect("it was sealed by the other end")
            });
        });
    }
    group.finish();
}

fn pattern() -> NoiseParams {
    PATTERN.parse().expect("it is a pattern of Noise")
}

/// Both ends after both messages.
fn handshake(keys: &snow::Keypair) -> (StatelessTransportState, StatelessTransportState) {
    let builder = || {
        let builder = Builder::new(pattern());
        builder.psk(0, &KEY).expect("it has room for a key")
    };
    let dialing = builder().remote_public_key(&keys.public);
    let dialing = dialing.and_then(Builder::build_initiator);
    let listening = builder().local_private_key(&keys.private);
    let listening = listening.and_then(Builder::build_responder);
    let mut dialing = dialing.expect("it has all keys");
    let mut listening = listening.expect("it has all keys");
    pass(&mut dialing, &mut listening);
    pass(&mut listening, &mut dialing);
    (stateless(dialing), stateless(listening))
}

fn pass(from: &mut HandshakeState, to: &mut HandshakeState) {
    let (mut message, mut payload) = ([0; 256], [0; 256]);
    let bytes = from.write_message(&[], &mut message);
    let bytes = bytes.expect("it is its turn");
    let read = to.read_message(&message[..bytes], &mut payload);
    read.expect("they have the same keys");
}

fn stateless(finished: HandshakeState) -> StatelessTransportState {
    let state = finished.into_stateless_transport_mode();
    state.expect("both messages are done")
}
