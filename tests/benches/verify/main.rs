//! What it takes to verify a request, beside the same by hand, measured in the same run.
//!
//! `cargo bench -p switchhook-tests --bench verify`; behind `--`, `check` prints only the table, and fails where ours takes
//! more than a fifth longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a measurement may"
)]

mod by_hand;
mod schemes;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use criterion::Criterion;
use schemes::{Batch, Scheme};

/// How long ours and the other take turns, over all schemes.
const TOTAL: Duration = Duration::from_secs(9);

/// How long one turn takes.
const TURN: Duration = Duration::from_micros(100);

/// The most that ours may take of the time by hand: the aim is 1.1, the rest is for noise.
const MOST: f64 = 1.2;

fn criterion(schemes: &[Scheme]) {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for Scheme { name, ours, by_hand } in schemes {
        let mut group = criterion.benchmark_group(*name);
        for (which, batch) in [("ours", ours), ("by hand", by_hand)] {
            group.bench_function(which, |bencher| {
                bencher.iter_custom(|times| batch(u32::try_from(times).unwrap()));
            });
        }
        group.finish();
    }
    criterion.final_summary();
}

/// How many times fill a turn.
fn times(batch: &Batch) -> u32 {
    batch(1_000);
    ((TURN.as_secs_f64() / (batch(1_000).as_secs_f64() / 1_000.0)) as u32).max(10)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What the turns of one scheme took, in nanoseconds.
#[derive(Default)]
struct Turns {
    ours: Vec<f64>,
    by_hand: Vec<f64>,
    ratios: Vec<f64>,
}

impl Turns {
    /// One turn each; who begins changes.
    fn take(&mut self, scheme: &Scheme, times: u32, ours_begins: bool) {
        let nanoseconds = |batch: &Batch| batch(times).as_secs_f64() * 1e9 / f64::from(times);
        let (ours, by_hand) = if ours_begins {
            let ours = nanoseconds(&scheme.ours);
            (ours, nanoseconds(&scheme.by_hand))
        } else {
            let by_hand = nanoseconds(&scheme.by_hand);
            (nanoseconds(&scheme.ours), by_hand)
        };
        self.ours.push(ours);
        self.by_hand.push(by_hand);
        self.ratios.push(ours / by_hand);
    }
}

/// Prints a line for each scheme, and tells whether none is too slow. The ratio is the median of those of two turns in a row,
/// since what disturbs them disturbs both.
fn compare(schemes: &[Scheme]) -> bool {
    let mut measured: Vec<_> =
        schemes.iter().map(|scheme| (scheme, times(&scheme.by_hand), Turns::default())).collect();
    let (started, mut ours_begins) = (Instant::now(), true);
    while started.elapsed() < TOTAL {
        for (scheme, times, turns) in &mut measured {
            turns.take(scheme, *times, ours_begins);
        }
        ours_begins = !ours_begins;
    }
    println!("{:<14} {:>9} {:>11} {:>6}", "scheme", "ours, ns", "by hand, ns", "ratio");
    let mut holds = true;
    for (scheme, _, Turns { ours, by_hand, ratios }) in measured {
        let ratio = median(ratios);
        let missed = ratio > MOST;
        holds &= !missed;
        println!(
            "{:<14} {:>9.0} {:>11.0} {ratio:>6.2}{}",
            scheme.name,
            median(ours),
            median(by_hand),
            if missed { "  MISSED" } else { "" }
        );
    }
    holds
}

fn main() -> ExitCode {
    let checks = std::env::args().any(|argument| argument == "check");
    let schemes = schemes::all();
    if !checks {
        criterion(&schemes);
    }
    if compare(&schemes) || !checks { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
