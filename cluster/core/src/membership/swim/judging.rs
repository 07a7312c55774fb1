//! When a member that does not answer is down.

use bytes::{BufMut, Bytes, BytesMut};
use foca::{Header, Incarnation, Member, Message, State, Timer, TimerToken};

use super::{Agenda, Swim, Task, Tiding, begin};
use crate::Moment;
use crate::membership::{Codec, Identity, Notice};

/// A member that this node has asked in vain.
#[derive(Debug)]
pub(super) struct Suspicion {
    member: Identity,
    /// When it began, in the time awake.
    since: Moment,
}

/// No probe has this number for long: an answer to a nudge settles no probe.
const NUDGE: u8 = 0;

impl<C: Codec> Swim<C> {
    /// A probe of a member has failed. The member hears of it before all others, so that it can
    /// say that it lives.
    pub(super) fn suspect(&mut self, now: Moment, member: Identity) {
        let since = self.pulse.awake(now);
        let is_first = !self.is_suspected(&member);
        let suspicion = Suspicion {
            member: member.clone(),
            since,
        };
        self.suspicions.push(suspicion);
        if is_first {
            let node = member.record.node.clone();
            let notice = Notice::Suspected { node };
            self.tidings.push_back(Tiding::Notice(notice));
            self.nudge_if_suspected(now, member);
        }
    }

    fn is_suspected(&self, member: &Identity) -> bool {
        let mut suspicions = self.suspicions.iter();
        suspicions.any(|suspicion| suspicion.member == *member)
    }

    /// Tells a member that it is suspected, and asks it to answer; again until it is judged.
    pub(super) fn nudge_if_suspected(&mut self, now: Moment, member: Identity) {
        if !self.is_suspected(&member) {
            return;
        }
        let packet = self.nudge(&member);
        self.tidings.push_back(Tiding::Send(member.clone(), packet));
        let again = self.pulse.awake(now) + self.terms.gossip_period;
        self.agenda.add(again, Task::Nudge(member));
    }

    /// A ping that brings the suspicion with it. The answer to it is in the name of a greater
    /// incarnation, which refutes the suspicion wherever it is heard of.
    fn nudge(&mut self, member: &Identity) -> Bytes {
        let mut members = self.foca.iter_members();
        let known = members.find(|known| known.id() == member);
        let incarnation = known.map_or(0, Member::incarnation);
        let header = Header {
            src: self.foca.identity().clone(),
            // Whoever knows a greater one of this node keeps to it.
            src_incarnation: Incarnation::MIN,
            dst: member.clone(),
            message: Message::Ping(NUDGE),
        };
        let suspect = Member::new(member.clone(), incarnation, State::Suspect);
        let mut packet = BytesMut::new();
        let encoded = self.codec.encode_header(&header, &mut packet);
        encoded.expect("there is room without end");
        packet.put_u16(1);
        let encoded = self.codec.encode_member(&suspect, &mut packet);
        encoded.expect("there is room without end");
        packet.freeze()
    }

    /// A suspected member has had its time.
    pub(super) fn judge(
        &mut self,
        now: Moment,
        member: Identity,
        incarnation: Incarnation,
        token: TimerToken,
    ) {
        let mut suspicions = self.suspicions.iter();
        let Some(at) = suspicions.position(|suspicion| suspicion.member == member) else {
            // It was settled when this node took itself for cut off.
            return;
        };
        let suspicion = self.suspicions.remove(at);
        let verdict = Timer::ChangeSuspectToDown {
            member_id: member.clone(),
            incarnation,
            token,
        };
        if self.has_answered(&suspicion) {
            if !self.is_suspected(&member) {
                let node = member.record.node;
                let notice = Notice::Acquitted { node };
                self.tidings.push_back(Tiding::Notice(notice));
            }
        } else if self.hears_others(&suspicion) {
            self.remind(now, verdict);
        } else {
            // Then this node is more likely to be the one that is cut off; until it knows, it
            // judges nobody.
            self.suspicions.insert(at, suspicion);
            let later = self.pulse.awake(now) + self.terms.probe_period;
            self.agenda.add(later, Task::Remind(verdict));
        }
    }

    fn has_answered(&self, suspicion: &Suspicion) -> bool {
        let answered = self.answered.get(&suspicion.member.record.node);
        answered.is_some_and(|at| *at > suspicion.since)
    }

    fn hears_others(&self, suspicion: &Suspicion) -> bool {
        let suspect = &suspicion.member.record.node;
        let mut others = self.heard.iter().filter(|(node, _)| *node != suspect);
        others.any(|(_, at)| *at > suspicion.since)
    }

    /// A node that has heard nobody for as long as the first suspicion takes is cut off from all:
    /// the others are down for it, but that is nothing to be told when it hears them again. It
    /// begins anew, under a name that none of them has declared down.
    pub(super) fn isolate_if_deaf(&mut self, now: Moment) {
        let patience = self.terms.suspicion + 2 * self.terms.probe_period;
        let silent = self.pulse.awake(now).since(self.last_heard);
        if self.active() == 0 || silent <= patience {
            return;
        }
        self.tidings.push_back(Tiding::Notice(Notice::Isolated));
        let members = self.foca.iter_membership_state();
        let (down, lost): (Vec<_>, Vec<_>) = members
            .cloned()
            .partition(|member| member.state() == State::Down);
        let lost = lost.iter().map(|member| Tiding::Down(member.id().clone()));
        self.tidings.extend(lost);
        let me = self.foca.identity().renewed();
        self.seed = self.seed.wrapping_add(1);
        self.foca = begin(me, &self.terms, self.seed, self.codec.clone(), &self.loads);
        self.agenda = Agenda::default();
        self.suspicions.clear();
        // Who has left stays away.
        let applied = self
            .foca
            .apply_many(down.into_iter(), false, &mut self.runtime);
        applied.expect("a member fits a packet");
        self.settle(now);
    }
}
