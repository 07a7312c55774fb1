//! Workflows that are led from one server, their home: it sends out what is ready, hears of the
//! outcomes, and knows what is ready then.

use std::fmt::Debug;

use rand::RngExt;
use raptor_core::{FunctionIndex, Moment};
use slotmap::SlotMap;

use super::Dispatcher;
use crate::flying::End;
use crate::simulate::cluster::Cluster;
use crate::simulate::cluster::copies::{CopyKey, Ended, Errand};
use crate::simulate::cluster::layout::ServerId;
use crate::simulate::cluster::workload::Workload;

slotmap::new_key_type! {
    /// A workflow under way. Never used twice.
    pub(crate) struct CourseKey;
}

/// Every workflow under way.
pub(crate) type Courses = SlotMap<CourseKey, Course>;

/// A function of a workflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    /// Of which workflow, if that is still under way.
    pub(crate) course: CourseKey,
    /// Where its outcome is awaited.
    pub(crate) home: ServerId,
    /// Which function.
    pub(crate) function: FunctionIndex,
}

/// How functions that are ready get to servers.
pub(crate) trait Way: Sized {
    /// What it waits for.
    type Due: Debug;

    /// Sends out functions that have become ready together.
    fn place(
        &mut self,
        cluster: &mut Cluster<Homes<Self>>,
        courses: &mut Courses,
        key: CourseKey,
        ready: &[FunctionIndex],
    );

    /// The turn of a ticket of its own has come.
    fn on_turn(&mut self, cluster: &mut Cluster<Homes<Self>>, ticket: CopyKey);

    /// What it waited for.
    fn on_due(&mut self, cluster: &mut Cluster<Homes<Self>>, courses: &mut Courses, due: Self::Due);
}

/// Workflows led from their homes, each on a server by chance.
pub(crate) struct Homes<W> {
    way: W,
    courses: Courses,
    /// How every workflow begins.
    beginning: Vec<Standing>,
    first: Vec<FunctionIndex>,
}

/// One workflow under way, as its home knows it.
#[derive(Debug)]
pub(crate) struct Course {
    number: u32,
    home: ServerId,
    arrived: Moment,
    /// By function.
    standings: Vec<Standing>,
    /// What was sent out and has not been heard of, by function.
    pub(crate) live: Vec<(FunctionIndex, CopyKey)>,
    /// What is ready and not yet bound to a server.
    pub(crate) unbound: Vec<FunctionIndex>,
    /// How many functions have no value.
    left: usize,
}

#[derive(Clone, Copy, Debug)]
struct Standing {
    /// How many of its dependencies have no value.
    unmet: usize,
    /// How often it was sent out.
    rounds: u32,
    is_done: bool,
}

/// What a home waits for.
#[derive(Debug)]
pub(crate) enum HomeDue<D> {
    /// The news of an end.
    Heard(Task, CopyKey, End),
    /// What the way waits for.
    Way(D),
}

impl<W: Way> Homes<W> {
    /// Nothing has arrived.
    pub(crate) fn new(way: W, workload: &Workload) -> Self {
        let manifest = &workload.manifest;
        let standing = |unmet| Standing {
            unmet,
            rounds: 0,
            is_done: false,
        };
        let unmet = manifest.functions().iter().map(|f| f.depends.len());
        let ready = |at: &FunctionIndex| manifest.function(*at).depends.is_empty();
        Self {
            way,
            courses: SlotMap::with_key(),
            beginning: unmet.map(standing).collect(),
            first: manifest.indices().filter(ready).collect(),
        }
    }

    fn place(&mut self, cluster: &mut Cluster<Self>, key: CourseKey, ready: &[FunctionIndex]) {
        if let Some(course) = self.courses.get_mut(key) {
            for function in ready {
                course.standings[function.at()].rounds += 1;
            }
            self.way.place(cluster, &mut self.courses, key, ready);
        }
    }

    fn on_heard(&mut self, cluster: &mut Cluster<Self>, task: Task, copy: CopyKey, end: End) {
        let Some(course) = self.courses.get_mut(task.course) else {
            return;
        };
        course.live.retain(|(_, live)| *live != copy);
        if course.is_done(task.function) {
            return;
        }
        match end {
            End::Value => self.on_value(cluster, task),
            End::Fault => self.on_fault(cluster, task),
            End::Stopped => {}
        }
    }

    fn on_value(&mut self, cluster: &mut Cluster<Self>, task: Task) {
        let Task { course: key, .. } = task;
        let course = &mut self.courses[key];
        course.cancel(cluster, |function| function == task.function);
        course.standings[task.function.at()].is_done = true;
        course.left -= 1;
        if course.left == 0 {
            return self.end(cluster, key, true);
        }
        let manifest = &cluster.workload.manifest;
        let mut ready = manifest.dependents(task.function).to_vec();
        ready.retain(|heir| {
            let heir = &mut course.standings[heir.at()];
            heir.unmet -= 1;
            heir.unmet == 0
        });
        if !ready.is_empty() {
            self.place(cluster, key, &ready);
        }
    }

    /// A function is tried again, as often as its manifest says, once no copy of it is left.
    fn on_fault(&mut self, cluster: &mut Cluster<Self>, task: Task) {
        let course = &self.courses[task.course];
        if course.copies(task.function).next().is_some() {
            return;
        }
        let terms = cluster.workload.manifest.function(task.function);
        let retries = if terms.idempotent { terms.retries } else { 0 };
        if course.standings[task.function.at()].rounds <= retries {
            self.place(cluster, task.course, &[task.function]);
        } else {
            self.end(cluster, task.course, false);
        }
    }

    fn end(&mut self, cluster: &mut Cluster<Self>, key: CourseKey, has_landed: bool) {
        if let Some(course) = self.courses.remove(key) {
            course.cancel(cluster, |_| true);
            let now = cluster.now();
            let took = now.since(course.arrived);
            cluster.tally.on_finished(course.number, took, has_landed);
        }
    }
}

impl Course {
    /// What a copy of one of its functions is sent as.
    pub(crate) fn errand(&self, key: CourseKey, function: FunctionIndex) -> Errand<Task> {
        Errand {
            job: Task {
                course: key,
                home: self.home,
                function,
            },
            number: self.number,
            function,
        }
    }

    /// Where it is led from.
    pub(crate) fn home(&self) -> ServerId {
        self.home
    }

    /// Whether a function has a value.
    pub(crate) fn is_done(&self, function: FunctionIndex) -> bool {
        self.standings[function.at()].is_done
    }

    /// The copies of a function that have not been heard of.
    pub(crate) fn copies(&self, function: FunctionIndex) -> impl Iterator<Item = CopyKey> {
        let live = self.live.iter();
        live.filter(move |(of, _)| *of == function)
            .map(|(_, copy)| *copy)
    }

    fn cancel<W: Way>(
        &self,
        cluster: &mut Cluster<Homes<W>>,
        is_meant: impl Fn(FunctionIndex) -> bool,
    ) {
        for (function, copy) in &self.live {
            if is_meant(*function) {
                cluster.cancel(self.home, *copy);
            }
        }
    }
}

impl<W: Way> Dispatcher for Homes<W> {
    type Job = Task;
    type Due = HomeDue<W::Due>;

    fn on_arrival(&mut self, cluster: &mut Cluster<Self>, number: u32) {
        let servers = cluster.layout.servers;
        let home = ServerId(cluster.places().random_range(0..servers));
        let key = self.courses.insert(Course {
            number,
            home,
            arrived: cluster.now(),
            standings: self.beginning.clone(),
            live: Vec::with_capacity(self.beginning.len()),
            unbound: Vec::new(),
            left: self.beginning.len(),
        });
        let first = std::mem::take(&mut self.first);
        self.place(cluster, key, &first);
        self.first = first;
    }

    fn on_ended(&mut self, cluster: &mut Cluster<Self>, ended: Ended<Task>) {
        let Ended {
            key,
            job,
            server,
            end,
            ..
        } = ended;
        match cluster.layout.delay(server, job.home) {
            delay if delay.is_zero() => self.on_heard(cluster, job, key, end),
            delay => cluster.later(delay, HomeDue::Heard(job, key, end)),
        }
    }

    fn on_turn(&mut self, cluster: &mut Cluster<Self>, ticket: CopyKey) {
        self.way.on_turn(cluster, ticket);
    }

    fn on_due(&mut self, cluster: &mut Cluster<Self>, due: Self::Due) {
        match due {
            HomeDue::Heard(task, copy, end) => self.on_heard(cluster, task, copy, end),
            HomeDue::Way(due) => self.way.on_due(cluster, &mut self.courses, due),
        }
    }
}
