//! The links between nodes: reliable and in order as long as they live, gone when they do not.

use raptor_core::MemberIndex;

use crate::prng::Prng;

/// How long messages of a link take, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

/// Every link of a flight's nodes.
#[derive(Debug)]
pub(crate) struct Network {
    size: usize,
    links: Vec<Link>,
}

/// One association and its successors: a link that comes up again is a new one.
#[derive(Debug)]
struct Link {
    delay: Delay,
    is_up: bool,
    life: u32,
    /// By end, the lower member's first: whether its node believes the link to be up.
    is_open: [bool; 2],
    /// By direction, the lower member's first: when the last message arrives.
    free_at: [u64; 2],
}

impl Network {
    /// Links that are up, with these delays; see [`pairs`] for their order.
    pub(crate) fn new(size: u16, delays: &[Delay]) -> Self {
        let link = |delay: &Delay| Link {
            delay: *delay,
            is_up: true,
            life: 0,
            is_open: [true; 2],
            free_at: [0; 2],
        };
        Self {
            size: usize::from(size),
            links: delays.iter().map(link).collect(),
        }
    }

    /// Sends something now. Says when it arrives and in which life of the link, or nothing if the
    /// sender knows that the link is down. What is sent on a link that is down without the sender's
    /// knowledge arrives in a life that is over.
    pub(crate) fn send(
        &mut self,
        now: u64,
        prng: &mut Prng,
        from: MemberIndex,
        to: MemberIndex,
    ) -> Option<(u64, u32)> {
        let side = usize::from(from > to);
        let link = self.link_mut(from, to);
        if !link.is_open[side] {
            return None;
        }
        let arrives = now + prng.between(link.delay.least, link.delay.most);
        link.free_at[side] = arrives.max(link.free_at[side] + 1);
        Some((link.free_at[side], link.life))
    }

    /// Whether what was sent in that life of a link still arrives.
    pub(crate) fn delivers(&self, from: MemberIndex, to: MemberIndex, life: u32) -> bool {
        let link = self.link(from, to);
        link.is_up && link.life == life
    }

    /// Whether `at`'s node believes its link to `peer` to be up.
    pub(crate) fn is_open(&self, at: MemberIndex, peer: MemberIndex) -> bool {
        self.link(at, peer).is_open[usize::from(at > peer)]
    }

    /// Takes a link down. Says which life of it that ended, if it was up.
    pub(crate) fn lose(&mut self, one: MemberIndex, other: MemberIndex) -> Option<u32> {
        let link = self.link_mut(one, other);
        std::mem::replace(&mut link.is_up, false).then_some(link.life)
    }

    /// `at`'s node notices the end of that life of its link to `peer`; says whether that is news.
    pub(crate) fn see_loss(&mut self, at: MemberIndex, peer: MemberIndex, life: u32) -> bool {
        let side = usize::from(at > peer);
        let link = self.link_mut(at, peer);
        link.life == life && std::mem::replace(&mut link.is_open[side], false)
    }

    /// Whether the link has never been down.
    pub(crate) fn is_intact(&self, one: MemberIndex, other: MemberIndex) -> bool {
        let link = self.link(one, other);
        link.is_up && link.life == 0
    }

    /// How long an answer over the link takes at most, with a few messages before it.
    pub(crate) fn round_trip(&self, one: MemberIndex, other: MemberIndex) -> u64 {
        2 * (self.link(one, other).delay.most + 100)
    }

    /// Brings a link up, if it was down and known to be so at both ends; says which life begins.
    pub(crate) fn heal(&mut self, one: MemberIndex, other: MemberIndex) -> Option<u32> {
        let link = self.link_mut(one, other);
        if link.is_up || link.is_open != [false; 2] {
            return None;
        }
        link.is_up = true;
        link.is_open = [true; 2];
        link.life += 1;
        Some(link.life)
    }

    fn link(&self, one: MemberIndex, other: MemberIndex) -> &Link {
        &self.links[place(self.size, one, other)]
    }

    fn link_mut(&mut self, one: MemberIndex, other: MemberIndex) -> &mut Link {
        &mut self.links[place(self.size, one, other)]
    }
}

/// Every two of `size` members, in the order of links.
pub(crate) fn pairs(size: u16) -> impl Iterator<Item = (MemberIndex, MemberIndex)> {
    (0..size).flat_map(move |one| {
        (one + 1..size).map(move |other| (MemberIndex(one), MemberIndex(other)))
    })
}

/// Where the link of two members stands in the order of [`pairs`].
fn place(size: usize, one: MemberIndex, other: MemberIndex) -> usize {
    let (low, high) = (one.at().min(other.at()), one.at().max(other.at()));
    assert!(low < high && high < size, "a link has two ends");
    low * (2 * size - low - 1) / 2 + (high - low - 1)
}
