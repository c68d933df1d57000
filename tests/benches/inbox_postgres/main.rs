//! What durability costs in PostgreSQL: ratios to the same by hand, measured in the same run.
//!
//! `cargo bench -p switchhook-tests --bench inbox_postgres`; behind `--`, `quick` takes a tenth of the deliveries, and
//! `ingest`, `done`, `backlog` or `snapshot` measures only that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a measurement may"
)]

#[path = "../inbox/app.rs"]
mod app;
mod baseline;
#[path = "../inbox/client.rs"]
mod client;

use std::time::{Duration, Instant};

use app::App;
use client::{Ids, Load, load};
use switchhook::Inbox;
use switchhook_tests::postgres::Database;
use tokio::task::JoinSet;

/// How often each thing is measured; the median counts.
const ROUNDS: usize = 3;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a ratio with what it should be.
fn tell(what: &str, ratio: f64, wanted: &str, holds: bool) {
    println!("{what}: {ratio:.2} × (wanted {wanted}){}", if holds { "" } else { "  MISSED" });
}

async fn database() -> Database {
    Database::create().await.expect("a PostgreSQL server")
}

async fn ingest(ids: Ids, count: usize) -> Load {
    let database = database().await;
    let mut tasks = JoinSet::new();
    let address = App::storing(Inbox::postgres(database.url())).await.serve(&mut tasks).await;
    let load = load(address, "plain", ids, count).await;
    tasks.shutdown().await;
    load
}

async fn by_hand(grouped: bool, count: usize) -> Load {
    let database = database().await;
    let mut tasks = JoinSet::new();
    let address = if grouped {
        baseline::grouped(&database.url(), &mut tasks).await
    } else {
        baseline::one_by_one(&database.url(), &mut tasks).await
    };
    let load = load(address, "plain", Ids::Ordered, count).await;
    tasks.shutdown().await;
    load
}

async fn compare_ingest(count: usize) {
    let (mut ours, mut single, mut grouped) = (Vec::new(), Vec::new(), Vec::new());
    let (mut random, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        single.push(by_hand(false, count / 5).await.per_second());
        grouped.push(by_hand(true, count).await.per_second());
        let own = ingest(Ids::Ordered, count).await;
        p99.push(own.quantile(0.99).as_secs_f64());
        ours.push(own.per_second());
        random.push(ingest(Ids::Random, count).await.per_second());
    }
    let (ours, single, grouped) = (median(ours), median(single), median(grouped));
    println!(
        "over HTTP, 64 connections, 600 bytes: a commit for each {single:.0}/s, `UNNEST` by hand {grouped:.0}/s, \
         the inbox {ours:.0}/s (with random ids {:.0}/s), 99 of 100 answers within {:.1} ms",
        median(random),
        median(p99) * 1_000.0
    );
    tell("ingest against a commit for each request", ours / single, "≥ 5", ours / single >= 5.0);
    tell("ingest against the bare `UNNEST` writer", ours / grouped, "≥ 0.7", ours / grouped >= 0.7);
}

/// How many deliveries a second go all the way to done.
async fn to_done(event: &'static str, count: usize) -> f64 {
    let database = database().await;
    let app = App::working(Inbox::postgres(database.url())).await;
    let mut tasks = JoinSet::new();
    let address = app.serve(&mut tasks).await;
    let started = Instant::now();
    load(address, event, Ids::Ordered, count).await;
    app.handled.reached(event, count).await;
    let elapsed = started.elapsed();
    tasks.shutdown().await;
    count as f64 / elapsed.as_secs_f64()
}

async fn compare_done(count: usize) {
    let (mut plain, mut ordered) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(to_done("plain", count).await);
        ordered.push(to_done("ordered", count).await);
    }
    println!(
        "all the way to done, while they come in: {:.0}/s, in 1,000 lanes {:.0}/s",
        median(plain),
        median(ordered)
    );
}

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let all = !["ingest", "done", "backlog", "snapshot"].into_iter().any(asked);
    let scale = if asked("quick") { 10 } else { 1 };
    let count = 40_000 / scale;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if all || asked("ingest") {
            compare_ingest(count).await;
        }
        if all || asked("done") {
            compare_done(count).await;
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}
