//! What a cluster is made of.

use std::time::Duration;

use super::modulation::Modulation;

/// A server's place in its cluster, from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServerId(pub(crate) u32);

impl ServerId {
    /// As an index into a table of all servers.
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// A cluster: servers in zones, and how far they are from each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// How many servers there are; they are dealt out to the zones in turn.
    pub(crate) servers: u32,
    /// How many zones, at most as many as servers.
    pub(crate) zones: u16,
    /// How much weight of attempts a server runs at once.
    pub(crate) slots: u32,
    /// How long a message takes within a zone.
    pub(crate) delay: Duration,
    /// How long a message takes between zones: no less.
    pub(crate) zone_delay: Duration,
    /// How long after it was told to stop an attempt is dead, and its slot free.
    pub(crate) stop: Duration,
    /// When zones are slow, each at its own times: all servers of a zone, by the factor.
    pub(crate) slowness: Option<Modulation>,
}

impl Layout {
    /// Servers of one slot each in one zone, all instantly within each other's reach: what queueing
    /// theory speaks of.
    pub(crate) fn ideal(servers: u32) -> Self {
        Self {
            servers,
            zones: 1,
            slots: 1,
            delay: Duration::ZERO,
            zone_delay: Duration::ZERO,
            stop: Duration::ZERO,
            slowness: None,
        }
    }

    /// The same slots behind one queue, in one zone, within instant reach: the ideal that no
    /// cluster is.
    pub(crate) fn pooled(&self) -> Self {
        Self {
            slots: self.servers * self.slots,
            stop: self.stop,
            slowness: self.slowness,
            ..Self::ideal(1)
        }
    }

    /// The slots of all servers.
    pub(crate) fn capacity(&self) -> u64 {
        u64::from(self.servers) * u64::from(self.slots)
    }

    /// Where a server is.
    pub(crate) fn zone(&self, server: ServerId) -> usize {
        server.at() % usize::from(self.zones)
    }

    /// How many servers a zone has.
    pub(crate) fn zone_size(&self, zone: usize) -> u32 {
        let zone = zone as u32;
        (self.servers - zone).div_ceil(u32::from(self.zones))
    }

    /// A server of a zone, counted from zero.
    pub(crate) fn in_zone(&self, zone: usize, place: u32) -> ServerId {
        ServerId(zone as u32 + place * u32::from(self.zones))
    }

    /// How long a message takes from one server to another.
    pub(crate) fn delay(&self, from: ServerId, to: ServerId) -> Duration {
        if from == to {
            Duration::ZERO
        } else if self.zone(from) == self.zone(to) {
            self.delay
        } else {
            self.zone_delay
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_is_in_one_zone() {
        let layout = Layout {
            zones: 3,
            ..Layout::ideal(8)
        };
        let sizes: Vec<_> = (0..3).map(|zone| layout.zone_size(zone)).collect();
        assert_eq!(sizes, [3, 3, 2]);
        for (zone, size) in sizes.iter().enumerate() {
            assert!((0..*size).all(|at| layout.zone(layout.in_zone(zone, at)) == zone));
            assert!(layout.in_zone(zone, *size).0 >= 8);
        }
    }

    #[test]
    fn delays_are_those_of_the_zones() {
        let layout = Layout {
            zones: 2,
            delay: Duration::from_millis(1),
            zone_delay: Duration::from_millis(5),
            ..Layout::ideal(4)
        };
        let delay = |from, to| layout.delay(ServerId(from), ServerId(to)).as_millis();
        assert_eq!([delay(1, 1), delay(1, 3), delay(1, 2)], [0, 1, 5]);
    }
}
