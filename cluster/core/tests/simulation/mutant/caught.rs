//! Every bug is caught, by the invariant that it breaks; and every invariant catches a bug.

use std::collections::BTreeSet;

use crate::invariant::Invariant;
use crate::search::violations;
use crate::theme::Theme;

use super::{Bug, Mutant, ending, launching, telling};

/// Within so many seeds a bug must show.
const SEEDS: u64 = 2_000;

/// Whether flights with that bug break the invariant.
fn assert_caught<B: Bug>(theme: Theme, invariant: Invariant) {
    let mut met = BTreeSet::new();
    for violation in violations::<Mutant<B>>(theme, 0..SEEDS) {
        if violation.invariant == invariant {
            return;
        }
        met.insert(violation.invariant);
    }
    panic!("{SEEDS} flights do not break {invariant:?}, but {met:?}");
}

macro_rules! caught {
    ($($test:ident: $bug:ty, $theme:expr, $invariant:ident;)*) => {
        $(
            #[test]
            fn $test() {
                assert_caught::<$bug>($theme, Invariant::$invariant);
            }
        )*

        /// What the bugs break.
        const BROKEN: &[Invariant] = &[$(Invariant::$invariant),*];
    };
}

caught! {
    one_attempt_too_many: launching::RunsOneTooMany, Theme::FAIR, SlotsAreRespected;
    computing_on_from_a_value_that_lost: launching::KeepsLostInputs, Theme::FAIR, SlotsAreRespected;
    a_function_launched_that_is_finished:
        launching::LaunchesTheFinished, Theme::FAIR, NothingKnownIsComputed;
    a_preempted_attempt_told_as_a_finding:
        launching::BelievesThePreempted, Theme::FAIR, ThePreemptedIsNeverBelieved;
    a_preempted_value_given_out_later: launching::ReusesThePreempted, Theme::FAIR, ReportsAreTrue;
    misstated_inputs: telling::MisstatesInputs, Theme::FAIR, ReportsAreTrue;
    invented_inputs: launching::InventsInputs, Theme::FAIR, InputsAreReal;
    an_attempt_preempted_twice: launching::PreemptsTwice, Theme::FAIR, OnlyTheLiveIsPreempted;
    one_try_too_many: launching::TriesOnceMore, Theme::FAULTS, TriesAreBounded;
    what_is_not_idempotent_run_by_all:
        launching::RepeatsTheNonIdempotent, Theme::FAIR, TheNonIdempotentRunsOnce;
    fork_join_that_speculates: launching::AlwaysSpeculates, Theme::FAIR, ForkJoinNeverSpeculates;
    a_second_seal: telling::SealsTwice, Theme::FAIR, SealsAreFinal;
    a_seal_before_its_inputs_are_sealed:
        telling::SealsTooSoon, Theme::FAIR, TheExecutionIsConsistent;
    an_answer_that_is_not_sealed: ending::AnswersUnsealed, Theme::FAIR, TheAnswerIsSealed;
    half_an_answer: ending::AnswersInPart, Theme::FAIR, TheAnswerIsSealed;
    failing_before_all_retries: launching::GivesUpEarly, Theme::FAULTS, FailuresFollowTheRules;
    failing_before_all_recruits_answered:
        launching::AwaitsNobody, Theme::FAULTS, FailuresFollowTheRules;
    faults_of_others_not_heard: telling::OverhearsFaults, Theme::FAULTS, FailuresFollowTheRules;
    a_fault_lost_in_the_verdict: ending::LosesAFault, Theme::FAULTS, FailuresFollowTheRules;
    faults_not_told: telling::HidesFaults, Theme::FAULTS, SettlesInTime;
    an_end_for_no_reason: ending::MisnamesItsEnd, Theme::FAIR, VerdictsHaveReasons;
    attempts_left_running: launching::LeavesItRunning, Theme::FAIR, TheSettledRunsNothing;
    settling_twice: ending::SettlesTwice, Theme::FAIR, SettlesOnce;
    speaking_after_the_close: ending::SpeaksAfterClosing, Theme::FAIR, CloseComesLast;
    a_lost_log: ending::LosesItsLog, Theme::FAIR, LogsAreTrue;
    waking_in_the_past: ending::WakesTooLate, Theme::FAIR, TimeoutsLieAhead;
    oversleeping: ending::Oversleeps, Theme::RECRUITS, TimeoutsLieAhead;
    newcomers_not_told_that_it_is_over: telling::KeepsItsEnd, Theme::HURRY, VerdictsSpread;
    never_closing: ending::NeverCloses, Theme::FAIR, EveryoneCloses;
    lingering_after_the_leader: ending::Lingers, Theme::FAIR, EveryoneCloses;
    outliving_the_leader: ending::OutlivesItsLeader, Theme::DECAPITATION, EveryoneCloses;
    deafness_after_settling: telling::GoesDeaf, Theme::FAIR, AllHoldTheSealed;
    newcomers_not_told_what_they_missed: telling::NeverWelcomes, Theme::FAIR, AllHoldTheSealed;
    a_healed_link_forgotten: telling::ForgetsHealedLinks, Theme::LINKS, HealedLinksCatchUp;
    not_asking_for_what_is_missing: telling::JoinsOnlyOnce, Theme::LINKS, AllHoldTheSealed;
    newcomers_not_told_who_is_out: telling::ForgetsWhoIsOut, Theme::RECRUITS, SettlesInTime;
    findings_of_the_lost_kept_from_the_leader: telling::KeepsBequests, Theme::STORM, SettlesInTime;
    leaving_silently: telling::LeavesSilently, Theme::LEAVERS, SettlesInTime;
}

#[test]
fn every_invariant_catches_a_bug() {
    let idle: Vec<_> = Invariant::ALL
        .iter()
        .filter(|i| !BROKEN.contains(i))
        .collect();
    assert!(idle.is_empty(), "no bug breaks {idle:?}");
}
