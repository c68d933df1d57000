//! What is shown by simulation.

use std::{
    collections::BTreeMap,
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
    world::{EVERYTHING, Report, run},
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

/// Runs seeds until one breaks a law, on all processors; gives the first of those that did.
fn first_that_breaks_a_law(seeds: u64, bug: Option<Bug>) -> Option<(u64, Report)> {
    let next = AtomicU64::new(1);
    let broken = Mutex::new(BTreeMap::new());
    let look = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                break;
            }
            let report = run(seed, bug, LINES);
            if report.violation.is_some() {
                next.store(seeds + 1, Ordering::Relaxed);
                broken.lock().unwrap_or_else(PoisonError::into_inner).insert(seed, report);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(look);
        }
    });
    broken.into_inner().unwrap_or_else(PoisonError::into_inner).pop_first()
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
    let broken = match from_environment("SEED") {
        Some(seed) => {
            let report = run(seed, None, EVERYTHING);
            #[expect(clippy::print_stdout, reason = "it was asked for")]
            {
                println!("{}", report.trace);
            }
            report.violation.is_some().then_some((seed, report))
        }
        None => first_that_breaks_a_law(from_environment("SEEDS").unwrap_or(SEEDS), None),
    };
    if let Some((seed, Report { violation: Some(violation), trace, .. })) = broken {
        panic!(
            "{trace}\nseed {seed} breaks a law: {violation}\nagain: SEED={seed} cargo test -p switchhook \
             --features sqlite,testing simulation::tests::no_law -- --nocapture"
        );
    }
}

#[test]
fn a_seed_means_one_run() {
    for seed in 1..20 {
        let [first, second] = [(); 2].map(|()| run(seed, None, EVERYTHING).trace);
        assert!(first.lines().count() > 10, "seed {seed} does something");
        assert!(first == second, "seed {seed} does the same");
    }
}

#[test]
fn zz_names() {
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..300 {
        for (name, times) in run(seed, None, 0).names { *all.entry(name).or_default() += times; }
    }
    panic!("{all:#?}");
}

/// The law that is found broken first, in so many seeds.
fn law_broken_by(bug: Bug) -> Option<Law> {
    let (_, report) = first_that_breaks_a_law(200, Some(bug))?;
    Some(report.violation?.law)
}

#[test]
fn a_missing_fence_is_found() {
    assert!(law_broken_by(Bug::NoFence).is_some());
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
