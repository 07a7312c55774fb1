//! What is counted of a node but its transport and its mail, and under which names.

use metrics::Unit;

use super::metric::{DURATIONS_S, Label, MOMENTS_S, Metric};

pub(super) const BUILD: &str = "raptor_build_info";
pub(super) const START_SECONDS: &str = "raptor_start_time_seconds";
pub(super) const DRAINING: &str = "raptor_draining";
pub(super) const FLIGHTS: &str = "raptor_flights_total";
pub(super) const FLIGHT_SECONDS: &str = "raptor_flight_seconds";
pub(super) const UNDERWAY: &str = "raptor_flights_underway";
pub(super) const ADMISSIONS: &str = "raptor_flights_admitted_total";
pub(super) const REFUSALS: &str = "raptor_flights_refused_total";
pub(super) const SHORT_HANDED: &str = "raptor_flights_short_handed_total";
pub(super) const RECRUITS_MISSED: &str = "raptor_recruits_missed_total";
pub(super) const ATTEMPTS: &str = "raptor_attempts_total";
pub(super) const ATTEMPT_SECONDS: &str = "raptor_attempt_seconds";
pub(super) const QUEUED: &str = "raptor_attempts_queued";
pub(super) const SLOTS: &str = "raptor_slots";
pub(super) const SLOTS_USED: &str = "raptor_slots_used";
pub(super) const WARM: &str = "raptor_warm_processes";
pub(super) const PREEMPTIONS: &str = "raptor_preemptions_total";
pub(super) const PREEMPTION_SECONDS: &str = "raptor_preemption_seconds";
pub(super) const WASTED_SECONDS: &str = "raptor_wasted_seconds";
pub(super) const MEMBERS: &str = "raptor_members";
pub(super) const MEMBERS_UP: &str = "raptor_members_up";
pub(super) const PROBES: &str = "raptor_member_probes_total";
pub(super) const SUSPICIONS: &str = "raptor_member_suspicions_total";
pub(super) const STARVED_SECONDS: &str = "raptor_starved_seconds";
pub(super) const GOSSIP_BYTES: &str = "raptor_gossip_bytes_total";

const ROLE: Label = Label::new("role", "`leader`, `follower`");
const POLICY: Label = Label::new("policy", "`flight`, `fork_join`");
const VERDICT: Label = Label::new(
    "verdict",
    "`landed`, `failed`, `timed_out`, `cancelled`, `abandoned`",
);
const OUTCOME: Label = Label::new("outcome", "`value`, `fault`, `preempted`, `cancelled`");
const CAUSE: Label = Label::new("cause", "`straggler`, `lost_input`, `settled`");
const MISS: Label = Label::new("cause", "`declined`, `lost`, `late`");
const STATE: Label = Label::new("state", "`up`, `suspected`, `down`");
const MEMBER_ZONE: Label = Label::new("member_zone", "a zone of which nodes are known");
const SUSPICION: Label = Label::new("outcome", "`suspected`, `acquitted`");
const DIRECTION: Label = Label::new("direction", "`sent`, `received`");

/// The metrics of a node itself.
pub(super) const NODE_METRICS: &[Metric] = &[
    Metric::gauge(BUILD, "Always 1: what runs here, in its labels")
        .with(&[Label::new("version", "of `raptor-cluster`")]),
    Metric::gauge(START_SECONDS, "When the node began, since 1970").in_unit(Unit::Seconds),
    Metric::gauge(
        DRAINING,
        "Whether the node admits no flight any more, because it is about to leave: 0 or 1",
    ),
];

/// The metrics of flights.
pub(super) const FLIGHT_METRICS: &[Metric] = &[
    Metric::counter(
        FLIGHTS,
        "Flights that were decided here, as each member saw it",
    )
    .with(&[POLICY, ROLE, VERDICT]),
    Metric::seconds(
        FLIGHT_SECONDS,
        DURATIONS_S,
        "From the beginning of a flight on its leader to the verdict",
    )
    .with(&[POLICY, VERDICT]),
    Metric::gauge(UNDERWAY, "Flights in which this node takes part now").with(&[ROLE]),
    Metric::counter(ADMISSIONS, "Flights that were admitted").with(&[ROLE]),
    Metric::counter(REFUSALS, "Flights that were refused"),
    Metric::counter(
        SHORT_HANDED,
        "Flights that began with fewer members than they wanted, for want of nodes",
    ),
    Metric::counter(RECRUITS_MISSED, "Members that did not join").with(&[MISS]),
];

/// The metrics of attempts, and of what they run in.
pub(super) const ATTEMPT_METRICS: &[Metric] = &[
    Metric::counter(ATTEMPTS, "Attempts that ended here").with(&[OUTCOME]),
    Metric::seconds(
        ATTEMPT_SECONDS,
        DURATIONS_S,
        "From the launch of an attempt to its end",
    )
    .with(&[OUTCOME]),
    Metric::counter(PREEMPTIONS, "Attempts that were told to stop").with(&[CAUSE]),
    Metric::seconds(
        PREEMPTION_SECONDS,
        MOMENTS_S,
        "From the order to stop an attempt to its end",
    ),
    Metric::seconds(
        WASTED_SECONDS,
        DURATIONS_S,
        "How long attempts ran that were stopped: the price of speculation",
    ),
    Metric::gauge(
        SLOTS,
        "How much may run at once: the sum of attempts' weights",
    ),
    Metric::gauge(SLOTS_USED, "How much runs now"),
    Metric::gauge(QUEUED, "Attempts that wait for slots"),
    Metric::gauge(
        WARM,
        "Processes that wait for their attempts with their files loaded",
    ),
];

/// The metrics of the membership.
pub(super) const MEMBER_METRICS: &[Metric] = &[
    Metric::gauge(
        MEMBERS,
        "Other nodes, as this one sees them; the suspected ones are among those up",
    )
    .with(&[STATE]),
    Metric::gauge(
        MEMBERS_UP,
        "Nodes that are up, as this one sees it: by zone, and this one among them",
    )
    .with(&[MEMBER_ZONE]),
    Metric::counter(PROBES, "Nodes that were asked whether they live"),
    Metric::counter(
        SUSPICIONS,
        "Nodes that did not answer, by what came of it: suspected, and of those acquitted",
    )
    .with(&[SUSPICION]),
    Metric::seconds(
        STARVED_SECONDS,
        DURATIONS_S,
        "For how long the node was kept from its processor",
    ),
    Metric::counter(GOSSIP_BYTES, "Bytes of gossip")
        .in_unit(Unit::Bytes)
        .with(&[DIRECTION]),
];
