//! What becomes of a packet: whose it is, and how those of strangers are answered.

use std::collections::HashMap;
use std::net::SocketAddr;

use dcsctp::api::{DcSctpSocket, SocketEvent};

use super::Userspace;
use super::association::{Association, Ports, new_socket};
use super::cookie::Opened;
use super::packet::{Packet, Purpose};
use crate::transport::{AssociationId, CloseReason, Direction};

impl Userspace {
    pub(super) fn on_datagram(&mut self, from: SocketAddr, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else {
            self.counters.datagrams_malformed += 1;
            return;
        };
        let ports = Ports {
            local: packet.destination_port,
            remote: packet.source_port,
        };
        match self.paths.find(from, ports) {
            Some(id) => self.on_peer_packet(id, from, &packet),
            None if ports.local == self.local_address.port() => {
                self.on_stray_packet(from, &packet);
            }
            None => self.on_late_packet(from, &packet),
        }
    }

    /// A packet from an address with an association.
    fn on_peer_packet(&mut self, id: AssociationId, from: SocketAddr, packet: &Packet<'_>) {
        let association = &self.associations[&id];
        match packet.purpose {
            // Both ends began at once: the socket answers with the tag that it has sent already.
            Purpose::Init if association.is_connecting() => self.feed(id, packet.bytes),
            Purpose::Init => self.answer_init(from, packet),
            Purpose::CookieEcho => {
                let Some(opened) = self.open_cookie(from, packet) else {
                    return;
                };
                if packet.tag == tag_of(&self.associations, id) {
                    self.feed(id, &opened.packet);
                } else {
                    self.restart(id, from, packet, &opened);
                }
            }
            Purpose::Abort | Purpose::ShutdownAck | Purpose::Final | Purpose::Association => {
                self.feed(id, packet.bytes);
            }
        }
    }

    /// A packet from an address without an association (RFC 9260, section 8.4).
    fn on_stray_packet(&mut self, from: SocketAddr, packet: &Packet<'_>) {
        match packet.purpose {
            Purpose::Init => self.answer_init(from, packet),
            Purpose::CookieEcho => {
                if let Some(opened) = self.open_cookie(from, packet) {
                    self.accept(from, packet, &opened);
                }
            }
            Purpose::Association => self.answer_stray(from, packet, Packet::out_of_the_blue_abort),
            Purpose::ShutdownAck => {
                self.answer_stray(from, packet, Packet::out_of_the_blue_shutdown_complete);
            }
            Purpose::Abort | Purpose::Final => self.counters.packets_stray += 1,
        }
    }

    /// A packet to a port where nobody listens: of an association that was begun apart, and is
    /// gone.
    fn on_late_packet(&mut self, from: SocketAddr, packet: &Packet<'_>) {
        match packet.purpose {
            Purpose::Init | Purpose::CookieEcho => self.counters.datagrams_malformed += 1,
            Purpose::Association | Purpose::ShutdownAck | Purpose::Abort | Purpose::Final => {
                self.on_stray_packet(from, packet)
            }
        }
    }

    fn answer_stray<'a>(
        &mut self,
        to: SocketAddr,
        packet: &Packet<'a>,
        answer: fn(&Packet<'a>) -> Vec<u8>,
    ) {
        self.counters.packets_stray += 1;
        // Strangers are not told what there is: a packet with a forged address would have us send
        // packets to whoever has it.
        let is_known = self.acquaintances.knows(to);
        if is_known && packet.is_intact() && self.strays_answered.take(self.now) {
            self.send_packet(to, answer(packet));
        }
    }

    /// Answers a handshake's first packet and keeps nothing.
    fn answer_init(&mut self, from: SocketAddr, packet: &Packet<'_>) {
        let is_known = self.acquaintances.knows(from);
        if !self.knocks.admit(self.now, from.ip(), is_known) {
            self.counters.handshakes_ignored += 1;
            return;
        }
        let mut socket = new_socket(self.ports(packet.source_port), from.ip());
        socket.handle_input(packet.bytes);
        while let Some(event) = socket.poll_event() {
            if let SocketEvent::SendPacket(answer) = event {
                let sealed = self.seal.seal(answer, from, self.now);
                self.send_packet(from, sealed);
            }
        }
    }

    fn open_cookie(&mut self, from: SocketAddr, packet: &Packet<'_>) -> Option<Opened> {
        match self.seal.open(packet, from, self.now) {
            Ok(opened) => Some(opened),
            Err(refusal) => {
                tracing::debug!(peer = %from, %refusal, "a cookie was not believed");
                self.counters.cookies_refused += 1;
                None
            }
        }
    }

    /// Makes an association for a stranger who brought back our cookie.
    fn accept(&mut self, from: SocketAddr, packet: &Packet<'_>, opened: &Opened) {
        let is_known = self.acquaintances.knows(from);
        if !self.census.admit(from.ip(), is_known) {
            self.turn_away(from, packet);
            return;
        }
        let ports = self.ports(packet.source_port);
        let association = Association::new(from, Direction::Accepted, ports, self.now);
        let id = self.insert(association);
        self.feed(id, &opened.packet);
        if tag_of(&self.associations, id) == 0 {
            self.counters.cookies_refused += 1;
            self.forget(id);
        }
    }

    /// There is no room for an association (RFC 9260, section 5.1). Whoever asks has brought back our
    /// cookie, so its address is its own.
    fn turn_away(&mut self, from: SocketAddr, packet: &Packet<'_>) {
        self.counters.associations_refused += 1;
        if self.strays_answered.take(self.now) {
            tracing::warn!(peer = %from, "refused an association: there are too many");
            self.send_packet(from, packet.out_of_the_blue_abort());
        }
    }

    /// The peer knows nothing of the association at its address: it was begun by an earlier life.
    fn restart(
        &mut self,
        old: AssociationId,
        from: SocketAddr,
        packet: &Packet<'_>,
        opened: &Opened,
    ) {
        let association = &self.associations[&old];
        let is_late = opened.made_at < association.born() && !association.is_connecting();
        if is_late {
            // From a handshake before the one that made this association.
            self.counters.cookies_refused += 1;
            return;
        }
        self.remove(old, CloseReason::Restarted);
        self.accept(from, packet, opened);
    }
}

/// The tag of an association; zero if it is over.
fn tag_of(associations: &HashMap<AssociationId, Association>, id: AssociationId) -> u32 {
    associations.get(&id).map_or(0, Association::tag)
}
