//! Merging is a join: whatever the order, repetition and grouping of reports, a member ends with
//! the same progress.

use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use raptor_core::flight::{Charter, Event, Finding, Flight, Outcome, Policy, Progress, Report};
use raptor_core::manifest::Manifest;
use raptor_core::{
    AttemptId, Digest, FaultKind, FlightId, FunctionIndex, MemberIndex, Moment, Value,
};

/// Reports to be told, by their place, and whether each is told in a welcome.
type Script = Vec<(usize, bool)>;

/// Who listens; the members 0, 2 and 3 talk.
const LISTENER: MemberIndex = MemberIndex(1);
const SIZE: u16 = 4;

/// The making of one function: what it needs of those before it, what its attempts found, and which
/// finding is sealed.
#[derive(Clone, Debug)]
struct Making {
    needs: u8,
    findings: Vec<FindingMaking>,
    sealed: Option<Index>,
}

#[derive(Clone, Debug)]
struct FindingMaking {
    by: MemberIndex,
    /// One of few, so that attempts agree now and then. None is a fault.
    value: Option<u8>,
    inputs: Index,
}

/// What there is to tell of a flight.
#[derive(Clone, Debug)]
struct News {
    manifest: Arc<Manifest>,
    /// Each report with who may tell it.
    reports: Vec<(MemberIndex, Report)>,
}

fn finding_making() -> impl Strategy<Value = FindingMaking> {
    let by = prop::sample::select(vec![MemberIndex(0), MemberIndex(2), MemberIndex(3)]);
    (by, prop::option::weighted(0.8, 0..3_u8), any::<Index>())
        .prop_map(|(by, value, inputs)| FindingMaking { by, value, inputs })
}

fn making() -> impl Strategy<Value = Making> {
    let sealed = prop::option::weighted(0.7, any::<Index>());
    (any::<u8>(), vec(finding_making(), 0..5), sealed).prop_map(|(needs, findings, sealed)| {
        Making {
            needs,
            findings,
            sealed,
        }
    })
}

/// News that tell the truth: what was computed was computed from what some attempt gave, and what
/// is sealed was computed from what is sealed.
fn news() -> impl Strategy<Value = News> {
    vec(making(), 1..6).prop_map(|makings| {
        let depends: Vec<Vec<usize>> = (makings.iter().enumerate())
            .map(|(at, making)| {
                (0..at)
                    .filter(|need| making.needs & (1 << need) != 0)
                    .collect()
            })
            .collect();
        let rows: Vec<&[usize]> = depends.iter().map(Vec::as_slice).collect();
        let manifest = Manifest::from_depends(&rows).with_flight_size(SIZE);
        let mut telling = Telling::default();
        for (function, making) in manifest.indices().zip(&makings) {
            telling.tell(function, &depends[function.at()], making);
        }
        News {
            manifest: Arc::new(manifest),
            reports: telling.reports,
        }
    })
}

#[derive(Default)]
struct Telling {
    reports: Vec<(MemberIndex, Report)>,
    given: Vec<Vec<Digest>>,
    sealed: Vec<Option<Digest>>,
}

impl Telling {
    fn tell(&mut self, function: FunctionIndex, needs: &[usize], making: &Making) {
        let mut given = Vec::new();
        let mut sealable = Vec::new();
        for made in &making.findings {
            let Some(inputs) = self.inputs(needs, made) else {
                continue;
            };
            let number = self.reports.len() as u32;
            let attempt = AttemptId {
                member: made.by,
                number,
            };
            let outcome = match made.value {
                Some(variant) => {
                    let value = Value::new(format!(r#"{{"of":{},"is":{variant}}}"#, function.0));
                    given.push(value.digest());
                    let final_inputs = inputs.iter().copied().map(Some);
                    if needs.iter().map(|need| self.sealed[*need]).eq(final_inputs) {
                        sealable.push((attempt, value.digest()));
                    }
                    Outcome::Value(value)
                }
                None => Outcome::Fault(FaultKind::Exited(1).into()),
            };
            let finding = Finding {
                attempt,
                function,
                inputs,
                outcome,
            };
            self.reports.push((made.by, Report::Finished(finding)));
        }
        let seal = making.sealed.filter(|_| !sealable.is_empty());
        let seal = seal.map(|index| *index.get(&sealable));
        if let Some((attempt, digest)) = seal {
            let report = Report::Sealed {
                function,
                attempt,
                digest,
            };
            self.reports.push((MemberIndex::LEADER, report));
        }
        self.given.push(given);
        self.sealed.push(seal.map(|(_, digest)| digest));
    }

    /// Some value of each function that is needed, if each has one.
    fn inputs(&self, needs: &[usize], made: &FindingMaking) -> Option<Vec<Digest>> {
        let of = |need: &usize| {
            let given = &self.given[*need];
            (!given.is_empty()).then(|| *made.inputs.get(given))
        };
        needs.iter().map(of).collect()
    }
}

/// All news at least once, in some order, some of them again; each alone or in a welcome.
fn script(count: usize) -> impl Strategy<Value = Script> {
    vec(any::<Index>(), 0..8)
        .prop_map(move |again| {
            let again = again
                .iter()
                .filter(|_| count > 0)
                .map(|index| index.index(count));
            (0..count).chain(again).collect::<Vec<_>>()
        })
        .prop_shuffle()
        .prop_flat_map(|order| {
            let count = order.len();
            vec(any::<bool>(), count)
                .prop_map(move |grouped| order.iter().copied().zip(grouped).collect())
        })
}

fn news_and_scripts() -> impl Strategy<Value = (News, Script, Script)> {
    news().prop_flat_map(|news| {
        let count = news.reports.len();
        (Just(news), script(count), script(count))
    })
}

struct Listener(Flight);

impl Listener {
    fn new(manifest: &Arc<Manifest>) -> Self {
        let mut listener = Self(Flight::new(Charter {
            flight: FlightId(1),
            me: LISTENER,
            size: SIZE,
            manifest: Arc::clone(manifest),
            policy: Policy::Flight,
            slots: 1,
            deadline: Moment::NEVER,
            join_timeout: Duration::from_secs(1),
            debrief_timeout: Duration::from_secs(1),
        }));
        listener.hear(Event::Begin);
        listener
    }

    fn hear(&mut self, event: Event) {
        self.0.handle(Moment::default(), event);
        while self.0.poll_command().is_some() {}
    }

    /// Hears the news in that order. What is marked comes together with all the same member's news
    /// that are marked and follow at once.
    fn hear_all(&mut self, news: &News, script: &[(usize, bool)]) {
        let mut welcome: Option<(MemberIndex, Vec<Report>)> = None;
        for &(at, is_grouped) in script {
            let (from, report) = news.reports[at].clone();
            match &mut welcome {
                Some((by, reports)) if is_grouped && *by == from => reports.push(report),
                _ => {
                    self.hear_welcome(welcome.take());
                    if is_grouped {
                        welcome = Some((from, vec![report]));
                    } else {
                        self.hear(Event::PeerReported { from, report });
                    }
                }
            }
        }
        self.hear_welcome(welcome);
    }

    fn hear_welcome(&mut self, welcome: Option<(MemberIndex, Vec<Report>)>) {
        if let Some((from, reports)) = welcome {
            self.hear(Event::Welcomed { from, reports });
        }
    }
}

fn progress_after(news: &News, script: &[(usize, bool)]) -> Progress {
    let mut listener = Listener::new(&news.manifest);
    listener.hear_all(news, script);
    listener.0.progress().clone()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn order_repetition_and_grouping_of_reports_do_not_matter(
        (news, one, other) in news_and_scripts()
    ) {
        prop_assert_eq!(progress_after(&news, &one), progress_after(&news, &other));
    }

    #[test]
    fn hearing_everything_again_changes_nothing((news, one, other) in news_and_scripts()) {
        let mut listener = Listener::new(&news.manifest);
        listener.hear_all(&news, &one);
        let before = listener.0.progress().clone();
        listener.hear_all(&news, &other);
        prop_assert_eq!(listener.0.progress(), &before);
    }

    #[test]
    fn what_is_sealed_is_held_whatever_was_heard_first((news, one, _) in news_and_scripts()) {
        let progress = progress_after(&news, &one);
        for (_, report) in &news.reports {
            if let Report::Sealed { function, digest, .. } = report {
                prop_assert_eq!(progress.sealed_digest(*function), Some(*digest));
                let held = progress.value(*function).map(Value::digest);
                prop_assert_eq!(held, Some(*digest));
            }
        }
    }
}
