//! How long keys linger.

use super::*;

#[test]
fn the_keys_that_linger_are_bounded_and_each_goes_once() {
    let mut rendezvous = Rendezvous::default();
    let count = KEYS_LINGERING_MAX as u128;
    for flight in (0..count).map(FlightId) {
        assert_eq!(rendezvous.linger(flight), None);
    }
    assert_eq!(rendezvous.linger(FlightId(count)), Some(FlightId(0)));
    assert!(!rendezvous.end_lingering(FlightId(0)));
    assert!(rendezvous.end_lingering(FlightId(1)));
    assert!(!rendezvous.end_lingering(FlightId(1)));
    assert_eq!(rendezvous.linger(FlightId(count + 1)), None);
}
