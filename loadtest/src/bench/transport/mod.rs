//! Postmasters beside plain UDP: round trips of a short envelope, alone and beside bulk.

mod postmasters;
mod udp;

use super::Failure;
use super::figure::{Samples, Sheet};
use postmasters::Pair;
use udp::PingPong;

/// What an envelope of a flight typically has, and a datagram of the floor.
const PAYLOAD_BYTES: usize = 100;

/// How many trips each of the two makes in its turn: enough that both find their caches warm.
const TURN_TRIPS: u32 = 50;

/// One of the longest envelopes takes as long as so many turns of short ones, and longer.
const BULK_TURNS_PER_ENVELOPE: u32 = 10;

/// Measures `n` turns of each, and as many trips beside bulk as there are while it lasts.
pub(super) fn measure(n: u32) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new("transport");
    let pair = Pair::start()?;
    let udp = PingPong::start()?;
    let (mut posted, mut floors) = (Samples::default(), Samples::default());
    pair.trips(TURN_TRIPS)?;
    for _ in 0..n {
        floors.extend(udp.trips(TURN_TRIPS)?);
        posted.extend(pair.trips(TURN_TRIPS)?);
    }
    sheet.compare("round_trip", &posted, &floors);
    let mut beside = Samples::default();
    for _ in 0..n.div_ceil(BULK_TURNS_PER_ENVELOPE) {
        beside.extend(pair.trips_beside_bulk(1)?);
    }
    sheet.compare("round_trip_beside_bulk", &beside, &floors);
    Ok(sheet)
}
