//! An envelope to bytes, and back.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use raptor_cluster::bench::Question;

use super::{SIZES_BYTES, payload};

pub(super) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    for bytes in SIZES_BYTES {
        let question = Question::new(payload(bytes));
        let encoded = question.encode();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::new("encode", bytes), |bench| {
            bench.iter(|| black_box(&question).encode());
        });
        group.bench_function(BenchmarkId::new("decode", bytes), |bench| {
            bench.iter(|| Question::decode(black_box(&encoded)));
        });
    }
    group.finish();
}
