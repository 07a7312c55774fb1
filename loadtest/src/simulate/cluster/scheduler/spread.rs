//! Functions sent to servers as soon as they are ready: fork-join, copies, hedges.

use std::time::Duration;

use rand::RngExt;
use raptor_core::FunctionIndex;

use super::home::{CourseKey, Courses, HomeDue, Homes, Task, Way};
use crate::simulate::cluster::Cluster;
use crate::simulate::cluster::copies::CopyKey;
use crate::simulate::cluster::layout::ServerId;

/// Sends out what is ready at once.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    /// Where to.
    pub(crate) choice: Choice,
    /// How many copies of each.
    pub(crate) copies: u32,
    /// When one more copy is sent out of what has not ended.
    pub(crate) hedge: Option<Duration>,
}

/// Where copies are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// By chance; what is sent out together goes to different servers, if there are so many.
    Random,
    /// To one server after the other, over all workflows.
    InTurn {
        /// Whose turn it is.
        next: u32,
    },
}

/// It is time to send out one more copy.
#[derive(Debug)]
pub(crate) struct HedgeDue(Task);

impl Choice {
    pub(super) fn choose<W: Way>(
        &mut self,
        cluster: &mut Cluster<Homes<W>>,
        count: usize,
    ) -> Vec<ServerId> {
        let servers = cluster.layout.servers;
        match self {
            Self::Random if count > 1 && count <= servers as usize => {
                let places = rand::seq::index::sample(cluster.places(), servers as usize, count);
                places.into_iter().map(|at| ServerId(at as u32)).collect()
            }
            Self::Random => {
                let mut any = || ServerId(cluster.places().random_range(0..servers));
                (0..count).map(|_| any()).collect()
            }
            Self::InTurn { next } => {
                let first = *next;
                *next = (first + count as u32) % servers;
                let turns = (0..count as u32).map(|step| (first + step) % servers);
                turns.map(ServerId).collect()
            }
        }
    }
}

impl Way for Spread {
    type Due = HedgeDue;

    fn place(
        &mut self,
        cluster: &mut Cluster<Homes<Self>>,
        courses: &mut Courses,
        key: CourseKey,
        ready: &[FunctionIndex],
    ) {
        let course = &mut courses[key];
        let copies = self.copies as usize;
        let fits = ready.len() * copies <= cluster.layout.servers as usize;
        let mut servers = if fits {
            self.choice.choose(cluster, ready.len() * copies)
        } else {
            // Then at least the copies of each function are apart.
            let each = ready.iter();
            each.flat_map(|_| self.choice.choose(cluster, copies))
                .collect()
        };
        for &function in ready {
            let errand = course.errand(key, function);
            // What must not run twice is sent out once.
            let may_race = cluster.workload.manifest.function(function).idempotent;
            for copy in 0..self.copies {
                let Some(server) = servers.pop() else { break };
                if copy == 0 || may_race {
                    let copy = cluster.send(course.home(), server, errand);
                    course.live.push((function, copy));
                }
            }
            if let Some(after) = self.hedge.filter(|_| may_race) {
                cluster.later(after, HomeDue::Way(HedgeDue(errand.job)));
            }
        }
    }

    fn on_turn(&mut self, _: &mut Cluster<Homes<Self>>, _: CopyKey) {
        unreachable!("it sends no tickets");
    }

    /// Sends another copy elsewhere, if the one before is still awaited.
    fn on_due(
        &mut self,
        cluster: &mut Cluster<Homes<Self>>,
        courses: &mut Courses,
        HedgeDue(task): HedgeDue,
    ) {
        let Some(course) = courses.get_mut(task.course) else {
            return;
        };
        let copies: Vec<_> = course.copies(task.function).collect();
        if course.is_done(task.function) || copies.len() != 1 {
            return;
        }
        let taken = cluster.look_up(copies[0]).map(|(_, server)| server);
        let Some(server) = another(cluster, taken) else {
            return;
        };
        let errand = course.errand(task.course, task.function);
        let copy = cluster.send(course.home(), server, errand);
        course.live.push((task.function, copy));
    }
}

/// A server by chance, but not the one that is taken.
fn another(cluster: &mut Cluster<Homes<Spread>>, taken: Option<ServerId>) -> Option<ServerId> {
    let servers = cluster.layout.servers;
    let Some(ServerId(taken)) = taken else {
        return Some(ServerId(cluster.places().random_range(0..servers)));
    };
    if servers == 1 {
        return None;
    }
    let lot = cluster.places().random_range(0..servers - 1);
    Some(ServerId(if lot < taken { lot } else { lot + 1 }))
}
