//! A peer with an association that sends anything at all, with right tags and checksums: the other end
//! may give the association up, but it must not panic.

use std::collections::VecDeque;

use super::association::{Association, Effect, Ports};
use super::packet::{Packet, read_u16, seal_checksum};
use super::*;
use crate::transport::{Message, Ppid, StreamId};

const ONE: Ports = Ports {
    local: 1,
    remote: 2,
};
const OTHER: Ports = Ports {
    local: 2,
    remote: 1,
};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

/// Two associations and the wires between them.
struct Pair {
    ends: [Association; 2],
    wires: [VecDeque<Vec<u8>>; 2],
    over: [bool; 2],
    now: Duration,
}

impl Pair {
    /// As userspace nodes talk, or, without interleaving, as they do with the kernel.
    fn new(is_interleaving: bool) -> Self {
        let address = "127.0.0.1:1".parse().expect("an address");
        let end = |direction, ports| Association::new(address, direction, ports, Duration::ZERO);
        let mut pair = Self {
            ends: [end(Direction::Dialed, ONE), end(Direction::Accepted, OTHER)],
            wires: Default::default(),
            over: [false; 2],
            now: Duration::ZERO,
        };
        pair.ends[0].connect();
        pair.drain();
        if !is_interleaving {
            let mut init = pair.wires[0].pop_front().expect("it begins");
            forget_interleaving(&mut init);
            pair.deliver(1, &init);
            let ack = pair.wires[1].front_mut().expect("it answers");
            forget_interleaving(ack);
        }
        pair
    }

    fn drain(&mut self) {
        for at in 0..2 {
            let (wire, over) = (&mut self.wires[at], &mut self.over[at]);
            self.ends[at].drain(|effect| match effect {
                Effect::Transmit(packet) => wire.push_back(packet),
                Effect::Over(_) => *over = true,
                Effect::Established | Effect::Received(..) | Effect::Drained => {}
            });
        }
    }

    /// Gives a packet to an end as the transport would.
    fn deliver(&mut self, to: usize, packet: &[u8]) {
        if Packet::parse(packet).is_ok() && !self.over[to] {
            self.ends[to].receive(self.now, packet);
            self.drain();
        }
    }

    fn send_something(&mut self, from: usize, dice: &mut Dice) {
        let stream = StreamId(dice.roll(4) as u16);
        if self.ends[from].is_open() && self.ends[from].has_room(stream) {
            let bytes_max = if dice.roll(4) == 0 { 20_000 } else { 200 };
            let bytes = 1 + dice.roll(bytes_max);
            self.ends[from].queue(Message {
                stream,
                ppid: Ppid(1),
                payload: vec![0; bytes],
                lifetime: None,
            });
            self.ends[from].flush(self.now);
            self.drain();
        }
    }

    fn let_time_pass(&mut self, dice: &mut Dice) {
        self.now += Duration::from_millis(dice.roll(40) as u64);
        for at in 0..2 {
            if !self.over[at] {
                self.ends[at].advance(self.now);
            }
        }
        self.drain();
    }
}

/// Takes I-DATA (RFC 8260) from the extensions that an INIT or INIT ACK offers (RFC 5061, section
/// 4.2.7).
fn forget_interleaving(init: &mut [u8]) {
    const EXTENSIONS: u16 = 0x8008;
    const UNKNOWN: u8 = 0xC9;
    let mut at = 12 + 4 + 16;
    while read_u16(&init[at..]) != EXTENSIONS {
        at += usize::from(read_u16(&init[at + 2..])).next_multiple_of(4);
    }
    let end = at + usize::from(read_u16(&init[at + 2..]));
    let offered = init[at + 4..end].iter_mut();
    for extension in offered.filter(|extension| [64, 194].contains(*extension)) {
        *extension = UNKNOWN;
    }
    seal_checksum(init);
}

/// A packet like `model`, but wrong somewhere behind its header.
fn mutated(model: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut packet = model.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = 12 + dice.roll(packet.len() - 12);
        match dice.roll(5) {
            0 => packet[at] ^= 1 << dice.roll(8),
            1 => packet[at] = dice.roll(256) as u8,
            2 => packet[12] = [0, 3, 4, 5, 7, 8, 9, 10, 11, 14, 64, 130, 192, 194][dice.roll(14)],
            3 => packet[13] = dice.roll(16) as u8,
            _ => append_chunk(&mut packet, dice),
        }
    }
    seal_checksum(&mut packet);
    packet
}

fn append_chunk(packet: &mut Vec<u8>, dice: &mut Dice) {
    let chunk_type = [0, 3, 4, 5, 7, 9, 14, 15, 64, 193][dice.roll(10)];
    let value: Vec<u8> = (0..dice.roll(60)).map(|_| dice.roll(4) as u8).collect();
    packet.resize(packet.len().next_multiple_of(4), 0);
    packet.extend_from_slice(&[chunk_type, dice.roll(16) as u8, 0, 4 + value.len() as u8]);
    packet.extend_from_slice(&value);
}

/// Plays until so many hostile packets have been sent; gives how many associations that took.
fn play(is_interleaving: bool, hostile_max: u32, seed: u64) -> u32 {
    let mut dice = Dice(seed);
    let (mut hostile, mut lives) = (0, 0);
    let mut pair = Pair::new(is_interleaving);
    while hostile < hostile_max {
        if pair.over.contains(&true) || dice.roll(400) == 0 {
            pair = Pair::new(is_interleaving);
            lives += 1;
        }
        for from in 0..2 {
            pair.send_something(from, &mut dice);
            let Some(packet) = pair.wires[from].pop_front() else {
                continue;
            };
            if dice.roll(3) == 0 {
                let bad = mutated(&packet, &mut dice);
                pair.deliver(1 - from, &bad);
                hostile += 1;
            }
            if dice.roll(20) > 0 {
                pair.deliver(1 - from, &packet);
            }
        }
        if dice.roll(10) == 0 {
            pair.let_time_pass(&mut dice);
        }
        if dice.roll(300) == 0 {
            pair.ends[dice.roll(2)].close();
            pair.drain();
        }
    }
    lives
}

#[test]
fn a_hostile_peer_does_not_make_the_other_end_panic() {
    let lives = play(true, 60_000, 7);
    assert!(lives > 100, "associations began anew {lives} times");
}

#[test]
fn nor_does_one_that_speaks_as_the_kernel_does() {
    let lives = play(false, 30_000, 8);
    assert!(lives > 100, "associations began anew {lives} times");
}
