//! Batch sampling with late binding.

use raptor_core::FunctionIndex;

use super::home::{CourseKey, Courses, HomeDue, Homes, Task, Way};
use super::spread::Choice;
use crate::simulate::cluster::Cluster;
use crate::simulate::cluster::copies::CopyKey;

/// Probes queue in the functions' place. A server whose probe comes to the head of its queue asks
/// the workflow's home for a function, and waits for the answer with a slot of its own: the homes
/// that have none left say so (section 3.3 of the paper; it cancels no probes ahead of that). A
/// probe waits for as many slots as its function takes, and gets one that takes as many.
#[derive(Clone, Debug)]
pub(crate) struct Sparrow {
    /// Probes per function.
    pub(crate) probes: u32,
}

/// What is under way between servers and homes.
#[derive(Debug)]
pub(crate) enum SparrowDue {
    /// A server asks the home what to run.
    Asked(CopyKey),
    /// The home answers: a function, or that none is left.
    Answered(CopyKey, Option<FunctionIndex>),
}

impl Way for Sparrow {
    type Due = SparrowDue;

    fn place(
        &mut self,
        cluster: &mut Cluster<Homes<Self>>,
        courses: &mut Courses,
        key: CourseKey,
        ready: &[FunctionIndex],
    ) {
        let course = &mut courses[key];
        course.unbound.extend(ready.iter().rev());
        let probes = ready.len() * self.probes as usize;
        let servers = Choice::Random.choose(cluster, probes);
        for (server, function) in servers.into_iter().zip(ready.iter().cycle()) {
            let errand = course.errand(key, *function);
            cluster.send_ticket(course.home(), server, errand);
        }
    }

    fn on_turn(&mut self, cluster: &mut Cluster<Homes<Self>>, ticket: CopyKey) {
        if let Some((task, server)) = cluster.look_up(ticket) {
            let delay = cluster.layout.delay(server, task.home);
            cluster.later(delay, HomeDue::Way(SparrowDue::Asked(ticket)));
        }
    }

    fn on_due(
        &mut self,
        cluster: &mut Cluster<Homes<Self>>,
        courses: &mut Courses,
        due: SparrowDue,
    ) {
        match due {
            SparrowDue::Asked(ticket) => on_asked(cluster, courses, ticket),
            SparrowDue::Answered(ticket, function) => {
                on_answered(cluster, courses, ticket, function);
            }
        }
    }
}

fn on_asked(cluster: &mut Cluster<Homes<Sparrow>>, courses: &mut Courses, ticket: CopyKey) {
    let Some((task, server)) = cluster.look_up(ticket) else {
        return;
    };
    let course = courses.get_mut(task.course);
    let weight = cluster.weight(task.function);
    let function = course.and_then(|course| {
        let fits = |function: &FunctionIndex| cluster.weight(*function) == weight;
        let function = course.unbound.iter().rposition(fits)?;
        let function = course.unbound.remove(function);
        course.live.push((function, ticket));
        Some(function)
    });
    let delay = cluster.layout.delay(task.home, server);
    cluster.later(delay, HomeDue::Way(SparrowDue::Answered(ticket, function)));
}

/// The workflow may have failed since the answer was sent.
fn on_answered(
    cluster: &mut Cluster<Homes<Sparrow>>,
    courses: &Courses,
    ticket: CopyKey,
    function: Option<FunctionIndex>,
) {
    let Some((task, _)) = cluster.look_up(ticket) else {
        return;
    };
    match function.filter(|_| courses.contains_key(task.course)) {
        Some(function) => cluster.bind(ticket, Task { function, ..task }, function),
        None => cluster.give_back(ticket),
    }
}
