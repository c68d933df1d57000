//! What is shown by simulation.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use super::{
    bugs::Bug,
    laws::Law,
    model::{Connection, Model},
    trace::Event,
    world::{EVERYTHING, Plan, Report, run},
};
use crate::inbox::suite;

/// How many seeds are looked at unless `SEEDS` says otherwise.
const SEEDS: u64 = 300;

/// How many lines of the trace of a run are shown that breaks a law.
const LINES: usize = 60;

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("`{name}` is a number, not `{value}`")))
}

/// Runs plans until one breaks a law, on all processors; gives the first of those that did, and how often each sort of
/// thing happened.
fn first_that_breaks_a_law(
    plans: Range<u64>,
    plan: impl Fn(u64) -> Plan + Sync,
) -> (Option<(u64, Report)>, BTreeMap<&'static str, usize>) {
    let next = AtomicU64::new(plans.start);
    let found = Mutex::new((BTreeMap::new(), BTreeMap::new()));
    let look = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= plans.end {
                break;
            }
            let report = run(plan(number));
            let (broken, names) = &mut *found.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, times) in &report.names {
                *names.entry(*name).or_default() += times;
            }
            if report.violation.is_some() {
                next.store(plans.end, Ordering::Relaxed);
                broken.insert(number, report);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(look);
        }
    });
    let (mut broken, names) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    (broken.pop_first(), names)
}

#[tokio::test]
async fn the_model_does_what_every_store_must() {
    suite::run(async |clock| {
        let model = Model::new(Arc::new(clock), None, None);
        Arc::new(Connection::new(Arc::new(model), Arc::default())) as _
    })
    .await;
}

#[test]
fn no_law_is_broken() {
    if let Some(seed) = from_environment("SEED") {
        let report = run(Plan { seed, lines: EVERYTHING, ..Plan::default() });
        #[expect(clippy::print_stdout, reason = "it was asked for")]
        {
            println!("{}", report.trace);
        }
        return if let Some(violation) = report.violation {
            panic!("seed {seed} breaks a law: {violation}")
        };
    }
    let seeds = from_environment("SEEDS").unwrap_or(SEEDS);
    assert!(seeds > 0, "`SEEDS=0` looks at nothing");
    let plan = |seed| Plan { seed, lines: LINES, ..Plan::default() };
    let (broken, names) = first_that_breaks_a_law(1..seeds + 1, plan);
    if let Some((seed, Report { violation: Some(violation), trace, .. })) = broken {
        panic!(
            "{trace}\nseed {seed} breaks a law: {violation}\nagain: SEED={seed} cargo test -p switchhook \
             --features sqlite,testing simulation::tests::no_law -- --nocapture"
        );
    }
    let missing: Vec<_> = Event::NAMES.iter().filter(|name| !names.contains_key(*name)).collect();
    assert!(seeds < SEEDS || missing.is_empty(), "never happened: {missing:?} {names:?}");
}

#[test]
fn a_process_may_end_at_any_await() {
    for poll in 1.. {
        let report = run(Plan { seed: 1, crash: Some(poll), lines: LINES, ..Plan::default() });
        if let Report { violation: Some(violation), trace, .. } = report {
            panic!("{trace}\nended at poll {poll}, it breaks a law: {violation}");
        }
        if report.survivors > 0 {
            assert!(poll > 100, "it does something");
            break;
        }
    }
}

#[test]
fn a_seed_means_one_run() {
    for seed in 1..20 {
        let plan = Plan { seed, lines: EVERYTHING, ..Plan::default() };
        let [first, second] = [(); 2].map(|()| run(plan).trace);
        assert!(first.lines().count() > 10, "seed {seed} does something");
        assert!(first == second, "seed {seed} does the same");
    }
}

/// The law that is found broken first, in so many seeds.
fn law_broken_by(bug: Bug) -> Option<Law> {
    let plan = |seed| Plan { seed, bug: Some(bug), ..Plan::default() };
    let (broken, _) = first_that_breaks_a_law(1..201, plan);
    Some(broken?.1.violation?.law)
}

#[test]
fn a_missing_fence_is_found() {
    // Who has lost the lease ends another's attempt, and the lane goes on while that one runs.
    assert_eq!(law_broken_by(Bug::NoFence), Some(Law::LanesKeepOrder));
}

#[test]
fn an_answer_before_the_commit_is_found() {
    assert_eq!(law_broken_by(Bug::AckBeforeCommit), Some(Law::DurableFirst));
}

#[test]
fn a_lane_that_skips_is_found() {
    assert_eq!(law_broken_by(Bug::LaneSkips), Some(Law::LanesKeepOrder));
}

#[test]
fn a_hint_that_is_dropped_for_one_that_runs_is_found() {
    assert_eq!(law_broken_by(Bug::CoalescesIntoRunning), Some(Law::HintsAreSeen));
}

#[test]
fn a_lease_that_is_cut_short_is_found() {
    assert_eq!(law_broken_by(Bug::LeaseCutShort), Some(Law::OneAtATime));
}

#[test]
fn effects_that_outlive_a_lost_lease_are_found() {
    assert_eq!(law_broken_by(Bug::EffectsWithoutMark), Some(Law::EffectsOnce));
}

#[test]
fn a_panic_beside_the_processes_is_found() {
    assert_eq!(law_broken_by(Bug::ReplayPanics), Some(Law::NothingPanics));
}

#[test]
fn a_panic_of_the_run_itself_is_told_with_its_seed() {
    let plan = |seed| Plan { seed, bug: Some(Bug::CountPanics), lines: LINES, ..Plan::default() };
    let (broken, _) = first_that_breaks_a_law(7..8, plan);
    let (seed, Report { violation, trace, .. }) = broken.unwrap();
    assert_eq!(seed, 7);
    assert_eq!(violation.unwrap().to_string(), "NothingPanics: the run has panicked: put in by hand");
    assert!(trace.lines().count() > 10, "what happened before is shown: {trace}");
}
