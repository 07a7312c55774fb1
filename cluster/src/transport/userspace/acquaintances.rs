//! The addresses that are not strangers': where peers are, or were, or are looked for.

use std::collections::HashMap;
use std::net::SocketAddr;

use raptor_core::Zone;

/// How many addresses are remembered: several times the associations that there may be. Clients
/// come and go under new ones; those met first, of those without an association, are forgotten first.
pub(super) const ACQUAINTANCES_MAX: usize = 4096;

/// The addresses that we have dialed, or that had an association whose peer proved who it is.
#[derive(Default)]
pub(super) struct Acquaintances {
    by_address: HashMap<SocketAddr, Acquaintance>,
    met: u64,
}

struct Acquaintance {
    /// Where it is, as far as it has said.
    zone: Option<Zone>,
    /// Later ones have greater numbers.
    met: u64,
}

impl Acquaintances {
    /// Remembers an address that is dialed. `is_held` says of an address whether it has an
    /// association, and so must not be forgotten.
    pub(super) fn on_dialed(&mut self, address: SocketAddr, is_held: impl Fn(SocketAddr) -> bool) {
        self.meet(address, is_held);
    }

    /// Remembers who is at an address.
    pub(super) fn on_proven(
        &mut self,
        address: SocketAddr,
        zone: &Zone,
        is_held: impl Fn(SocketAddr) -> bool,
    ) {
        self.meet(address, is_held).zone = Some(zone.clone());
    }

    fn meet(
        &mut self,
        address: SocketAddr,
        is_held: impl Fn(SocketAddr) -> bool,
    ) -> &mut Acquaintance {
        let is_new = !self.by_address.contains_key(&address);
        if is_new && self.by_address.len() >= ACQUAINTANCES_MAX {
            self.forget_first(is_held);
        }
        self.met += 1;
        let met = self.met;
        let acquaintance = self.by_address.entry(address);
        let acquaintance = acquaintance.or_insert(Acquaintance { zone: None, met });
        acquaintance.met = met;
        acquaintance
    }

    fn forget_first(&mut self, is_held: impl Fn(SocketAddr) -> bool) {
        let free = self.by_address.iter();
        let free = free.filter(|(address, _)| !is_held(**address));
        let first = free.min_by_key(|(_, acquaintance)| acquaintance.met);
        if let Some((&first, _)) = first {
            self.by_address.remove(&first);
        }
    }

    pub(super) fn knows(&self, address: SocketAddr) -> bool {
        self.by_address.contains_key(&address)
    }

    /// The zone of whoever is there, once that is known.
    pub(super) fn zone(&self, address: SocketAddr) -> Option<&Zone> {
        self.by_address.get(&address)?.zone.as_ref()
    }
}

#[cfg(test)]
#[path = "acquaintances_tests.rs"]
mod tests;
