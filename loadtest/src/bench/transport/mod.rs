//! Postmasters beside plain UDP: round trips of a short envelope, alone and beside bulk; and what is
//! added to delays by which shaping puts postmasters into different zones.

mod postmasters;
mod udp;

use std::time::Duration;

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

/// A turn of delayed trips takes as long as so many of others, and longer.
const DELAYED_TURNS_PER_TURN: u32 = 10;

/// How far zones are from each other, one way: conf/zones.toml has such delays, and
/// conf/zones-1ms.toml.
const DELAYS_US: [u64; 2] = [300, 1_000];

/// Measures `n` turns of each, and as many trips beside bulk as there are while it lasts.
pub(super) fn measure(n: u32) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new("transport");
    let pair = Pair::start(Duration::ZERO)?;
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
    for delay in DELAYS_US {
        measure_delayed(&mut sheet, n.div_ceil(DELAYED_TURNS_PER_TURN), delay, &pair)?;
    }
    Ok(sheet)
}

/// Round trips between zones; their floor is what those of `near`, which is not delayed, take in
/// turns with them, and twice the delay.
fn measure_delayed(sheet: &mut Sheet, n: u32, delay_us: u64, near: &Pair) -> Result<(), Failure> {
    let delay = Duration::from_micros(delay_us);
    let far = Pair::start(delay)?;
    let (mut delayed, mut floors) = (Samples::default(), Samples::default());
    far.trips(TURN_TRIPS)?;
    for _ in 0..n {
        let trips = near.trips(TURN_TRIPS)?;
        floors.extend(trips.into_iter().map(|trip| trip + 2 * delay));
        delayed.extend(far.trips(TURN_TRIPS)?);
    }
    sheet.compare(
        &format!("round_trip_delayed_{delay_us}us"),
        &delayed,
        &floors,
    );
    Ok(())
}
