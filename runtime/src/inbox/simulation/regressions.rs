//! What the simulation has found in the inbox, each by itself.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    faults::Weather,
    handlers::{Manners, ROUTES},
    process::Kind,
    senders::News,
    trace::Event,
    world::{EVERYTHING, Report, World, in_its_own_time},
};

/// A delivery is stored by one process and run by another, whose lease is a second, while something happens.
fn run_while(manners: Manners, what: impl AsyncFnOnce(&World)) -> Report {
    in_its_own_time(1, async {
        let world = World::new(None);
        world.start(Kind { works: false, ..Kind::plain() });
        News::new(&ROUTES[0], 1, 1).deliver(&world).await;
        world.processes(Vec::clear);
        world.start(Kind { manners, ..Kind::plain() });
        what(&world).await;
        world.report(EVERYTHING)
    })
}

fn times(report: &Report, name: &str) -> usize {
    assert!(report.violation.is_none(), "{}", report.trace);
    report.names.get(name).copied().unwrap_or(0)
}

#[test]
fn work_that_is_given_out_later_than_its_lease_ends_is_not_begun() {
    let report = run_while(Kind::plain().manners, async |world| {
        world.faults.set(|weather| *weather = Weather { least: 1_500, latency: 1_500, ..Weather::default() });
        sleep(Duration::from_secs(20)).await;
    });
    assert!(times(&report, "granted") > 3 && times(&report, "released") > 2, "{}", report.trace);
    assert_eq!(times(&report, "began"), 0, "{}", report.trace);
}

#[test]
fn a_handler_is_cut_off_when_its_own_process_is_given_its_work_again() {
    let manners = Manners { long: 100, long_time: 10_000, ..Kind::plain().manners };
    let report = run_while(manners, async |world| {
        // Just after it has renewed its lease, so that it does not before it claims.
        sleep(Duration::from_millis(1_050)).await;
        world.clock.step(5_000);
        world.witness.see(Event::ClockSet { milliseconds: 5_000 });
        News::new(&ROUTES[0], 2, 1).deliver(world).await;
        sleep(Duration::from_millis(100)).await;
    });
    assert_eq!(times(&report, "taken back"), 1, "{}", report.trace);
    assert_eq!((times(&report, "began"), times(&report, "over")), (3, 1), "{}", report.trace);
}
